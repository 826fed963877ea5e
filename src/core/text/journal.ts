// The envelopes of journald and syslog: `Nov 24 13:50:01 host kernel: text`, ISO stamps, JSON and export forms.
import { type Opened, openPrintk, wallSeconds } from './printk.ts';
import { sanitize } from './sanitize.ts';

// No host's name ends in a colon: QEMU's own log goes `<stamp> qemu-system-x86_64: vfio_region_write(0000:01:00.0:...`.
const SHORT =
  /^([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d)(?:\.\d{1,9})? (?:(\S{0,254}[^\s:]) )?([A-Za-z_][^\s:[\]]{0,63})(?:\[\d{1,10}\])?: ?/;
const ISO =
  /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,]\d{1,9})?(?:[+-]\d\d:?\d\d|Z)? (?:(\S{0,254}[^\s:]) )?([A-Za-z_][^\s:[\]]{0,63})(?:\[\d{1,10}\])?: ?/;
/** journalctl -o short-monotonic: `[  12.345678] host kernel: text`. */
const MONOTONIC_HOST = /^(\S{1,255}) (kernel|[A-Za-z_][\w.@-]{0,63}\[\d{1,10}\]): ?/;

/** The year that dateless syslog stamps are placed in; only order and distance matter. */
const SOME_YEAR = 2000;

/** Takes a syslog or journal envelope off, or answers undefined when there is none. */
export function openJournal(raw: string): Opened | undefined {
  const short = SHORT.exec(raw);
  if (short) {
    const [whole, month = '', day, h, m, s, host, process = ''] = short;
    const at = wallSeconds(SOME_YEAR, month, Number(day), Number(h), Number(m), Number(s));
    return inner(raw.slice(whole.length), at, host, process);
  }
  const iso = ISO.exec(raw);
  if (iso) {
    const [whole, y, mo, d, h, m, s, host, process = ''] = iso;
    const at = wallSeconds(Number(y), Number(mo), Number(d), Number(h), Number(m), Number(s));
    return inner(raw.slice(whole.length), at, host, process);
  }
  return undefined;
}

function inner(rest: string, at: number, host: string | undefined, process: string): Opened {
  const kernel = process === 'kernel';
  // rsyslog keeps the kernel's own `[ 1.234567]` behind `kernel: `; the wall clock in front is the better one.
  const text = kernel ? (openPrintk(rest)?.text ?? rest) : rest;
  const stamp = { clock: 'wall' as const, at };
  return host ? { text, stamp, host, process, kernel } : { text, stamp, process, kernel };
}

/** `host kernel: ` behind a monotonic stamp, as journalctl -o short-monotonic prints it. */
export function openMonotonicHost(text: string): { text: string; host: string; process: string } | undefined {
  const m = MONOTONIC_HOST.exec(text);
  if (!m?.[1] || !m[2]) return undefined;
  return { text: text.slice(m[0].length), host: m[1], process: m[2].replace(/\[.*/, '') };
}

/** How an entry begins its message when it is an array of bytes: no literal can be seen in such a line from outside. */
export const BYTE_MESSAGES: readonly string[] = ['"MESSAGE":[', '"MESSAGE": [', '"MESSAGE" : ['];

/** One line of journalctl -o json: `{"MESSAGE":"...","_HOSTNAME":"..."}`. Answers undefined for other JSON. */
export function openJournalJson(raw: string): Opened | undefined {
  if (!raw.startsWith('{') || !raw.includes('"MESSAGE"')) return undefined;
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(raw) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const field = (name: string) => (typeof entry[name] === 'string' ? (entry[name] as string) : undefined);
  // A message with bytes that are no UTF-8 comes as an array of numbers (systemd: journal-json).
  const bytes = entry.MESSAGE;
  const text = Array.isArray(bytes)
    ? String.fromCharCode(...bytes.slice(0, 4096).map(Number))
    : field('MESSAGE');
  if (text === undefined) return undefined;
  const process = field('SYSLOG_IDENTIFIER') ?? field('_COMM') ?? '';
  const micros = Number(field('__REALTIME_TIMESTAMP'));
  const host = field('_HOSTNAME');
  const kernel = field('_TRANSPORT') === 'kernel' || process === 'kernel';
  return {
    // Escapes such as \u001b come alive only here. A line break stays a gap, so that no words grow together.
    text: sanitize(text.replace(/[\r\n]+/g, '\t')),
    ...(Number.isFinite(micros) ? { stamp: { clock: 'wall' as const, at: micros / 1e6 } } : {}),
    ...(host ? { host } : {}),
    process,
    kernel,
  };
}
