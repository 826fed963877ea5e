// npm run bench [-- --short] [--size MB] [--rounds N] [--write]: how fast is the program, as ratios to others in the same run?
// No ratio is printed when the hits differ. --short is for CI: small sizes, and an error when a ratio is a third over its target.
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { builtinBase, bundle, reference } from '../packaging/bundle.mjs';
import { block, head, seeded } from './logs.mjs';
import { pairs, ratio } from './measure.mjs';
import { patternsOf } from './patterns.mjs';

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    size: { type: 'string' },
    rounds: { type: 'string' },
    only: { type: 'string' },
  },
});
const MB = 1e6;
const SIZE = Number(values.size ?? (values.short ? 48 : 1000)) * MB;
const ROUNDS = Number(values.rounds ?? (values.short ? 5 : 9));
const SLACK = 4 / 3;

const dir = mkdtempSync(join(tmpdir(), 'pt-doctor-bench-'));
process.on('exit', () => rmSync(dir, { recursive: true, force: true }));
const at = (name) => join(dir, name);
const has = (program) => spawnSync(program, ['--version']).status === 0;
const RG = has('rg');

const base = await builtinBase();
writeFileSync(at('pt-doctor.mjs'), await bundle(base));
const ripgrepRules = (rules) => `${patternsOf(rules).join('\n')}\n`;
writeFileSync(at('rules.txt'), ripgrepRules(base.rules));

/** What the slow way, line by line through the whole engine, finds in a log. */
const slow = (bytes) => reference(base, bytes);
const known = (process, text) => slow(Buffer.from(`Nov 24 13:50:01 pve ${process}: ${text}\n`)).matched > 0;

