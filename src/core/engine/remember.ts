// What the last repeated texts said. Storms are made of equal lines; of a log without them nothing is kept.

/** So many texts are remembered, none of them longer than LENGTH. */
const TEXTS = 512;
const LENGTH = 400;
/** Texts met once leave only a hash behind, in as many places as 2 to the power of this. */
const BITS = 12;

export interface Memory<T> {
  get(text: string): T | undefined;
  /** Remembers `value` if `text` was offered before, not long ago. */
  offer(text: string, value: T): void;
}

export function createMemory<T>(): Memory<T> {
  const known = new Map<string, T>();
  const met = new Int32Array(1 << BITS);
  return {
    get: (text) => known.get(text),
    offer(text, value) {
      if (text.length > LENGTH) return;
      let hash = text.length;
      for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
      const place = hash >>> (32 - BITS);
      if (met[place] !== hash) {
        met[place] = hash;
        return;
      }
      if (known.size >= TEXTS) known.clear();
      known.set(text, value);
    },
  };
}
