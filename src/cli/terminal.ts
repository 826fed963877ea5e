// The terminal report: the first screen answers what is wrong, why we think so, and what to do first.
import { Chalk } from 'chalk';
import type { Result, RuleBase } from '../core/model.ts';
import { shortBdf } from '../core/text/bdf.ts';

export interface TerminalOptions {
  readonly columns: number;
  readonly color: boolean;
  readonly verbose: boolean;
}

export function terminalReport(result: Result, base: RuleBase, options: TerminalOptions): string {
  const paint = new Chalk({ level: options.color ? 1 : 0 });
  const out: string[] = [];
  const [first, ...others] = result.diagnoses;
  if (!first) out.push('No passthrough fault found.');
  else {
    out.push(
      paint.bold.red(`${first.title}  [${first.cause}] ${first.devices.map(shortBdf).join(' ')}`),
      first.why,
    );
    for (const e of first.evidence.slice(0, 6)) out.push(`  ${e.lines[0] ?? '-'}: ${e.text}`);
    for (const f of first.fixes) out.push(`  * ${f.title}`);
    for (const d of others) out.push(`${d.confidence}: ${d.title} [${d.cause}]`);
  }
  out.push(
    `${result.input.lines} lines read, ${result.input.matched} matched by ${base.rules.length} rules.`,
  );
  return `${out.join('\n')}\n`;
}