// Kernel messages that one rule knows in every envelope, and grep as well: no quotes, plain ASCII, no device prefix games.
const faults = base.rules
  .filter((r) => r.match.length > 0 && r.regex.length === 0 && r.tier === 'specific' && r.causes.length > 0)
  .flatMap((r) => r.examples.match.slice(0, 1))
  .filter((e) => /^[ -~]+$/.test(e) && !/["\\&<>]|^[[{<]/.test(e) && known('kernel', e))
  .slice(0, 120);
const options = { faults, known };

/** A log of `size` bytes: a seeded block over and over. Answers how many lines of it are hits. */
function write(name, kind, size, every, unit = 12 * MB) {
  const bytes = block(kind, Math.min(unit, size), { ...options, seed: 42, every });
  const times = Math.max(1, Math.round(size / bytes.length));
  writeFileSync(at(name), '');
  for (let i = 0; i < times; i++) appendFileSync(at(name), bytes);
  return { path: at(name), hits: slow(bytes).matched * times, bytes: bytes.length * times };
}

const pt = (...argv) => ({
  argv: [process.execPath, at('pt-doctor.mjs'), '--format', 'json', ...argv],
  ok: [0, 1],
});
const printed = (...argv) => ({ argv: [process.execPath, at('pt-doctor.mjs'), ...argv], ok: [0, 1] });
const piped = (command) => ({ argv: ['sh', '-c', command], ok: [0, 1] });
const rg = (...files) => ({
  argv: ['rg', '-c', '--no-filename', '-f', at('rules.txt'), ...files],
  ok: [0, 1],
});
const node = { argv: [process.execPath, '-e', '0'] };
const quoted = (path) => `'${path.replaceAll("'", "'\\''")}'`;

const rows = [];
const failures = [];
const sum = (text) => text.split('\n').reduce((n, l) => n + Number(l || 0), 0);
const matchedOf = (stdout) => JSON.parse(stdout).input.matched;

function tell(row) {
  rows.push(row);
  const { what, median, low, high, target, to, peak, limit, ms, note } = row;
  const spread =
    median === undefined ? note : `${median.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
  console.log(
    `${what.padEnd(46)} ${spread.padEnd(24)} of ${to.padEnd(14)} target ${target ?? '-'}  ${ms?.toFixed(0) ?? '-'} ms  ${peak ? `${peak.toFixed(0)} MB` : ''}`,
  );
  if (median !== undefined && target !== undefined && median > target * SLACK)
    failures.push(`${what}: ${median.toFixed(3)} of ${to}, target ${target}`);
  if (peak && limit && peak > limit * SLACK) failures.push(`${what}: ${peak.toFixed(0)} MB, limit ${limit}`);
}

/** One workload: ours against others, with the hits that all of them must have. */
async function workload(what, commands, { hits, against, target, limit, rounds = ROUNDS }) {
  if (values.only && !what.includes(values.only)) return;
  const results = await pairs(commands, rounds);
  const { ours } = results;
  const found = hits === undefined ? undefined : matchedOf(results.json?.stdout ?? ours.stdout);
  const others = [hits, ...(results.rg ? [sum(results.rg.stdout)] : [])];
  for (const name of against) {
    if (!results[name]) continue;
    const to =
      { rg: 'ripgrep', node: 'node -e 0', wc: 'wc -l', gzip: 'gzip -dc', grep: 'grep -E' }[name] ?? name;
    const row = { what, to, target: name === against[0] ? target : undefined, limit, peak: ours.peak };
    if (hits !== undefined && others.some((n) => n !== found)) {
      tell({ ...row, note: `hits differ: ${found}, not ${others.join(', ')}` });
      failures.push(`${what}: hits differ`);
    } else
      tell({
        ...row,
        ...ratio(ours, results[name]),
        ms: ours.ms.toSorted((a, b) => a - b)[ours.ms.length >> 1],
      });
  }
}

console.log(
  `${base.rules.length} rules, ${patternsOf(base.rules).length} patterns; ${ROUNDS} rounds; ${SIZE / MB} MB\n`,
);

// ---- the interactive job
const many = values.short ? 15 : 31;
for (const count of [5000, 20000]) {
  writeFileSync(at(`dmesg-${count}`), head('dmesg', count, { ...options, seed: count, every: 1000 }));
  const path = at(`dmesg-${count}`);
  const { matched } = slow(readFileSync(path));
  const target = count === 5000 ? 1.2 : 1.4;
  await workload(
    `dmesg of ${count} lines by pipe, report`,
    { ours: { ...printed(), stdin: path }, json: { ...pt(), stdin: path }, node },
    { hits: matched, against: ['node'], target, limit: 80, rounds: many },
  );
}
for (const flag of ['--version', '--help'])
  await workload(flag, { ours: printed(flag), node }, { against: ['node'], target: 1.12, rounds: many });

// ---- the bulk job
const clean = write('journal.log', 'journal', SIZE, 1000);
const wc = { argv: ['wc', '-l', clean.path] };
await workload(
  'journal, 0.1 % hits, file',
  { ours: pt(clean.path), ...(RG ? { rg: rg(clean.path) } : {}), wc },
  { hits: clean.hits, against: ['rg', 'wc'], target: SIZE < 500 * MB ? 0.55 : 0.3, limit: 80 },
);
await workload(
  'journal, 0.1 % hits, pipe',
  {
    ours: piped(
      `cat ${quoted(clean.path)} | ${process.execPath} ${quoted(at('pt-doctor.mjs'))} --format json`,
    ),
    ...(RG ? { rg: rg(clean.path) } : {}),
  },
  { hits: clean.hits, against: ['rg'], target: SIZE < 500 * MB ? 0.6 : 0.35 },
);
if (!values.short) {
  const part = write('part.log', 'journal', 4 * MB, 1000);
  await workload(
    'journal of 4 MB',
    {
      ours: pt(part.path),
      grep: { argv: ['grep', '-c', '-E', '-f', at('rules.txt'), part.path], ok: [0, 1] },
    },
    { hits: part.hits, against: ['grep'], rounds: 3 },
  );
  rmSync(part.path);
}
const zipped = at('journal.gz');
writeFileSync(zipped, '');
const gzPart = block('journal', 12 * MB, { ...options, seed: 42, every: 1000 });
const gzTimes = Math.max(1, Math.round(SIZE / gzPart.length));
const gz = gzipSync(gzPart, { level: 6 });
for (let i = 0; i < gzTimes; i++) appendFileSync(zipped, gz);
await workload(
  'journal, gzip',
  { ours: pt(zipped), gzip: { argv: ['gzip', '-dc', zipped] } },
  { hits: slow(gzPart).matched * gzTimes, against: ['gzip'], target: 0.95, limit: 100 },
);
rmSync(zipped);

const heavy = write('heavy.log', 'journal', SIZE, 5);
await workload(
  'journal, 20 % hits',
  { ours: pt(heavy.path), ...(RG ? { rg: rg(heavy.path) } : {}) },
  { hits: heavy.hits, against: ['rg'], target: 0.85, limit: 80 },
);
rmSync(heavy.path);
const json = write('journal.json', 'json', SIZE, 1000);
await workload(
  'journal as JSON, 0.1 % hits',
  { ours: pt(json.path), ...(RG ? { rg: rg(json.path) } : {}) },
  { hits: json.hits, against: ['rg'], target: 0.8, limit: 80 },
);
rmSync(json.path);
for (const [name, kind] of [
  ['a storm of one message', 'storm'],
  ['dense boot logs', 'boot'],
]) {
  const log = write(`${kind}.log`, kind, SIZE / 4, 1000);
  await workload(
    name,
    { ours: pt(log.path), ...(RG ? { rg: rg(log.path) } : {}) },
    { hits: log.hits, against: ['rg'], limit: 80, rounds: 3 },
  );
  rmSync(log.path);
}

// ---- many files
mkdirSync(at('many'));
const files = Array.from({ length: values.short ? 300 : 2000 }, (_, i) => {
  writeFileSync(join(at('many'), `${i}.log`), head('journal', 1000, { ...options, seed: i, every: 1000 }));
  return join(at('many'), `${i}.log`);
});
const hitsOfFiles = files.reduce((n, f) => n + slow(readFileSync(f)).matched, 0);
await workload(
  `${files.length} logs of 1,000 lines`,
  { ours: pt(...files), ...(RG ? { rg: rg(...files) } : {}) },
  { hits: hitsOfFiles, against: ['rg'], target: 2, limit: 80 },
);
rmSync(at('many'), { recursive: true });

// ---- growth with the number of rules
const r = seeded(3);
const grown = (count) =>
  Array.from({ length: count }, (_, i) => {
    const rule = base.rules.filter((x) => x.match.length > 0)[
      i % base.rules.filter((x) => x.match.length > 0).length
    ];
    if (i < base.rules.length) return rule;
    const word = `unit${r.hex(6)}`;
    return { ...rule, id: `${rule.id}-${i}`, match: rule.match.map((m) => `${word} ${m}`), regex: [] };
  });
const growth = {};
for (const count of [10, 100, 300, 1000]) {
  const rules = grown(count);
  const ids = new Set(rules.map((x) => x.id));
  growth[count] = at(`rules-${count}.mjs`);
  writeFileSync(
    growth[count],
    await bundle({
      ...base,
      rules: rules.map((x) => ({ ...x, overlaps: x.overlaps.filter((o) => ids.has(o)) })),
    }),
  );
}
if (!values.only || 'rules'.includes(values.only)) {
  const results = await pairs(
    Object.fromEntries(
      Object.entries(growth).map(([n, path]) => [
        n,
        { argv: [process.execPath, path, '--format', 'json', clean.path], ok: [0, 1] },
      ]),
    ),
    ROUNDS,
  );
  for (const count of [10, 300, 1000])
    tell({
      what: `${count} rules, journal`,
      to: '100 rules',
      target: count === 1000 ? 1.4 : undefined,
      ...ratio(results[count], results[100]),
      ms: results[count].ms.toSorted((a, b) => a - b)[ROUNDS >> 1],
      peak: results[count].peak,
    });
}

if (values.write) {
  const machine = `${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.version}, ${RG ? spawnSync('rg', ['--version']).stdout.toString().split('\n')[0] : 'no ripgrep'}`;
  const cell = (x, digits = 2) => (x === undefined ? '' : x.toFixed(digits));
  const table = rows.map(
    (x) =>
      `| ${x.what} | ${x.to} | ${x.median === undefined ? x.note : `**${cell(x.median)}**`} | ${x.median === undefined ? '' : `${cell(x.low)} to ${cell(x.high)}`} | ${x.target ?? ''} | ${cell(x.ms, 0)} | ${x.peak ? cell(x.peak, 0) : ''} |`,
  );
  const head = `# Results of npm run bench\n\nWhole processes, ratio of wall times in the same round: median and quartiles of ${ROUNDS} rounds (${many} for the interactive ones).\n${SIZE / MB} MB a log unless told; ${base.rules.length} rules, which are ${patternsOf(base.rules).length} patterns for ripgrep and grep. Hits were equal in every row with a ratio.\n\n${machine}\n`;
  const notes = readFileSync(new URL('NOTES.md', import.meta.url), 'utf8');
  writeFileSync(
    new URL('RESULTS.md', import.meta.url),
    `${head}\n| workload | compared with | ratio | spread | target | ms | peak MB |\n|---|---|---|---|---|---|---|\n${table.join('\n')}\n\n${notes}`,
  );
}
if (!RG) console.log('\nripgrep is not installed: nothing was compared with it');
for (const failure of failures) console.error(`too slow or wrong: ${failure}`);
process.exitCode = values.short && failures.length > 0 ? 1 : 0;
