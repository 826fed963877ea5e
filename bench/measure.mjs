// Whole processes in pairs: each round runs every command once, in turn, so that what else the machine does hits all alike.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

/** @typedef {{ argv: string[], stdin?: string, ok?: number[] }} Command  stdin: a file that is given as standard input */

/** The peak of a process or, of a shell, of what it runs. */
function peakOf(pid) {
  try {
    const own = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
    return Math.max(own, ...children.map(peakOf));
  } catch {
    return 0;
  }
}

/** Of an output only so much is kept: gzip writes all of a log. */
const KEPT = 32e6;

/** Runs a command. Answers its wall time in ms, its peak memory in MB (0 where /proc is missing), and its output. */
export async function run({ argv, stdin, ok = [0] }) {
  const input = stdin === undefined ? 'ignore' : openSync(stdin, 'r');
  const begun = process.hrtime.bigint();
  const child = spawn(argv[0], argv.slice(1), { stdio: [input, 'pipe', 'pipe'] });
  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, peakOf(child.pid));
  }, 4);
  const out = [];
  let size = 0;
  child.stdout.on('data', (d) => {
    size += d.length;
    if (size <= KEPT) out.push(d);
  });
  let error = '';
  child.stderr.on('data', (d) => {
    error += d;
  });
  const status = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const ms = Number(process.hrtime.bigint() - begun) / 1e6;
  clearInterval(watch);
  if (typeof input === 'number') closeSync(input);
  if (!ok.includes(status)) throw new Error(`${argv.join(' ')} ended with ${status}: ${error.slice(0, 500)}`);
  return { ms, peak, stdout: Buffer.concat(out).toString('utf8') };
}

export const quantile = (numbers, q) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
};

/** Rounds over all commands. Answers for each name the times of the rounds, the highest peak and the last output. */
export async function pairs(commands, rounds) {
  const results = Object.fromEntries(Object.keys(commands).map((n) => [n, { ms: [], peak: 0, stdout: '' }]));
  for (let i = -1; i < rounds; i++)
    for (const [name, command] of Object.entries(commands)) {
      const { ms, peak, stdout } = await run(command);
      const result = results[name];
      // The first round only warms the caches.
      if (i >= 0) result.ms.push(ms);
      result.peak = Math.max(result.peak, peak);
      result.stdout = stdout;
    }
  return results;
}

/** Median and quartiles of the ratio of two commands, round by round. */
export function ratio(a, b) {
  const ratios = a.ms.map((ms, i) => ms / b.ms[i]);
  return { median: quantile(ratios, 0.5), low: quantile(ratios, 0.25), high: quantile(ratios, 0.75) };
}
