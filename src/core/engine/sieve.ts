// The literals of the doctor as bytes that a gate can look for. A literal of seven bytes holds one whole four-byte word at an
// offset divisible by four, wherever it begins; of the words that it may hold there, the rarest in logs is taken.
import type { Sieve } from '../model.ts';
import { BYTE_MESSAGES } from '../text/journal.ts';

/** Shorter literals than this can't be told by words. */
export const MIN_GATED = 6;
/** Words are taken from the beginning of a literal, so that their place fits into a byte. */
const REACH = 200;
/** How much a second word is worth against the rarity of the first. */
const PAIRED = 60;

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
  /^(?:.*[0-9]{2}.*|.*0x.*|kern|erne|rnel|nel:|el: |vfio|fio-|io-p|o-pc|-pci|pci |acpi|ACPI|CPI:|PI: |devi|evic|vice|ice |usb |syst|yste|stem|ion |tion|ing |for | for|the | the|ed: |rror|erro|led |ble |with|from|rom |to 0|addr|ddre|ress|ess |memo|emor|mory|ory |add |regi|star|tart|enab|nabl|able|serv|ervi|rvic|name| nam|user| use|work|host|file|time|stat|tatu|atus|tate|comm|cted| ker| sys| dev| mod| fro| by |mand|read|disk|proc|sess|conn|link|node|ted |ting|er: |ess:|ce: |ed\. |cess|ress|port|lock|bloc|data|grou|roup|requ|ques|load|para|mete|eter|onfi|nfig|conf|vers|ersi|sion|ated|ates|ent |ment|all |ll b|not | not|no s|ve d|ved |ctiv|tive|tiva)$/s;

function rarity(literal: Uint8Array, at: number): number {
  let sum = 0;
  for (let i = at; i < at + 4; i++) sum += RARITY[literal[i] ?? 0] ?? 0;
  const text = String.fromCharCode(...literal.subarray(at, at + 4));
  return CROWDED.test(text) ? sum - 200 : sum;
}

/** A literal as JSON writes it; the same where it holds neither quotes nor backslashes. */
export const jsonForm = (literal: string): string => literal.replace(/["\\]/g, '\\$&');

const ascii = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));

/** Bits of the table of words: 64 KB, which the caches near the processor hold. */
export const SIEVE_BITS = 19;
const MULTIPLIER = 0x9e3779b1;
/** Entries are kept in buckets by the highest bits of the same hash. */
export const BUCKET_BITS = 12;
const BUCKETS = 1 << BUCKET_BITS;

export const hashOf = (word: number): number => Math.imul(word, MULTIPLIER) >>> (32 - SIEVE_BITS);
export const bucketOf = (hash: number): number => hash >>> (SIEVE_BITS - BUCKET_BITS);

/** A word of a form, and where in the form it begins; -1 when its first byte stands in front of the form. */
interface Word {
  readonly hash: number;
  readonly offset: number;
}

/** One word for each of the four places that a form may begin at within a word. */
function wordsOf(form: string): Word[] {
  const bytes = ascii(form);
  return [0, 1, 2, 3].flatMap((shift): Word[] => {
    let best = -1;
    let rarest = 0;
    for (let at = (4 - shift) % 4; at + 4 <= Math.min(bytes.length, REACH); at += 4) {
      // With a word of the form behind it a word is told from others that begin alike.
      const rare = rarity(bytes, at) + (at + 8 <= bytes.length ? PAIRED + rarity(bytes, at + 4) / 4 : 0);
      if (best < 0 || rare > rarest) [best, rarest] = [at, rare];
    }
    if (best >= 0) return [{ hash: hashOf(wordAt(bytes, best)), offset: best }];
    // Six bytes that begin at the second byte of a word: the first one may be anything.
    const word = new Uint8Array(4);
    word.set(bytes.subarray(0, 3), 1);
    return Array.from({ length: 256 }, (_, first) => {
      word[0] = first;
      return { hash: hashOf(wordAt(word, 0)), offset: -1 };
    });
  });
}

