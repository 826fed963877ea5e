// AssemblyScript: the inner loop of the gate with SIMD, built by packaging/kernel.mjs. It does what createGate of
// src/core/engine/gate.ts does and writes one record for each candidate line. A chunk of the block is gone over twice: first
// sixteen bytes at a time without a branch, to list the places that need a look, then place by place.

/** Tables at fixed places: of pairs of words (a bit for each hash), of single words (a byte for each), and of the buckets. */
const PAIRS: usize = 0;
const WORDS: usize = 0x20000;
const HEADS: usize = 0x60000;
/** Places of the chunk at hand that need a look. */
const LIST: usize = 0x70000;
/** Where the lists of the sieve lie, and for each sign its product and the next one of its bucket; where records go. */
let offsets: usize;
let formFrom: usize;
let text: usize;
let products: usize;
let nexts: usize;
let records: usize;
let recordsEnd: usize;

/** Bytes gone over at once: a multiple of sixteen. A line of LONG_LINE bytes has a chunk for itself. */
const CHUNK: usize = 4096;
const LONG_LINE: usize = 16 * 1024;
/** Sixteen bytes yield no more than this: sixteen lines, or the literals of four words. */
const ROOM: usize = 4096;
/** Bytes in front of the forms in a record: start and end of the line, its number, how many forms. */
const HEAD: usize = 16;
const MOST_HELD: i32 = 60;
const MULTIPLIER: u32 = 0x9e3779b1;
/** How far a product is shifted to become a hash: the highest PAIR_BITS, WORD_BITS and BUCKET_BITS of it. */
const PAIR_SHIFT: u32 = 12;
const WORD_SHIFT: u32 = 14;
const BUCKET_SHIFT: u32 = 17;
/** A form of so many bytes holds a pair of words, wherever it begins. */
const PAIRED: u32 = 11;

/** Line breaks so far. */
export let lines: i32 = 0;
/** Where the scan goes on. */
let next: usize = 0;
/** The list of the chunk at hand: what is left of it. */
let listed: usize = LIST;
let listEnd: usize = LIST;
/** The line at hand, where its record goes, and how many forms it holds: -1 when it has to be opened. */
let start: usize = 0;
let stop: usize = 0;
let number: i32 = 0;
let record: usize = 0;
let held: i32 = 0;

/** Says where the lists of a sieve, its tables and the records lie. */
export function place(
  formFromAt: usize,
  offsetsAt: usize,
  textAt: usize,
  productsAt: usize,
  nextsAt: usize,
  recordsAt: usize,
  recordsEndAt: usize,
): void {
  formFrom = formFromAt;
  offsets = offsetsAt;
  text = textAt;
  products = productsAt;
  nexts = nextsAt;
  records = recordsAt;
  recordsEnd = recordsEndAt;
}

/** Makes the tables of a sieve of `forms` forms (tablesOf of core/engine/sieve.ts). */
export function lay(forms: u32): void {
  for (let form: u32 = 0; form < forms; form++) {
    const first = load<u32>(formFrom + <usize>(form << 2));
    const paired = load<u32>(formFrom + <usize>(form << 2), 4) - first >= PAIRED;
    for (let i = form << 2, end = i + 4; i < end; i++) {
      const from = text + first + load<u8>(offsets + i);
      let product = load<u32>(from) * MULTIPLIER;
      if (paired) {
        product = pair(product, load<u32>(from, 4) * MULTIPLIER);
        const hash = product >>> PAIR_SHIFT;
        const at = PAIRS + <usize>((hash >>> 5) << 2);
        store<u32>(at, load<u32>(at) | (1 << (hash & 31)));
      } else store<u8>(WORDS + <usize>(product >>> WORD_SHIFT), 1);
      const head = HEADS + <usize>((product >>> BUCKET_SHIFT) << 1);
      store<u32>(products + <usize>(i << 2), product);
      store<u16>(nexts + <usize>(i << 1), load<u16>(head));
      store<u16>(head, i + 1);
    }
  }
}

function pair(product: u32, second: u32): u32 {
  return product ^ (second >>> 3);
}

