// npm run catalog -- PATH: how many messages of a catalog are recognised, per source file.
import { spawnSync } from 'node:child_process';
import { readMessages } from './messages.mjs';

const path = process.argv[2] ?? '../shared/catalog/messages.json';
let catalog;
try {
  catalog = readMessages(path);
} catch (error) {
  console.error(
    `catalog: ${error.message}\n  Give the path of a catalog: npm run catalog -- path/to/messages.json`,
  );
  process.exit(2);
}
const lines = catalog.map((m) => m.line);
const run = spawnSync(process.execPath, ['dist/pt-doctor.mjs', '--format', 'json', '--all-lines'], {
  input: `${lines.join('\n')}\n`,
  maxBuffer: 1 << 29,
});
if (run.status > 1) throw new Error(String(run.stderr));
const specific = new Map();
for (const finding of JSON.parse(run.stdout).findings)
  if (finding.tier === 'specific') for (const n of finding.lines) specific.set(n - 1, finding);

const rows = new Map();
catalog.forEach((message, i) => {
  if (message.relevance !== 'failure') return;
  const key = `${message.source} ${message.file}`;
  const row = rows.get(key) ?? { n: 0, hit: 0, misses: [] };
  rows.set(key, row);
  row.n++;
  if (specific.has(i)) row.hit++;
  else row.misses.push(lines[i]);
});
const width = Math.max(...[...rows.keys()].map((k) => k.length));
for (const [key, { n, hit, misses }] of [...rows].sort()) {
  console.log(`${key.padEnd(width)}  ${String(hit).padStart(4)} / ${n}`);
  if (process.argv.includes('--misses')) for (const miss of misses) console.log(`    ${miss}`);
}
const all = [...rows.values()].reduce((sum, r) => ({ n: sum.n + r.n, hit: sum.hit + r.hit }), {
  n: 0,
  hit: 0,
});
console.log(`recognised: ${all.hit} of ${all.n} failure messages (--misses lists the others)`);
