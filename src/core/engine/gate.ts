// The gate in front of line decoding: bytes in, the lines that may matter out. It is made from the literals of the rules and
// fact readers, so nobody maintains it. A line that it leaves out holds no literal, however the line is wrapped or escaped.
import type { Sieve } from '../model.ts';
import { hashOf, pairHash, TABLE_WORDS } from './sieve.ts';

/** Called for each candidate: its bytes are [start, end) without the line break, `line` counts from 0 within the scan. */
export type Candidate = (start: number, end: number, line: number) => void;

export interface Gate<Bytes extends Uint8Array = Uint8Array> {
  /** The reader puts its bytes here. Whole lines of it are scanned at a time. */
  readonly bytes: Bytes;
  /**
   * Finds the candidates in `bytes` from `from` to `to`, which holds whole lines (the last one may lack its break).
   * Answers how many lines there are. `found` must not change the bytes.
   */
  scan(from: number, to: number, found: Candidate): number;
}

/** A line of this many bytes is always a candidate, so that it is told that most of it was not looked at. */
export const LONG_LINE = 16 * 1024;
/** What a reader gives to the gate at once, in bytes. */
export const BLOCK = 256 * 1024;

const NEWLINE = 10;

/** Answers whether a form that lies within [from, to) of `bytes` has the word that begins at `at` in it. */
export type Verifier = (at: number, from: number, to: number) => boolean;

export function createVerifier(sieve: Sieve, bytes: Uint8Array): Verifier {
  const at32 = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
  const { words, forms, formOf, offsets } = sieve;

  function equal(form: string, start: number): boolean {
    for (let i = 0; i < form.length; i++) if (form.charCodeAt(i) !== bytes[start + i]) return false;
    return true;
  }

  return (at, from, to) => {
    const word = at32[at >>> 2] ?? 0;
    let low = 0;
    for (let high = words.length; low < high; ) {
      const middle = (low + high) >>> 1;
      if ((words[middle] ?? 0) < word) low = middle + 1;
      else high = middle;
    }
    for (let i = low; i < words.length && words[i] === word; i++) {
      const form = forms[formOf[i] ?? 0] ?? '';
      const start = at - (offsets[i] ?? 0);
      if (start >= from && start + form.length <= to && equal(form, start)) return true;
    }
    return false;
  };
}

/**
 * True when the byte at `at`, which is no printable ASCII character, may take part in what the envelope reader removes
 * or replaces (text/sanitize.ts, text/envelope.ts): then the line has to be opened to know what it says.
 */
export function changesText(bytes: Uint8Array, at: number, to: number): boolean {
  const byte = bytes[at] ?? 0;
  if (byte < 0x80) {
    if (byte === 9 || byte === NEWLINE) return false;
    if (byte === 13) return at + 1 < to && bytes[at + 1] !== NEWLINE;
    return byte < 0x20 || byte === 0x7f;
  }
  const second = bytes[at + 1] ?? 0;
  // U+0080..9F; U+061C; U+200B..200F, quotes U+2018..201D, U+2028..202E; U+2060..2069; U+FEFF
  if (byte === 0xc2) return second < 0xa0;
  if (byte === 0xd8) return second === 0x9c;
  if (byte === 0xe2) return second === 0x81 || (second === 0x80 && bytes[at + 2] !== 0xa6);
  return byte === 0xef && second === 0xbb;
}

const BACKSLASH = 0x5c;
const AMPERSAND = 0x26;
/** Second characters of JSON escapes: u / n t b f r. (Literals are cut at quotes and backslashes themselves.) */
const ESCAPES: ReadonlySet<number> = new Set([0x75, 0x2f, 0x6e, 0x74, 0x62, 0x66, 0x72]);
/** First letters of the entities that envelope.ts decodes: lt, gt, amp, quot, #39. */
const ENTITIES: ReadonlySet<number> = new Set([0x6c, 0x67, 0x61, 0x71, 0x23]);

/** Whether a JSON escape or an HTML entity may begin at `at`: then the line has to be opened. */
export function escapeAt(bytes: Uint8Array, at: number): boolean {
  const byte = bytes[at];
  if (byte === BACKSLASH) return ESCAPES.has(bytes[at + 1] ?? 0);
  return byte === AMPERSAND && ENTITIES.has(bytes[at + 1] ?? 0);
}

/** Places between `from` and `to` where escapes may begin, in order. */
function* escapes(bytes: Uint8Array, from: number, to: number): Generator<number, undefined> {
  const seek = (byte: number, at: number) => {
    const found = bytes.indexOf(byte, at);
    return found < 0 || found >= to ? to : found;
  };
  let slash = seek(BACKSLASH, from);
  let ampersand = seek(AMPERSAND, from);
  while (slash < to || ampersand < to) {
    const at = Math.min(slash, ampersand);
    if (escapeAt(bytes, at)) yield at;
    if (at === slash) slash = seek(BACKSLASH, at + 1);
    else ampersand = seek(AMPERSAND, at + 1);
  }
}

/** A gate that every line passes: for rules without a literal, and for readers that want all lines. */
export function openGate<Bytes extends Uint8Array>(bytes: Bytes): Gate<Bytes> {
  return {
    bytes,
    scan(from, to, found) {
      let line = 0;
      for (let start = from; start < to; line++) {
        const newline = bytes.indexOf(NEWLINE, start);
        const end = newline < 0 || newline > to ? to : newline;
        found(start, end, line);
        start = end + 1;
      }
      return line;
    },
  };
}

/**
 * The gate in plain JavaScript: one table look-up for each four bytes. `bytes` is the reader's block, its length divisible
 * by four; a Buffer is best, whose indexOf is the fast one.
 */
export function createGate<Bytes extends Uint8Array>(sieve: Sieve | undefined, bytes: Bytes): Gate<Bytes> {
  if (!sieve) return openGate(bytes);
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
  const { tables } = sieve;
  const bit = (table: number, hash: number) =>
    ((tables[table * TABLE_WORDS + (hash >>> 5)] ?? 0) >>> hash) & 1;
  const holds = createVerifier(sieve, bytes);

  return {
    bytes,
    scan(from, to, found) {
      let line = 0;
      let lineStart = from;
      /** The last place that makes its line a candidate. */
      let hit = -1;
      const marks = escapes(bytes, from, to);
      let mark = marks.next().value ?? to;

      const end = (at: number) => {
        for (; mark < at; mark = marks.next().value ?? to) hit = Math.max(hit, mark);
        if ((hit >= lineStart && hit < at) || at - lineStart >= LONG_LINE) found(lineStart, at, line);
        line++;
        lineStart = at + 1;
      };

      for (let i = from >>> 2, last = (to + 3) >>> 2; i < last; i++) {
        const word = words[i] ?? 0;
        // One of the four bytes is no printable ASCII character.
        if (((word - 0x20202020) | (word + 0x01010101) | word) & 0x80808080) {
          for (let at = Math.max(i * 4, from), stop = Math.min(i * 4 + 4, to); at < stop; at++) {
            const byte = bytes[at] ?? 0;
            if (byte === NEWLINE) end(at);
            else if ((byte < 0x20 || byte >= 0x7f) && changesText(bytes, at, to)) hit = Math.max(hit, at);
          }
        }
        const hash = hashOf(word);
        if (
          ((tables[hash >>> 5] ?? 0) >>> hash) & 1 &&
          hit < lineStart &&
          (bit(1, hash) || bit(2, pairHash(word, words[i + 1] ?? 0))) &&
          holds(i * 4, from, to)
        )
          hit = i * 4 + 3;
      }
      if (lineStart < to) end(to);
      return line;
    },
  };
}
