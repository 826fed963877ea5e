// Line differences that a person can read. Files here are short; a plain longest common subsequence does.
import { readable } from './host.ts';

/** Lines marked ` `, `-` or `+`. */
function marked(a: readonly string[], b: readonly string[]): string[] {
  // Common head and tail first: what is left is small even in a long file.
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (
    tail < a.length - head &&
    tail < b.length - head &&
    a[a.length - 1 - tail] === b[b.length - 1 - tail]
  )
    tail++;
  const x = a.slice(head, a.length - tail);
  const y = b.slice(head, b.length - tail);
  const length = Array.from({ length: x.length + 1 }, () => new Array<number>(y.length + 1).fill(0));
  const at = (i: number, j: number) => length[i]?.[j] ?? 0;
  for (let i = x.length - 1; i >= 0; i--)
    for (let j = y.length - 1; j >= 0; j--) {
      const row = length[i];
      if (row) row[j] = x[i] === y[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  const middle: string[] = [];
  let i = 0;
  let j = 0;
  while (i < x.length || j < y.length) {
    if (i < x.length && j < y.length && x[i] === y[j]) {
      middle.push(` ${x[i++]}`);
      j++;
    } else if (i < x.length && (j >= y.length || at(i + 1, j) >= at(i, j + 1))) middle.push(`-${x[i++]}`);
    else middle.push(`+${y[j++]}`);
  }
  const keep = (l: string) => ` ${l}`;
  return [...a.slice(0, head).map(keep), ...middle, ...a.slice(a.length - tail).map(keep)];
}

const CONTEXT = 2;

/** A unified difference without line numbers: two lines of context, `...` where lines are left out. */
export function diffLines(before: string | undefined, after: string | undefined): string[] {
  const split = (text: string | undefined) => (text ? readable(text).replace(/\n$/, '').split('\n') : []);
  const lines = marked(split(before), split(after));
  const near = lines.map((_l, i) =>
    lines.slice(Math.max(0, i - CONTEXT), i + CONTEXT + 1).some((l) => !l.startsWith(' ')),
  );
  return lines.flatMap((line, i) => (near[i] ? [line] : near[i - 1] ? [' ...'] : []));
}
