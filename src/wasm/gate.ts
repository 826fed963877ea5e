// AssemblyScript: the inner loop of the gate with SIMD, built by build-kernel.mjs. It finds places that may matter in sixteen
// bytes at a time and counts line breaks; src/node/fast-gate.ts verifies each place and is where this file is explained.

/** The three tables of the sieve, 32 KB each, at the beginning of the memory: see src/core/engine/sieve.ts. */
const ALONE: usize = 0x8000;
const PAIR: usize = 0x10000;
/** Places found, eight bytes each: address, then line breaks in front of its sixteen bytes * 2 (+ 1: a long line). */
const PLACES: usize = 0x18000;
const PLACES_END: usize = 0x28000;
/** Sixteen bytes yield no more places than this. */
const ROOM: usize = 17 * 8;

/** Line breaks so far. */
export let lines: i32 = 0;
/** Where the line at hand begins. */
export let start: usize = 0;
/** Where the scan goes on after the list of places was full. */
export let next: usize = 0;

function bit(table: usize, hash: u32): u32 {
  return (load<u32>(table + ((hash >>> 5) << 2)) >>> (hash & 31)) & 1;
}

/** Whether a word of the first table stands for a form alone, or with the word behind it. */
function known(at: usize): bool {
  const product = load<u32>(at) * 0x9e3779b1;
  return (
    bit(ALONE, product >>> 14) !== 0 || bit(PAIR, (product ^ (load<u32>(at, 4) * 0x85ebca6b)) >>> 14) !== 0
  );
}

/** Whether the byte may take part in what the envelope reader changes; the caller looks closer. */
function odd(at: usize): bool {
  const byte = load<u8>(at);
  const second = load<u8>(at, 1);
  if (byte === 0x5c) return (second >= 0x61 && second <= 0x75) || second === 0x2f;
  if (byte === 0x26) return second === 0x23 || (second >= 0x61 && second <= 0x71);
  if (byte === 0x0d) return second !== 0x0a;
  if (byte >= 0x80) return byte === 0xe2 || byte === 0xc2 || byte === 0xd8 || byte === 0xef;
  return byte !== 0x09;
}

/** Scans from `next` to `to` (exclusive); `from` is where the whole scan began. Answers the end of the list of places. */
export function scan(from: usize, to: usize, long: usize): usize {
  let out = PLACES;
  let at = next & ~15;
  for (; at < to && out < PLACES_END - ROOM; at += 16) {
    const bytes = v128.load(at);
    const hash = i32x4.shr_u(i32x4.mul(bytes, i32x4.splat(0x9e3779b1)), 14);
    const words =
      bit(0, i32x4.extract_lane(hash, 0)) |
      (bit(0, i32x4.extract_lane(hash, 1)) << 1) |
      (bit(0, i32x4.extract_lane(hash, 2)) << 2) |
      (bit(0, i32x4.extract_lane(hash, 3)) << 3);
    const special = v128.or(
      i8x16.gt_u(i8x16.sub(bytes, i8x16.splat(0x20)), i8x16.splat(0x5e)),
      v128.or(i8x16.eq(bytes, i8x16.splat(0x5c)), i8x16.eq(bytes, i8x16.splat(0x26))),
    );
    if (words === 0 && !v128.any_true(special)) continue;

    const special16 = i8x16.bitmask(special);
    let mask = special16;
    // Of a word its last byte is told, which is in the line even when a line break stands in front.
    mask |= ((words & 1) << 3) | ((words & 2) << 6) | ((words & 4) << 9) | ((words & 8) << 12);
    if (at < from) mask &= -1 << (<i32>(from - at));
    if (at + 16 > to) mask &= (1 << (<i32>(to - at))) - 1;
    const breaks = mask & i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(0x0a)));
    const before = lines << 1;
    const first = at + ctz(breaks);
    if (breaks !== 0 && first - start >= long) {
      store<u32>(out, <u32>(first - 1));
      store<u32>(out, before | 1, 4);
      out += 8;
    }
    for (let left = mask & ~breaks; left !== 0; left &= left - 1) {
      const lane = ctz(left);
      const word = (lane & 3) === 3 && ((words >>> (lane >>> 2)) & 1) !== 0;
      if (!(word && known(at + lane - 3)) && !((special16 >>> lane) & 1 && odd(at + lane))) continue;
      store<u32>(out, <u32>(at + lane));
      store<u32>(out, before, 4);
      out += 8;
    }
    if (breaks === 0) continue;
    lines += popcnt(breaks);
    start = at + 32 - clz(breaks);
  }
  next = at;
  return out;
}
