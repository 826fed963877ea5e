// Version numbers as kernels, QEMU and Proxmox write them, and the ranges that rules use.
import type { VersionRange } from '../model.ts';

/** The leading numbers of `6.8.12-4-pve` or `9.0.2-pve1`: [6, 8, 12]. */
export function versionParts(text: string): number[] {
  const m = /\d+(?:\.\d+)*/.exec(text);
  return m ? m[0].split('.').map(Number) : [];
}

function compare(a: readonly number[], b: readonly number[]): number {
  // `6.8` in a range stands for every 6.8.x, so only as many parts as the range names are compared.
  for (const [i, part] of b.entries()) {
    const difference = (a[i] ?? 0) - part;
    if (difference !== 0) return difference;
  }
  return 0;
}

const TESTS: Readonly<Record<string, (c: number) => boolean>> = {
  '>=': (c) => c >= 0,
  '<=': (c) => c <= 0,
  '>': (c) => c > 0,
  '<': (c) => c < 0,
  '=': (c) => c === 0,
  '': (c) => c === 0,
};

/** True when `version` lies in `range` (`>=6.2 <6.11`, alternatives with `||`). */
export function inRange(version: string, range: VersionRange): boolean {
  const parts = versionParts(version);
  return range
    .split('||')
    .some((alternative) =>
      Array.from(alternative.matchAll(/(>=|<=|>|<|=)?\s*(\d+(?:\.\d+)*)/g)).every(
        ([, op = '', number = '']) => TESTS[op]?.(compare(parts, versionParts(number))),
      ),
    );
}

/** True when the text is written like a range, so that a fact is compared as a version and not as a word. */
export function isRange(text: string): boolean {
  return /^\s*(?:>=|<=|>|<|=)\s*\d/.test(text);
}
