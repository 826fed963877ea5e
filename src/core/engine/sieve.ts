// Which four-byte words betray a literal? A literal of seven bytes holds one whole word at an offset divisible by four,
// wherever it begins; of the words that it may hold there, the rarest in log text is taken.

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

/** Literals as they stand in raw bytes, whatever wraps the line. */
export function rawForms(literal: string): string[] {
  // JSON escapes quotes and backslashes: the longest part between them is in the line either way.
  const [longest = ''] = literal.split(/["\\\u0080-\uffff]+/).sort((a, b) => b.length - a.length);
  if (longest.length >= MIN_GATED) return [longest];
  const escaped = literal.replace(/["\\]/g, '\\$&');
  return [...new Set([literal, escaped])];
}

const ascii = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));

/** The words of all literals, or undefined when one of them is too short: then every line is a candidate. */
export function createSieve(literals: readonly string[]): Sieve | undefined {
  const forms = [...new Set([...literals.flatMap(rawForms), ...BYTE_MESSAGES])];
  if (forms.some((form) => form.length < MIN_GATED)) return undefined;
  const entries = forms.flatMap((form, formOf) => wordsOf(form).map((entry) => ({ ...entry, formOf })));
  entries.sort((a, b) => a.word - b.word);
  return {
    forms,
    words: Int32Array.from(entries, (e) => e.word),
    formOf: Int16Array.from(entries, (e) => e.formOf),
    offsets: Int16Array.from(entries, (e) => e.offset),
  };
}

/** One word for each of the four places that a form may begin at within a word. */
function wordsOf(form: string): { word: number; offset: number }[] {
  const bytes = ascii(form);
  return [0, 1, 2, 3].flatMap((shift) => {
    let best = -1;
    for (let at = (4 - shift) % 4; at + 4 <= bytes.length; at += 4)
      if (best < 0 || rarity(bytes, at) > rarity(bytes, best)) best = at;
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
