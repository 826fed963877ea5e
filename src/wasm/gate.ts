// AssemblyScript: the inner loop of the gate with SIMD, built by packaging/kernel.mjs. It does what createGate of
// src/core/engine/gate.ts does, sixteen bytes at a time, and writes one record for each candidate line.

/** Where the lists of the sieve lie, and where records go: `lay` says so. */
let table: usize;
let heads: usize;
let entries: usize;
let formFrom: usize;
let text: usize;
let records: usize;
let recordsEnd: usize;

/** Sixteen bytes yield no more than this: sixteen lines, or the literals of four words. */
const ROOM: usize = 4096;
/** Bytes in front of the forms in a record: start and end of the line, its number, how many forms. */
const HEAD: usize = 16;
const MOST_HELD: i32 = 60;
const LONG_LINE: usize = 16 * 1024;
const MULTIPLIER: u32 = 0x9e3779b1;
const SECOND: u32 = 0x85ebca6b;
/** Bytes of each table. Behind that of all words stand two for a closer look: words that stand alone, and pairs of words. */
const TABLE: usize = 0x10000;

/** Line breaks so far. */
export let lines: i32 = 0;
/** Where the scan goes on after the records were full. */
let next: usize = 0;
/** Where the line at hand begins, where its record goes, and how many forms it holds: -1 when it has to be opened. */
let start: usize = 0;
let record: usize = 0;
let held: i32 = 0;

/** Says where the lists of `count` entries lie, and makes the table of their words (tableOf of core/engine/sieve.ts). */
export function lay(
  formFromAt: usize,
  entriesAt: usize,
  count: i32,
  headsAt: usize,
  textAt: usize,
  tableAt: usize,
  recordsAt: usize,
  recordsEndAt: usize,
): void {
  formFrom = formFromAt;
  entries = entriesAt;
  heads = headsAt;
  text = textAt;
  table = tableAt;
  records = recordsAt;
  recordsEnd = recordsEndAt;
  for (let i = 0; i < count; i++) {
    const entry = load<u32>(entries + ((<usize>i) << 2));
    const from = text + load<u32>(formFrom + ((entry >>> 8) << 2)) + (entry & 255) - 1;
    if (entry & 255) {
      const word = load<u32>(from);
      add(table, word * MULTIPLIER);
      // The word behind it belongs to the form, too: both of them are far rarer than one.
      const end = text + load<u32>(formFrom + ((entry >>> 8) << 2), 4);
      if (from + 8 <= end) add(table + 2 * TABLE, pair(word, load<u32>(from, 4)));
      else add(table + TABLE, word * MULTIPLIER);
      continue;
    }
    // A form of six bytes has 256 such entries, one for each byte that may stand in front: once will do.
    const met = recordsAt + (entry >>> 8);
    if (load<u8>(met)) continue;
    store<u8>(met, 1);
    for (let first: u32 = 0; first < 256; first++) {
      const product = ((load<u32>(from) & ~255) | first) * MULTIPLIER;
      add(table, product);
      add(table + TABLE, product);
    }
  }
}

function pair(word: u32, second: u32): u32 {
  return (word * MULTIPLIER) ^ (second * SECOND);
}

function add(to: usize, product: u32): void {
  const hash = product >>> 13;
  const at = to + ((hash >>> 5) << 2);
  store<u32>(at, load<u32>(at) | (1 << (hash & 31)));
}

export function begin(from: usize): void {
  lines = 0;
  next = from;
  start = from;
  record = records;
  held = 0;
}

function bit(bits: usize, hash: u32): u32 {
  return (load<u32>(bits + ((hash >>> 5) << 2)) >>> (hash & 31)) & 1;
}

/** Whether a word of the first table may be of a form, by the word behind it. */
function likely(at: usize): bool {
  const word = load<u32>(at);
  return (
    (bit(table + TABLE, (word * MULTIPLIER) >>> 13) |
      bit(table + 2 * TABLE, pair(word, load<u32>(at, 4)) >>> 13)) !==
    0
  );
}

