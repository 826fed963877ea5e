// Which literals does an opened line hold? One pass over it finds, for each literal, the places where it may stand. A gate
// tells the same of bytes (gate.ts); this is for lines that only their text can tell, and where there is no gate.

import type { Texts } from '../model.ts';

const TABLE_BITS = 15;

const hashOf = (word: number) => Math.imul(word, 0x9e3779b1) >>> (32 - TABLE_BITS);

/** The hash of the four characters from `i` on, or of their lower bytes. */
function hashAt(text: string, i: number): number {
  let word = 0;
  for (let at = i; at < i + 4; at++) word = (word >>> 8) | (text.charCodeAt(at) << 24);
  return hashOf(word);
}

// Four-letter runs so frequent in kernel logs that a literal is better recognised by another part of it.
const FREQUENT = /^(?:pci |vfio|fio-|io-p|o-pc|-pci|0000|000:|: \S|.* {2}.*)/;

/** Where the four characters begin by which a literal is looked up. */
function anchorOf(literal: string): number {
  for (let i = literal.length - 4; i >= 0; i--) if (!FREQUENT.test(literal.slice(i, i + 4))) return i;
  return 0;
}

export interface Dispatch {
  /** Calls `found(index)` for each literal that `text` holds; a literal may be told more than once. */
  each(text: string, found: (index: number) => void): void;
}

/** Builds the look-up for `literals`. Those under four characters, which only careless rules have, are told for every line. */
export function createDispatch(literals: Texts): Dispatch {
  const texts = Array.from({ length: literals.length }, (_, i) => literals.at(i) ?? '');
  const table = new Int32Array(1 << TABLE_BITS).fill(-1);
  const next = new Int32Array(texts.length).fill(-1);
  const offset = new Int32Array(texts.length);
  const always: number[] = [];
  texts.forEach((literal, index) => {
    if (literal.length < 4) {
      always.push(index);
      return;
    }
    const at = anchorOf(literal);
    offset[index] = at;
    const bucket = hashAt(literal, at);
    next[index] = table[bucket] ?? -1;
    table[bucket] = index;
  });
  return {
    each(text, found) {
      for (const index of always) found(index);
      // The lower bytes of the four characters up to `i`.
      let word = 0;
      for (let i = 0; i < text.length; i++) {
        word = (word >>> 8) | (text.charCodeAt(i) << 24);
        for (let index = table[hashOf(word)] ?? -1; index >= 0; index = next[index] ?? -1) {
          const start = i - 3 - (offset[index] ?? 0);
          if (start >= 0 && text.startsWith(texts[index] ?? '', start)) found(index);
        }
      }
    },
  };
}

const made = new WeakMap<Texts, Dispatch>();

/** The look-up for literals that are asked for again and again. */
export function dispatchOf(literals: Texts): Dispatch {
  const dispatch = made.get(literals) ?? createDispatch(literals);
  made.set(literals, dispatch);
  return dispatch;
}
