// Version numbers as kernels, QEMU and Proxmox write them, and the ranges that rules use.
import type { VersionRange } from '../model.ts';

/** The numbers of `6.8.12-4-pve` or `9.0.2-pve1`: [6, 8, 12, 4] and [9, 0, 2]. The last one counts a distribution's builds. */
function versionParts(text: string): number[] {
  const m = /\d+(?:\.\d+)*(?:-\d+(?![.\w]))?/.exec(text);
  return m ? m[0].split(/[.-]/).map(Number) : [];
}

const PATCH = 2;

function compare(a: readonly number[], b: readonly number[]): number {
  // `6.8` in a range stands for every 6.8.x, so only as many parts as the range names are compared.
  for (const [i, part] of b.entries()) {
    // A version that is told to its series only says nothing of a patch level: no bound on that holds (NaN).
    const difference = (a[i] ?? (i === PATCH ? Number.NaN : 0)) - part;
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
      Array.from(alternative.matchAll(/(>=|<=|>|<|=)?\s*(\d+(?:\.\d+)*(?:-\d+)?)/g)).every(
        ([, op = '', number = '']) => TESTS[op]?.(compare(parts, versionParts(number))),
      ),
    );
}

/** True when the text is written like a range, so that a fact is compared as a version and not as a word. */
export function isRange(text: string): boolean {
  return /^\s*(?:>=|<=|>|<|=)\s*\d/.test(text);
}

/** A range as a whole: `>=6.2 <6.11 || 6.12`. What is not one holds for no version. */
export const RANGE =
  /^\s*(?:>=|<=|>|<|=)?\d+(?:\.\d+)*(?:-\d+)?(?:(?:\s+|\s*\|\|\s*)(?:>=|<=|>|<|=)?\d+(?:\.\d+)*(?:-\d+)?)*\s*$/;
