// The kernel's own envelope: `<6>[  12.345678] [   T12] text`, `dmesg -T`, `dmesg -x`, and the driver prefix behind it.
import type { Stamp } from '../model.ts';
import { BDF_PATTERN, normalizeBdf } from './bdf.ts';

// dmesg -x (util-linux): `kern  :err   : [..`; the syslog priority of a raw ring buffer or console: `<6>`.
const DECODED_LEVEL = /^[a-z0-9]{2,8} *:[a-z]{3,7} *: /;
const PRIORITY = /^<\d{1,3}>/;
const MONOTONIC = /^\[ {0,8}(\d{1,10})\.(\d{3,9})\] ?/;
// CONFIG_PRINTK_CALLER: thread or CPU, printed by kernel/printk/printk.c print_caller().
const CALLER = /^\[ {0,8}[TC]\d{1,10}\] ?/;
// dmesg -T / --time-format ctime: `[Tue Nov  3 11:22:33 2026] `; month names may be in the user's language.
const CTIME = /^\[\S{2,4} (\S{3,4}) +(\d{1,2}) (\d\d):(\d\d):(\d\d) (\d{4})\] ?/;
const ISO = /^\[?(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)[.,]\d{3,9}(?:[+-]\d\d:?\d\d|Z)?\]? /;

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** The day that was asked for last, and its first second: the lines of a log follow each other. */
const lastDay: { year: number; month: string | number; day: number; begins: number } = {
  year: 0,
  month: 0,
  day: 0,
  begins: 0,
};

/** Seconds on a made-up calendar (UTC): good for order and distance, not for the hour of the day. */
export function wallSeconds(
  year: number,
  month: string | number,
  day: number,
  h: number,
  m: number,
  s: number,
): number {
  if (lastDay.day !== day || lastDay.month !== month || lastDay.year !== year) {
    const index = typeof month === 'number' ? month - 1 : MONTHS.indexOf(month.toLowerCase().slice(0, 3));
    Object.assign(lastDay, { year, month, day, begins: Date.UTC(year, Math.max(index, 0), day) / 1000 });
  }
  return lastDay.begins + h * 3600 + m * 60 + s;
}

export interface Opened {
  readonly text: string;
  readonly stamp?: Stamp;
  readonly host?: string;
  readonly process?: string;
  readonly kernel: boolean;
}

/** What an envelope of the kernel begins with: a bracket, a year, or the decoded facility and level. */
const ENVELOPE = /^(?:[[<\d]|[a-z0-9]{2,8} *:[a-z])/;

/** Takes the kernel envelope off, or answers undefined when there is none. */
export function openPrintk(raw: string): Opened | undefined {
  if (!ENVELOPE.test(raw)) return undefined;
  let text = raw.replace(DECODED_LEVEL, '');
  const priority = PRIORITY.exec(text);
  if (priority) text = text.slice(priority[0].length);
  const stamped = text !== raw;
  const mono = MONOTONIC.exec(text);
  if (mono) {
    text = text.slice(mono[0].length).replace(CALLER, '');
    return { text, stamp: { clock: 'monotonic', at: Number(`${mono[1]}.${mono[2]}`) }, kernel: true };
  }
  const ctime = CTIME.exec(text);
  if (ctime) {
    const [whole, month = '', day, h, m, s, year] = ctime;
    const at = wallSeconds(Number(year), month, Number(day), Number(h), Number(m), Number(s));
    return { text: text.slice(whole.length).replace(CALLER, ''), stamp: { clock: 'wall', at }, kernel: true };
  }
  // util-linux: dmesg --time-format iso uses a comma before the fraction.
  const iso = stamped || raw.includes(',') ? ISO.exec(text) : null;
  if (iso?.[0].includes(',')) {
    const [whole, y, mo, d, h, m, s] = iso.map(String) as [string, ...string[]];
    const at = wallSeconds(Number(y), Number(mo), Number(d), Number(h), Number(m), Number(s));
    return { text: text.slice(whole.length), stamp: { clock: 'wall', at }, kernel: true };
  }
  return stamped ? { text, kernel: true } : undefined;
}

const DEVICE_PREFIX = new RegExp(`^(?:([A-Za-z][\\w .-]{0,40}?) )?(${BDF_PATTERN})(?::pcie?\\w+)?: `);

/** Driver and device of a dev_printk() prefix: `vfio-pci 0000:01:00.0: `, `pci 0000:01:00.0: `; NVIDIA's driver has its own. */
export function devicePrefix(text: string): { driver?: string; device?: string } {
  if (text.startsWith('NVRM: ')) return { driver: 'nvidia' };
  const m = DEVICE_PREFIX.exec(text);
  if (!m?.[2]) return {};
  return m[1] ? { driver: m[1], device: normalizeBdf(m[2]) } : { device: normalizeBdf(m[2]) };
}
