// The gate in front of line decoding: bytes in, the lines that may matter out, and which literals each of them holds. It is
// made from the literals of the rules and fact readers, so nobody maintains it. A line that it leaves out holds none.
import type { Sieve } from '../model.ts';
import { BUCKET_BITS, ofPair, ofWord, PAIR_BITS, SIGNS, tablesOf, UNTOLD, WORD_BITS } from './sieve.ts';

/**
 * Called for each candidate: its bytes are [start, end) without the line break, `line` counts from 0 within the scan. `held`
 * are the literals that its bytes hold, in any order and maybe more than once; undefined where only the opened line can tell
 * (it holds escapes, or is very long). It is used again for the next candidate.
 */
export type Candidate = (
  start: number,
  end: number,
  line: number,
  held: readonly number[] | undefined,
) => void;

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
/** Of a line with more literals than this, only the opened line tells. */
export const MOST_HELD = 60;

const NEWLINE = 10;

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

/** A gate that every line passes: for rules without a literal, and for readers that want all lines. */
export function openGate<Bytes extends Uint8Array>(bytes: Bytes): Gate<Bytes> {
  return {
    bytes,
    scan(from, to, found) {
      let line = 0;
      for (let start = from; start < to; line++) {
        const newline = bytes.indexOf(NEWLINE, start);
        const end = newline < 0 || newline > to ? to : newline;
        found(start, end, line, undefined);
        start = end + 1;
      }
      return line;
    },
  };
}

/**
 * The gate in plain JavaScript: two table look-ups for each four bytes. `bytes` is the reader's block, its length divisible
 * by four.
 */
export function createGate<Bytes extends Uint8Array>(sieve: Sieve | undefined, bytes: Bytes): Gate<Bytes> {
  if (!sieve) return openGate(bytes);
  const input = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
  const { offsets, formFrom, literalOf, text } = sieve;
  const { words, pairs, products, heads, nexts } = tablesOf(sieve);

  /** Whether form `form` stands in `bytes` at `start`, and ends by `to`. */
  function standsAt(form: number, start: number, to: number): boolean {
    const first = formFrom[form] ?? 0;
    const length = (formFrom[form + 1] ?? 0) - first;
    if (start + length > to) return false;
    for (let i = 0; i < length; i++) if (text[first + i] !== bytes[start + i]) return false;
    return true;
  }

  return {
    bytes,
    scan(from, to, found) {
      let line = 0;
      let lineStart = from;
      const held: number[] = [];
      /** The line at hand has to be opened to know what it holds. */
      let untold = false;

      function end(at: number) {
        untold ||= at - lineStart >= LONG_LINE || held.length > MOST_HELD;
        if (untold) found(lineStart, at, line, undefined);
        else if (held.length > 0) found(lineStart, at, line, held);
        held.length = 0;
        untold = false;
        line++;
        lineStart = at + 1;
      }

      /** Takes down the literals that are betrayed by what begins at `at`, of which `product` is made. */
      function seek(at: number, product: number) {
        for (let next = heads[product >>> (32 - BUCKET_BITS)] ?? 0; next > 0; next = nexts[next - 1] ?? 0) {
          const sign = next - 1;
          if (products[sign] !== product) continue;
          const form = Math.trunc(sign / SIGNS);
          const start = at - (offsets[sign] ?? 0);
          if (start < from || !standsAt(form, start, to)) continue;
          const literal = literalOf[form] ?? UNTOLD;
          if (literal === UNTOLD) untold = true;
          else if (held.length <= MOST_HELD) held.push(literal);
        }
      }

      for (let i = from >>> 2, last = (to + 3) >>> 2; i < last; i++) {
        const word = input[i] ?? 0;
        // One of the four bytes is no printable ASCII character, or a backslash or an ampersand.
        if (
          ((word - 0x20202020) | (word + 0x01010101) | word) & 0x80808080 ||
          holdsByte(word ^ 0x5c5c5c5c) ||
          holdsByte(word ^ 0x26262626)
        )
          for (let at = Math.max(i * 4, from), stop = Math.min(i * 4 + 4, to); at < stop; at++) {
            const byte = bytes[at] ?? 0;
            if (byte === NEWLINE) end(at);
            else if (byte < 0x20 || byte >= 0x7f ? changesText(bytes, at, to) : escapeAt(bytes, at))
              untold = true;
          }
        if (untold) continue;
        const single = ofWord(word);
        if (words[single >>> (32 - WORD_BITS)] === 1) seek(i * 4, single);
        const pair = ofPair(single, ofWord(input[i + 1] ?? 0));
        const hash = pair >>> (32 - PAIR_BITS);
        if (((pairs[hash >>> 5] ?? 0) >>> hash) & 1) seek(i * 4, pair);
      }
      if (lineStart < to) end(to);
      return line;
    },
  };
}

/** Whether one of the four bytes of a word is zero. */
const holdsByte = (word: number) => ((word - 0x01010101) & ~word & 0x80808080) !== 0;