export function begin(from: usize): void {
  const at = from & ~15;
  // What stands in front of the first line does not count.
  lines = -popcnt(breaksAt(at) & ((1 << (<i32>(from - at))) - 1));
  next = at;
  listed = listEnd = LIST;
  start = stop = from;
  record = records;
  held = 0;
}

function breaksAt(at: usize): i32 {
  return i8x16.bitmask(i8x16.eq(v128.load(at), i8x16.splat(0x0a)));
}

function ofWord(product: u32): u32 {
  return load<u8>(WORDS + <usize>(product >>> WORD_SHIFT));
}

function ofPair(product: u32): u32 {
  const hash = product >>> PAIR_SHIFT;
  return (load<u32>(PAIRS + <usize>((hash >>> 5) << 2)) >>> (hash & 31)) & 1;
}

function equal(a: usize, b: usize, length: usize): bool {
  let i: usize = 0;
  for (; i + 4 <= length; i += 4) if (load<u32>(a + i) !== load<u32>(b + i)) return false;
  for (; i < length; i++) if (load<u8>(a + i) !== load<u8>(b + i)) return false;
  return true;
}

/** Makes the line of the byte at `here` the line at hand. */
function line(here: usize, breaksBefore: i32, from: usize, to: usize): void {
  if (here < stop) return;
  finish();
  const at = here & ~15;
  let before = breaksAt(at) & ((1 << (<i32>(here - at))) - 1);
  number = breaksBefore + popcnt(before);
  start = at;
  while (before === 0 && start > from) {
    start -= 16;
    before = breaksAt(start);
  }
  start = max(before ? start + 32 - clz(before) : start, from);
  stop = at;
  let behind = breaksAt(at) & (-1 << (<i32>(here - at)));
  while (behind === 0 && stop < to) {
    stop += 16;
    behind = breaksAt(stop);
  }
  stop = min(stop + ctz(behind), to);
  if (stop - start >= LONG_LINE) held = -1;
}

/** Finishes the record of the line at hand. */
function finish(): void {
  if (held === 0) return;
  store<u32>(record, <u32>start);
  store<u32>(record, <u32>stop, 4);
  store<u32>(record, number, 8);
  store<u32>(record, held, 12);
  record += HEAD + (held > 0 ? (<usize>held) << 2 : 0);
  held = 0;
}

/** Takes down the forms that have the word or the pair at `at` of which `product` is made. */
function seek(product: u32, at: usize, breaksBefore: i32, from: usize, to: usize): void {
  let next = <u32>load<u16>(HEADS + <usize>((product >>> BUCKET_SHIFT) << 1));
  while (next) {
    const sign = next - 1;
    next = load<u16>(nexts + <usize>(sign << 1));
    if (load<u32>(products + <usize>(sign << 2)) !== product) continue;
    const form = sign >>> 2;
    const begins = at - load<u8>(offsets + sign);
    const first = load<u32>(formFrom + <usize>(form << 2));
    const length = load<u32>(formFrom + <usize>(form << 2), 4) - first;
    if (begins < from || begins + length > to || !equal(text + first, begins, length)) continue;
    line(at, breaksBefore, from, to);
    if (held < 0) return;
    if (held === MOST_HELD) {
      held = -1;
      return;
    }
    store<u32>(record + HEAD + ((<usize>held) << 2), form);
    held++;
  }
}

/** Whether the byte may take part in what the envelope reader changes: changesText and escapeAt of the plain form. */
function odd(at: usize, to: usize): bool {
  const byte = load<u8>(at);
  const second = load<u8>(at, 1);
  if (byte === 0x5c)
    return (
      second === 0x75 ||
      second === 0x2f ||
      second === 0x6e ||
      second === 0x74 ||
      second === 0x62 ||
      second === 0x66 ||
      second === 0x72
    );
  if (byte === 0x26)
    return second === 0x6c || second === 0x67 || second === 0x61 || second === 0x71 || second === 0x23;
  if (byte === 0x0d) return at + 1 < to && second !== 0x0a;
  if (byte < 0x80) return byte !== 0x09;
  if (byte === 0xc2) return second < 0xa0;
  if (byte === 0xd8) return second === 0x9c;
  if (byte === 0xe2) return second === 0x81 || (second === 0x80 && load<u8>(at, 2) !== 0xa6);
  return byte === 0xef && second === 0xbb;
}

