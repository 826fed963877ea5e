// `rules test [DIR]`: every example and near miss; with --against, which rules hit logs of one's own, and how often.
import { createDoctor } from '../../../core/engine/doctor.ts';
import { commandsFor } from '../../../core/fix/commands.ts';
import { lintExamples } from '../../../core/rules/lint.ts';
import { UserError } from '../../../core/user-error.ts';
import { eachLine } from '../../../node/input.ts';
import { fileSource } from '../../../node/sources.ts';
import { ruleBase } from '../../rule-base.ts';
import type { RulesCommand } from './index.ts';

export const testRules: RulesCommand = async (context, dir, { against }) => {
  const { base } = await ruleBase(dir, context.cwd);
  if (against === undefined) {
    const complaints = lintExamples(base);
    for (const { id, text } of complaints) context.print(`${id}: ${text}\n`);
    const examples = base.rules.reduce((n, r) => n + r.examples.match.length + r.examples.noMatch.length, 0);
    context.stderr.write(`${examples} examples of ${base.rules.length} rules, ${complaints.length} fail\n`);
    return complaints.length === 0 ? 0 : 1;
  }
  const { default: fastGlob } = await import('fast-glob');
  const files = (await fastGlob('**/*', { cwd: against, absolute: true })).sort();
  if (files.length === 0)
    throw new UserError(`${against}: no files`, 'Give a folder that holds log files (gzip is fine).');
  for (const file of files) {
    const doctor = createDoctor({
      base,
      commandsFor,
    });
    doctor.source(file);
    await eachLine(fileSource(file), file, (line) => doctor.line(line));
    const result = doctor.finish();
    const causes = result.diagnoses.map((d) => `${d.cause} (${d.confidence})`).join(', ');
    context.print(`${file}: ${result.input.lines} lines; ${causes || 'no diagnosis'}\n`);
    for (const f of result.findings)
      context.print(`  ${f.rule}${f.device ? ` ${f.device}` : ''} x${f.count}, line ${f.lines[0] ?? '-'}\n`);
  }
  return 0;
};
