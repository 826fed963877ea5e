// Messages that a mail, a text or an archive broke over lines: what the next line is of the one before.
import { openEnvelope } from './envelope.ts';
import { devicePrefix } from './printk.ts';

/** A line is broken near the margin; a short one ended by itself. */
const BROKEN_FROM = 40;
/** An input where reading on came so often to nothing is no mail, and is taken as it comes. */
export const INTACT = 200;
/** A message is broken into so many lines at most. */
export const PIECES = 3;

// What begins something of its own: fences, marks of lists and tables, prompts, headings, stamps, and programs that speak.
const BEGINS =
  /^(?:```|~~~|[-*+•] |\d{1,2}[.)] |[|#$<{[]|\d{4}-\d\d-\d\d|[A-Z][a-z]{2} +\d{1,2} \d\d:|-?[A-Za-z][\w.-]{1,30}(?:\[\d+\])?: |--|==)/;
/** Comments and quotes have a mark before each of their lines. */
const MARK = /^\s*(?:\/\/+|#+|;+|\*) ?/;

/** Whether a message may go on in the line behind this one. */
export const mayGoOn = (raw: string): boolean => raw.length >= BROKEN_FROM;

/** `text` as it goes on in the line `raw`, or undefined where that is something else. */
export function goneOn(text: string, raw: string, before: string): string | undefined {
  const mark = MARK.exec(before)?.[0].trim();
  const bare = raw.replace(/^[\s>]+/, '');
  const rest = mark && bare.startsWith(mark) ? bare.slice(mark.length).trimStart() : bare;
  if (rest === '' || BEGINS.test(rest)) return undefined;
  const opened = openEnvelope(rest, 0, false);
  if (opened.source !== 'unknown' || opened.stamp || devicePrefix(opened.text).device) return undefined;
  // Quoted-printable mail breaks a word by a sign of its own.
  return text.endsWith('=') ? text.slice(0, -1) + opened.text : `${text} ${opened.text}`;
}