/** Bytes that are no printable ASCII characters, backslashes and ampersands. */
function specialOf(bytes: v128): v128 {
  return v128.or(
    i8x16.gt_s(i8x16.add(bytes, i8x16.splat(0x60)), i8x16.splat(-34)),
    v128.or(i8x16.eq(bytes, i8x16.splat(0x5c)), i8x16.eq(bytes, i8x16.splat(0x26))),
  );
}

/** Lists the places from `at` to `to`, both divisible by 16, that need a look: address | words in question, and breaks before. */
function list(at: usize, to: usize): void {
  let end = LIST;
  let count = lines;
  for (; at < to; at += 16) {
    const bytes = v128.load(at);
    const words = i32x4.mul(bytes, i32x4.splat(MULTIPLIER));
    const breaks = i8x16.eq(bytes, i8x16.splat(0x0a));
    const special = v128.andnot(specialOf(bytes), breaks);
    const first = i32x4.extract_lane(words, 0);
    const second = i32x4.extract_lane(words, 1);
    const third = i32x4.extract_lane(words, 2);
    const fourth = i32x4.extract_lane(words, 3);
    const seen =
      ofWord(first) |
      ofPair(pair(first, second)) |
      ((ofWord(second) | ofPair(pair(second, third))) << 1) |
      ((ofWord(third) | ofPair(pair(third, fourth))) << 2) |
      ((ofWord(fourth) | ofPair(pair(fourth, load<u32>(at, 16) * MULTIPLIER))) << 3);
    store<u32>(end, <u32>at | seen);
    store<u32>(end, count, 4);
    end += (seen | <u32>v128.any_true(special)) !== 0 ? 8 : 0;
    count += popcnt(i8x16.bitmask(breaks));
  }
  lines = count;
  listed = LIST;
  listEnd = end;
}

/** Looks at one place of the list. */
function look(at: usize, words: u32, breaksBefore: i32, from: usize, to: usize): void {
  const bytes = v128.load(at);
  const breaks = i8x16.eq(bytes, i8x16.splat(0x0a));
  // A word is dealt with at its last byte.
  const words16 = ((words & 1) << 3) | ((words & 2) << 6) | ((words & 4) << 9) | ((words & 8) << 12);
  const special16 = <u32>i8x16.bitmask(v128.andnot(specialOf(bytes), breaks));
  for (let left = special16 | words16; left !== 0; left &= left - 1) {
    const lane = <usize>ctz(left);
    const here = at + lane;
    if (here < from || here >= to) continue;
    if ((special16 >>> <u32>lane) & 1 && odd(here, to)) {
      line(here, breaksBefore, from, to);
      held = -1;
    }
    if (!((words16 >>> <u32>lane) & 1) || (held < 0 && here < stop)) continue;
    const word = load<u32>(here - 3) * MULTIPLIER;
    if (ofWord(word)) seek(word, here - 3, breaksBefore, from, to);
    const both = pair(word, load<u32>(here + 1) * MULTIPLIER);
    if (ofPair(both)) seek(both, here - 3, breaksBefore, from, to);
  }
}

/**
 * Goes on with the scan that `begin` began at `from`, until `to` (exclusive) or until the records are full. Answers where the
 * records end; the scan is over when it wrote none.
 */
export function scan(from: usize, to: usize): usize {
  // What the line at hand held so far belongs to its record, which begins anew.
  if (held > 0) memory.copy(records + HEAD, record + HEAD, (<usize>held) << 2);
  record = records;
  const last = (to + 15) & ~15;
  for (;;) {
    for (; listed < listEnd; listed += 8) {
      if (record >= recordsEnd - ROOM) return record;
      const place = load<u32>(listed);
      look(place & ~15, place & 15, load<i32>(listed, 4), from, to);
    }
    if (next >= last) break;
    const at = next;
    const before = lines;
    next = min(at + CHUNK, last);
    list(at, next);
    // A line that fills a chunk may be a long one.
    if (lines === before) line(max(at, from), before, from, to);
    if (next < last) continue;
    if (to < last) lines -= popcnt(breaksAt(last - 16) >>> <i32>(to + 16 - last));
    if (to > from && load<u8>(to - 1) !== 0x0a) lines++;
  }
  finish();
  return record;
}
