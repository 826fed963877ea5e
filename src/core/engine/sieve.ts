// Which four-byte words betray a literal? A literal of seven bytes holds one whole word at an offset divisible by four,
// wherever it begins, and one of eleven bytes holds two in a row. Of those that it may hold, the rarest in logs are taken.

import type { Sieve } from '../model.ts';
import { BYTE_MESSAGES } from '../text/journal.ts';

/** Shorter literals than this can't be told by words. */
export const MIN_GATED = 6;

const view = new Uint8Array(4);
const viewed = new Int32Array(view.buffer);

function wordAt(bytes: Uint8Array, at: number): number {
  view.set(bytes.subarray(at, at + 4));
  return viewed[0] ?? 0;
}

// How common a character is in kernel and journal text, by its order here; what is missing is rare.
const COMMON = ' e0iotnasrd1c:pl.2um[]fh3g5b4-86977_vxyPSkw=AIC/EDM';
const RARITY = new Uint8Array(128).fill(60);
for (let i = 0; i < COMMON.length; i++) RARITY[COMMON.charCodeAt(i)] = i;

/** Words that fill logs: any other place of the literal is better. */
const CROWDED =
  /^(?:.*[0-9]{2}.*|.*0x.*|kern|erne|rnel|nel:|el: |vfio|fio-|io-p|o-pc|-pci|pci |acpi|ACPI|CPI:|PI: |devi|evic|vice|ice |usb |syst|yste|stem|ion |tion|ing |for | for|the | the|ed: |rror|erro|led |ble |with|from|rom |to 0|addr|ddre|ress|ess |memo|emor|mory|ory |add |regi|star|tart|enab|nabl|able)$/s;

function rarity(literal: Uint8Array, at: number): number {
  let sum = 0;
  for (let i = at; i < at + 4; i++) sum += RARITY[literal[i] ?? 0] ?? 0;
  const text = String.fromCharCode(...literal.subarray(at, at + 4));
  return CROWDED.test(text) ? sum - 200 : sum;
}

/**
 * A literal as it may stand in raw bytes: as it is, or with JSON's escapes for quotes and backslashes. (Lines with any other
 * escape are candidates anyway.) What is no ASCII may be encoded in many ways: the longest part without it has to do.
 */
export function rawForms(literal: string): string[] {
  const [longest = ''] = literal.split(/[^ -~]+/).sort((a, b) => b.length - a.length);
  return [...new Set([longest, longest.replace(/["\\]/g, '\\$&')])];
}

const ascii = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));

/** Bits of each table: 32 KB, so that the first one stays in the fastest cache. */
export const SIEVE_BITS = 18;
export const TABLE_WORDS = 1 << (SIEVE_BITS - 5);
const MULTIPLIER = 0x9e3779b1;
const SECOND = 0x85ebca6b;
/** Forms of this length are known by two words in a row. */
const PAIRED = 11;

export const hashOf = (word: number): number => Math.imul(word, MULTIPLIER) >>> (32 - SIEVE_BITS);
/** The hash of a word and the one behind it. */
export const pairHash = (word: number, second: number): number =>
  (Math.imul(word, MULTIPLIER) ^ Math.imul(second, SECOND)) >>> (32 - SIEVE_BITS);

interface Entry {
  readonly word: number;
  readonly second?: number;
  readonly offset: number;
}

/** One entry for each of the four places that a form may begin at within a word. */
function entriesOf(form: string): Entry[] {
  const bytes = ascii(form);
  const paired = bytes.length >= PAIRED;
  return [0, 1, 2, 3].flatMap((shift): Entry[] => {
    let best = -1;
    let rarest = 0;
    for (let at = (4 - shift) % 4; at + (paired ? 8 : 4) <= bytes.length; at += 4) {
      const rare = rarity(bytes, at) + (paired ? rarity(bytes, at + 4) / 2 : 0);
      if (best < 0 || rare > rarest) [best, rarest] = [at, rare];
    }
    if (paired) return [{ word: wordAt(bytes, best), second: wordAt(bytes, best + 4), offset: best }];
    if (best >= 0) return [{ word: wordAt(bytes, best), offset: best }];
    // Six bytes that begin at the second byte of a word: the first one may be anything.
    const word = new Uint8Array(4);
    word.set(bytes.subarray(0, 3), 1);
    return Array.from({ length: 256 }, (_, first) => {
      word[0] = first;
      return { word: wordAt(word, 0), offset: -1 };
    });
  });
}

/** The words of all literals, or undefined when one of them is too short: then every line is a candidate. */
export function createSieve(literals: readonly string[]): Sieve | undefined {
  const forms = [...new Set([...literals.flatMap(rawForms), ...BYTE_MESSAGES])];
  if (forms.some((form) => form.length < MIN_GATED)) return undefined;
  const entries = forms.flatMap((form, formOf) => entriesOf(form).map((entry) => ({ ...entry, formOf })));
  entries.sort((a, b) => a.word - b.word);
  const tables = new Int32Array(3 * TABLE_WORDS);
  const set = (table: number, hash: number) => {
    const at = table * TABLE_WORDS + (hash >>> 5);
    tables[at] = (tables[at] ?? 0) | (1 << hash);
  };
  for (const { word, second } of entries) {
    set(0, hashOf(word));
    if (second === undefined) set(1, hashOf(word));
    else set(2, pairHash(word, second));
  }
  return {
    forms,
    words: Int32Array.from(entries, (e) => e.word),
    formOf: Int16Array.from(entries, (e) => e.formOf),
    offsets: Int16Array.from(entries, (e) => e.offset),
    tables,
  };
}