function equal(a: usize, b: usize, length: usize): bool {
  let i: usize = 0;
  for (; i + 4 <= length; i += 4) if (load<u32>(a + i) !== load<u32>(b + i)) return false;
  for (; i < length; i++) if (load<u8>(a + i) !== load<u8>(b + i)) return false;
  return true;
}

/** Takes down the forms whose word begins at `at`. */
function seek(at: usize, from: usize, to: usize): void {
  const bucket = heads + <usize>(((load<u32>(at) * MULTIPLIER) >>> 20) << 1);
  const last = entries + ((<usize>load<u16>(bucket, 2)) << 2);
  for (let i = entries + ((<usize>load<u16>(bucket)) << 2); i < last; i += 4) {
    const entry = load<u32>(i);
    const form = formFrom + ((entry >>> 8) << 2);
    const begins = at + 1 - (entry & 255);
    const first = load<u32>(form);
    const length = load<u32>(form, 4) - first;
    if (begins < from || begins + length > to || !equal(text + first, begins, length)) continue;
    if (held === MOST_HELD) {
      held = -1;
      return;
    }
    store<u32>(record + HEAD + ((<usize>held) << 2), entry >>> 8);
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

/** The line at hand ends at `at`: its record is finished when it is a candidate. */
function close(at: usize): void {
  if (at - start >= LONG_LINE) held = -1;
  if (held !== 0) {
    store<u32>(record, <u32>start);
    store<u32>(record, <u32>at, 4);
    store<u32>(record, lines, 8);
    store<u32>(record, held, 12);
    record += HEAD + (held > 0 ? (<usize>held) << 2 : 0);
  }
  held = 0;
  lines++;
  start = at + 1;
}

/**
 * Goes on with the scan that `begin` began at `from`, until `to` (exclusive) or until the records are full. Answers where the
 * records end; the scan is over when it wrote none.
 */
export function scan(from: usize, to: usize): usize {
  // What the line at hand held so far belongs to its record, which begins anew.
  if (held > 0) memory.copy(records + HEAD, record + HEAD, (<usize>held) << 2);
  record = records;
  let at = next & ~15;
  for (; at < to && record < recordsEnd - ROOM; at += 16) {
    const bytes = v128.load(at);
    const hash = i32x4.shr_u(i32x4.mul(bytes, i32x4.splat(MULTIPLIER)), 13);
    const words =
      bit(table, i32x4.extract_lane(hash, 0)) |
      (bit(table, i32x4.extract_lane(hash, 1)) << 1) |
      (bit(table, i32x4.extract_lane(hash, 2)) << 2) |
      (bit(table, i32x4.extract_lane(hash, 3)) << 3);
    const special = v128.or(
      i8x16.gt_u(i8x16.sub(bytes, i8x16.splat(0x20)), i8x16.splat(0x5e)),
      v128.or(i8x16.eq(bytes, i8x16.splat(0x5c)), i8x16.eq(bytes, i8x16.splat(0x26))),
    );
    if (words === 0 && !v128.any_true(special)) continue;

    const special16 = i8x16.bitmask(special);
    // A word is dealt with at its last byte, which is in the line even when a line break stands in front of the form.
    const words16 = ((words & 1) << 3) | ((words & 2) << 6) | ((words & 4) << 9) | ((words & 8) << 12);
    let left = special16 | words16;
    if (at < from) left &= -1 << (<i32>(from - at));
    if (at + 16 > to) left &= (1 << (<i32>(to - at))) - 1;
    for (; left !== 0; left &= left - 1) {
      const lane = ctz(left);
      if ((special16 >>> lane) & 1) {
        if (load<u8>(at + lane) === 0x0a) {
          close(at + lane);
          continue;
        }
        if (odd(at + lane, to)) held = -1;
      }
      if ((words16 >>> lane) & 1 && held >= 0 && likely(at + lane - 3)) seek(at + lane - 3, from, to);
    }
  }
  next = at;
  if (at >= to && start < to) close(to);
  return record;
}
