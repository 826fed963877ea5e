// The literals of the doctor as bytes that a gate can look for. A literal of seven bytes holds one whole four-byte word at an
// offset divisible by four, wherever it begins, and one of eleven bytes two of them in a row. That word or pair betrays it; of
// those that it may hold, the rarest in logs is taken.
import type { Sieve } from '../model.ts';
import { isLiteral, utf8 } from '../rules/literal.ts';
import { BYTE_MESSAGES } from '../text/journal.ts';

/** A form of so many bytes is told by a pair of words. */
const PAIRED = 11;
/** Words are taken from the beginning of a literal, so that their place fits into a byte. */
const REACH = 200;

const view = new Uint8Array(4);
const viewed = new Int32Array(view.buffer);

function wordAt(bytes: Uint8Array, at: number): number {
  view.set(bytes.subarray(at, at + 4));
  return viewed[0] ?? 0;
}

// How common a character is in kernel and journal text, by its order here; what is missing is rare.
const COMMON = ' e0iotnasrd1c:pl.2um[]fh3g5b4-86977_vxyPSkw=AIC/EDM';
const RARITY = new Uint8Array(256).fill(60);
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

/** How many signs a form has: one for each place that it may begin at within a word. */
export const SIGNS = 4;

const MULTIPLIER = 0x9e3779b1;
/** How many of the highest bits of a product are its hash: in the table of words, in that of pairs, and of the buckets. */
export const WORD_BITS = 18;
export const PAIR_BITS = 20;
export const BUCKET_BITS = 15;

/** What hashes are made of: the product of a word, and of the products of a word and the one behind it. */
export const ofWord = (word: number): number => Math.imul(word, MULTIPLIER);
export const ofPair = (product: number, second: number): number => product ^ (second >>> 3);

/** Where in `form` its signs begin. */
function offsetsOf(bytes: Uint8Array): number[] {
  const paired = bytes.length >= PAIRED;
  const reach = Math.min(bytes.length, REACH) - (paired ? 8 : 4);
  return Array.from({ length: SIGNS }, (_, first) => {
    let best = first;
    let rarest = Number.NEGATIVE_INFINITY;
    for (let at = first; at <= reach; at += 4) {
      const rare = rarity(bytes, at) + (paired ? rarity(bytes, at + 4) : 0);
      if (rare > rarest) [best, rarest] = [at, rare];
    }
    return best;
  });
}

/** What a gate looks words up in. It is made when the gate begins, for most of it is empty. */
export interface Tables {
  /** A byte for each hash of a word that betrays a form. */
  readonly words: Uint8Array;
  /** A bit for each hash of a pair that betrays a form. */
  readonly pairs: Int32Array;
  /** The product of each sign. */
  readonly products: Int32Array;
  /** 1 + the first sign of each bucket of products, and behind each sign 1 + the next one. */
  readonly heads: Uint16Array;
  readonly nexts: Uint16Array;
}

export function tablesOf({ offsets, formFrom, text, literalOf }: Sieve): Tables {
  const words = new Uint8Array(1 << WORD_BITS);
  const pairs = new Int32Array(1 << (PAIR_BITS - 5));
  const products = new Int32Array(offsets.length);
  const heads = new Uint16Array(1 << BUCKET_BITS);
  const nexts = new Uint16Array(offsets.length);
  for (let form = 0; form < literalOf.length; form++) {
    const first = formFrom[form] ?? 0;
    const paired = (formFrom[form + 1] ?? 0) - first >= PAIRED;
    for (let i = form * SIGNS; i < (form + 1) * SIGNS; i++) {
      const from = first + (offsets[i] ?? 0);
      let product = ofWord(wordAt(text, from));
      if (paired) {
        product = ofPair(product, ofWord(wordAt(text, from + 4)));
        const hash = product >>> (32 - PAIR_BITS);
        pairs[hash >>> 5] = (pairs[hash >>> 5] ?? 0) | (1 << hash);
      } else words[product >>> (32 - WORD_BITS)] = 1;
      const bucket = product >>> (32 - BUCKET_BITS);
      products[i] = product;
      nexts[i] = heads[bucket] ?? 0;
      heads[bucket] = i + 1;
    }
  }
  return { words, pairs, products, heads, nexts };
}

/** Of a form that no literal has: a line with it has to be opened to know what it says. */
export const UNTOLD = 0xffff;

const HEAD = 2;
const even = (n: number) => (n + 1) & ~1;

/** The lists of a sieve at the beginning of `memory`; its first two numbers say how long they are. */
export function openSieve(memory: Uint8Array): Sieve {
  const { buffer, byteOffset } = memory;
  const [forms = 0, length = 0] = new Int32Array(buffer, byteOffset, HEAD);
  const formFrom = new Uint32Array(buffer, byteOffset + HEAD * 4, forms + 1);
  const literalOf = new Uint16Array(buffer, formFrom.byteOffset + formFrom.byteLength, forms);
  const offsets = new Uint8Array(buffer, literalOf.byteOffset + even(forms) * 2, forms * SIGNS);
  const text = new Uint8Array(buffer, offsets.byteOffset + offsets.length, length);
  const bytes = memory.subarray(0, (text.byteOffset - byteOffset + length + 3) & ~3);
  return { bytes, formFrom, offsets, literalOf, text };
}

/**
 * The sieve of `literals`, or undefined when one of them is too short: then every line is a candidate.
 * Form i of the first ones is literal i; behind them stand other forms of the same literals.
 */
export function createSieve(literals: readonly string[]): Sieve | undefined {
  if (!literals.every(isLiteral)) return undefined;
  const others = literals.flatMap((literal, i) => {
    const form = jsonForm(literal);
    return form === literal ? [] : [{ form, literal: i }];
  });
  const untold = BYTE_MESSAGES.map((form) => ({ form, literal: UNTOLD }));
  const forms = [...literals.map((form, literal) => ({ form, literal })), ...others, ...untold].map(
    ({ form, literal }) => ({ form: utf8(form), literal }),
  );
  if (forms.length * SIGNS > 0xffff) throw new RangeError('too many literals for a sieve');
  const length = forms.reduce((sum, { form }) => sum + form.length, 0);
  const size = 4 * (HEAD + forms.length + 1) + 2 * even(forms.length) + SIGNS * forms.length + length;
  const bytes = new Uint8Array((size + 3) & ~3);
  new Int32Array(bytes.buffer, 0, HEAD).set([forms.length, length]);
  const sieve = openSieve(bytes);
  let from = 0;
  forms.forEach(({ form, literal }, i) => {
    sieve.formFrom[i] = from;
    sieve.literalOf[i] = literal;
    sieve.offsets.set(offsetsOf(form), i * SIGNS);
    sieve.text.set(form, from);
    from += form.length;
  });
  sieve.formFrom[forms.length] = from;
  return sieve;
}
