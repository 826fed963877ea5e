// Styled words broken into lines of a given width. Colours are applied to each piece after the breaking.
import type { Word, Words } from './document.ts';

export type Style = (text: string, word: Word) => string;

/** From here on characters may be wide. */
const MAY_BE_WIDE = /[\u1100-\uffff]/;

/** Columns that a text takes: wide East Asian characters and emoji take two. */
export function columnsOf(text: string): number {
  if (!MAY_BE_WIDE.test(text)) return text.length;
  let columns = 0;
  for (const c of text) {
    const p = c.codePointAt(0) ?? 0;
    const wide =
      (p >= 0x1100 && p <= 0x115f) ||
      (p >= 0x2e80 && p <= 0xa4cf) ||
      (p >= 0xac00 && p <= 0xd7a3) ||
      (p >= 0xf900 && p <= 0xfaff) ||
      (p >= 0xff00 && p <= 0xff60) ||
      (p >= 0x1f300 && p <= 0x1faff);
    columns += wide ? 2 : 1;
  }
  return columns;
}

const textOf = (w: Word) =>
  typeof w === 'string' ? w : w.kind === 'id' ? w.id : w.kind === 'line' ? w.label : w.text;

/** Cuts a piece without blanks, such as a long path, at the width. */
function pieces(token: string, width: number): readonly string[] {
  const cuts: string[] = [];
  let rest = token;
  while (columnsOf(rest) > width) {
    let cut = '';
    for (const c of rest) {
      if (columnsOf(cut + c) > width) break;
      cut += c;
    }
    if (cut === '') break;
    cuts.push(cut);
    rest = rest.slice(cut.length);
  }
  cuts.push(rest);
  return cuts;
}

/** Breaks at blanks; no line is wider than `width`. */
export function wrap(words: Words, width: number, style: Style): string[] {
  const lines: string[] = [];
  let line = '';
  let used = 0;
  let blank = '';
  for (const word of words) {
    for (const token of textOf(word).split(/(\s+)/)) {
      if (token === '') continue;
      if (/^\s/.test(token)) {
        blank = token.replaceAll('\t', '  ');
        continue;
      }
      for (const piece of pieces(token, width)) {
        const columns = columnsOf(piece);
        if (used > 0 && used + blank.length + columns > width) {
          lines.push(line);
          line = '';
          used = 0;
        }
        const gap = used > 0 ? blank : '';
        line += gap + style(piece, word);
        used += gap.length + columns;
        blank = '';
      }
    }
  }
  if (used > 0) lines.push(line);
  return lines;
}

/** A line of a block of commands: what is said of them is broken between words and stays a comment, a command never is. */
export function commentRows(line: string, width: number): string[] {
  if (!line.startsWith('# ')) return [line];
  return wrap([line.slice(2)], width - 2, (t) => t).map((row) => `# ${row}`);
}
