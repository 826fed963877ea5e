// The rows of a run, for the terminal and for RESULTS.md.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { rgPath } from '@vscode/ripgrep';
import { patternsOf } from './patterns.mjs';

const number = (x, digits = 2) => (x === undefined ? '' : x.toFixed(digits));

export function showRow({ what, to, median, low, high, target, ms, peak, note }) {
  const found = note ?? `${number(median, 3)} (${number(low, 3)} to ${number(high, 3)})`;
  return `${what.padEnd(42)} ${found.padEnd(26)} ${(to ? `of ${to}` : '').padEnd(13)} target ${String(target ?? '-').padEnd(5)} ${number(ms, 0).padStart(6)} ms ${peak ? `${number(peak, 0).padStart(4)} MB` : ''}`;
}

function machine() {
  const [cpu] = cpus();
  const ripgrep = execFileSync(rgPath, ['--version'], { encoding: 'utf8' }).split('\n')[0];
  return `${cpu?.model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}, ${ripgrep}`;
}

export function writeResults(rows, { base, size, rounds, quick }) {
  const cells = rows.map(({ what, to, median, low, high, target, ms, peak, note }) => [
    what,
    to ?? '',
    note ?? `**${number(median)}**`,
    note ? '' : `${number(low)} to ${number(high)}`,
    String(target ?? ''),
    number(ms, 0),
    peak ? number(peak, 0) : '',
  ]);
  const table = [
    ['workload', 'compared with', 'ratio', 'spread', 'target', 'ms', 'peak MB'],
    Array(7).fill('---'),
    ...cells,
  ].map((row) => `| ${row.join(' | ')} |`);
  const text = [
    '# Results of npm run bench',
    '',
    `Whole processes, ratio of wall times in the same round: median and quartiles of ${rounds} rounds (${quick} for the interactive`,
    `ones). ${size} MB a log unless told; ${base.rules.length} rules, which are ${patternsOf(base.rules).length} patterns for ripgrep and grep. Hits were equal in every row`,
    'with a ratio.',
    '',
    machine(),
    '',
    ...table,
    '',
    readFileSync(new URL('NOTES.md', import.meta.url), 'utf8'),
  ];
  writeFileSync(new URL('RESULTS.md', import.meta.url), text.join('\n'));
}
