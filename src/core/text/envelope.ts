// One raw input line in, one Line out: wrappers of forums and tools off, envelope off, source told.
import type { Line, Source } from '../model.ts';
import { openJournal, openJournalJson, openMonotonicHost } from './journal.ts';
import { devicePrefix, type Opened, openPrintk } from './printk.ts';
import { sourceOf } from './qemu.ts';
import { sanitize } from './sanitize.ts';
import { shortened } from './shorten.ts';

/** Of a longer line only the beginning and the end are looked at; that is told in a notice. */
export const LINE_CAP = 2048;
const JSON_CAP = 64 * 1024;

// Quotes of mail and forums, list marks, BBCode and fences around pasted logs.
const WRAPPED = /^[\s>&[]/;
const WRAPPER = /^(?:\s{0,8}(?:>|&gt;)[ ]?)+|^\s{0,8}\[\/?(?:CODE|QUOTE|SPOILER|ICODE)[^\]]{0,80}\]/i;
const TRAILER = /\[\/(?:CODE|QUOTE|SPOILER|ICODE)\]\s*$/i;
const SMART_QUOTES = /[\u2018\u2019\u201c\u201d]/g;
const ENTITIES = /&(lt|gt|amp|quot|#39);/g;
const ENTITY: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', '#39': "'" };
/** A JSON wrapper around a log line (kata, KubeVirt, DPDK): the text is the value of one of these keys. */
const JSON_TEXT = /"(?:msg|message|MESSAGE|log|error|err|reason)"\s*:\s*"/;

/** `plain`: the line holds nothing that is cleaned or decoded here: no control characters, entities or typographic quotes. */
function unwrap(raw: string, plain: boolean): string {
  // A journal entry in JSON may hold its message behind thousands of characters of other fields.
  let text = raw.startsWith('{') ? raw.slice(0, JSON_CAP) : shortened(raw, LINE_CAP * 2);
  if (!plain) text = sanitize(text);
  if (text.startsWith('\t')) text = text.replace(/^\t+/, '');
  if (WRAPPED.test(text)) text = text.replace(WRAPPER, '');
  text = text.trimEnd();
  if (text.endsWith(']')) text = text.replace(TRAILER, '');
  text = text.trim();
  if (plain) return text;
  if (text.includes('&')) text = text.replace(ENTITIES, (_, name: string) => ENTITY[name] ?? '');
  return text.replace(SMART_QUOTES, (q) => (q === '\u2018' || q === '\u2019' ? "'" : '"'));
}

function open(text: string): Opened {
  const json = openJournalJson(text);
  if (json) return json;
  const printk = openPrintk(text);
  if (printk) {
    const host = printk.stamp?.clock === 'monotonic' ? openMonotonicHost(printk.text) : undefined;
    return host ? { ...printk, ...host, kernel: host.process === 'kernel' } : printk;
  }
  const journal = openJournal(text);
  if (journal) return journal;
  if (text.startsWith('{') && JSON_TEXT.test(text)) {
    return { text: text.replace(/\\"/g, '"').replace(/\\[nt]/g, ' '), kernel: false };
  }
  return { text, kernel: false };
}

/** A line while it is opened. */
export type OpenedLine = { -readonly [K in keyof Line]: Line[K] };

/**
 * Takes the envelope off one raw line (without its line break): the line lacks only what its text tells of the device.
 * `no` is its 1-based number in the whole input. `plain` says that nothing in it has to be cleaned or
 * decoded, as a gate can tell (engine/gate.ts, changesText and escapeAt).
 */
export function openEnvelope(raw: string, no: number, plain: boolean): OpenedLine {
  const opened = open(unwrap(raw, plain));
  const text = shortened(opened.text, LINE_CAP);
  const source: Source = opened.kernel ? 'kernel' : sourceOf(text, opened.process);
  // Field by field, for this is done for every line of a storm.
  const line: OpenedLine = { no, text, source };
  if (opened.stamp) line.stamp = opened.stamp;
  if (opened.host) line.host = opened.host;
  return line;
}

/** Opens one raw line, whatever it holds. */
export function openLine(raw: string, no: number): Line {
  const line = openEnvelope(raw, no, false);
  return { ...line, ...devicePrefix(line.text) };
}