/** SIEVE_BITS bits by the hash of a word: is it of any form? Made when a gate begins, for it is mostly empty. */
export function tableOf({ entries, formFrom, text }: Sieve): Int32Array {
  const table = new Int32Array(1 << (SIEVE_BITS - 5));
  const word = new Uint8Array(4);
  const add = () => {
    const hash = hashOf(wordAt(word, 0));
    table[hash >>> 5] = (table[hash >>> 5] ?? 0) | (1 << hash);
  };
  for (const entry of entries) {
    const from = (formFrom[entry >>> 8] ?? 0) + (entry & 255) - 1;
    const inFront = (entry & 255) === 0;
    for (let i = 0; i < 4; i++) word[i] = text[from + i] ?? 0;
    if (inFront)
      for (let first = 0; first < 256; first++) {
        word[0] = first;
        add();
      }
    else add();
  }
  return table;
}

/** Of a form that no literal has: a line with it has to be opened to know what it says. */
export const UNTOLD = 0xffff;

const HEAD = 4;
const even = (n: number) => (n + 1) & ~1;

/** The lists of a sieve in its memory; the first four numbers say how long they are. */
export function openSieve(bytes: Uint8Array): Sieve {
  const at = (offset: number, length: number) => ({ offset: bytes.byteOffset + offset, length });
  const [forms = 0, entries = 0, text = 0] = new Int32Array(bytes.buffer, bytes.byteOffset, HEAD);
  const formFrom = at(HEAD * 4, forms + 1);
  const entry = at(formFrom.offset - bytes.byteOffset + formFrom.length * 4, entries);
  const heads = at(entry.offset - bytes.byteOffset + entry.length * 4, BUCKETS + 1);
  const literalOf = at(heads.offset - bytes.byteOffset + even(heads.length) * 2, forms);
  const body = at(literalOf.offset - bytes.byteOffset + even(literalOf.length) * 2, text);
  const { buffer } = bytes;
  return {
    bytes,
    formFrom: new Uint32Array(buffer, formFrom.offset, formFrom.length),
    entries: new Uint32Array(buffer, entry.offset, entry.length),
    heads: new Uint16Array(buffer, heads.offset, heads.length),
    literalOf: new Uint16Array(buffer, literalOf.offset, literalOf.length),
    text: new Uint8Array(buffer, body.offset, body.length),
  };
}

/**
 * The sieve of `literals`, or undefined when one of them is too short: then every line is a candidate.
 * All of them are ASCII. Form i of the first ones is literal i; behind them stand other forms of the same literals.
 */
export function createSieve(literals: readonly string[]): Sieve | undefined {
  if (literals.some((literal) => literal.length < MIN_GATED)) return undefined;
  const others = literals.flatMap((literal, i) => {
    const form = jsonForm(literal);
    return form === literal ? [] : [{ form, literal: i }];
  });
  const untold = BYTE_MESSAGES.map((form) => ({ form, literal: UNTOLD }));
  const forms = [...literals.map((form, literal) => ({ form, literal })), ...others, ...untold];
  const words = forms.flatMap(({ form }, i) => wordsOf(form).map((word) => ({ ...word, form: i })));
  words.sort((a, b) => bucketOf(a.hash) - bucketOf(b.hash));
  const length = forms.reduce((sum, { form }) => sum + form.length, 0);
  if (words.length > 0xffff || forms.length > 0xffff) throw new RangeError('too many literals for a sieve');

  const size =
    4 * (HEAD + forms.length + 1 + words.length) + 2 * (even(BUCKETS + 1) + even(forms.length)) + length;
  const bytes = new Uint8Array((size + 3) & ~3);
  new Int32Array(bytes.buffer, 0, HEAD).set([forms.length, words.length, length]);
  const sieve = openSieve(bytes);
  let from = 0;
  forms.forEach(({ form, literal }, i) => {
    sieve.formFrom[i] = from;
    sieve.literalOf[i] = literal;
    sieve.text.set(ascii(form), from);
    from += form.length;
  });
  sieve.formFrom[forms.length] = from;
  words.forEach(({ hash, offset, form }, i) => {
    sieve.entries[i] = (form << 8) | (offset + 1);
    sieve.heads[bucketOf(hash) + 1] = i + 1;
  });
  for (let b = 1; b <= BUCKETS; b++) sieve.heads[b] = Math.max(sieve.heads[b] ?? 0, sieve.heads[b - 1] ?? 0);
  return sieve;
}
