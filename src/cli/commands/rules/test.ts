// `rules test [DIR]`: every example and near miss; with --against, what the rules find in logs of one's own, and what those of
// DIR change there.
import { stat } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import type { Result, RuleBase } from '../../../core/model.ts';
import { lintExamples } from '../../../core/rules/lint.ts';
import { sanitize } from '../../../core/text/sanitize.ts';
import { UserError } from '../../../core/user-error.ts';
import { builtinRules } from '../../../node/builtin-rules.ts';
import type { Context, ExitCode } from '../../context.ts';
import { ruleBase } from '../../rule-base.ts';
import { diagnoseFiles } from '../diagnose.ts';
import type { RulesCommand } from './index.ts';

const count = (n: number, one: string) => `${n} ${one}${n === 1 ? '' : 's'}`;

/** The logs at `against`: a file, or all files of a folder, however deep. */
async function logsAt(against: string, cwd: string): Promise<string[]> {
  const path = resolve(cwd, against);
  const there = await stat(path).catch(() => undefined);
  if (there?.isFile()) return [path];
  const { default: fastGlob } = await import('fast-glob');
  const files = there ? await fastGlob('**/*', { cwd: path, absolute: true, dot: false }) : [];
  if (files.length === 0)
    throw new UserError(
      `${against}: ${there ? 'no files in it' : 'there is no such folder'}`,
      'Give a folder that holds log files (gzip is fine), or one such file.',
    );
  return files.sort();
}

const verdict = ({ diagnoses }: Result) =>
  diagnoses.map((d) => `${d.cause} (${d.confidence})`).join(', ') || 'no diagnosis';

function testExamples(context: Context, base: RuleBase): ExitCode {
  const complaints = lintExamples(base);
  for (const { id, text } of complaints) context.print(`${id}: ${text}\n`);
  const examples = base.rules.reduce((n, r) => n + r.examples.match.length + r.examples.noMatch.length, 0);
  context.stderr.write(`${examples} examples of ${base.rules.length} rules, ${complaints.length} fail\n`);
  return complaints.length === 0 ? 0 : 1;
}

export const testRules: RulesCommand = async (context, dir, { against }) => {
  const { base, own } = await ruleBase(dir, context.cwd);
  if (against === undefined) return testExamples(context, base);
  const builtin = dir === undefined ? base : await builtinRules();
  const files = await logsAt(against, context.cwd);
  /** Own rules by the files in which they were found. */
  const hits = new Map<string, number>(own.map((id) => [id, 0]));
  let [read, diagnosed, changed] = [0, 0, 0];
  for (const file of files) {
    const name = sanitize(relative(context.cwd, file));
    let result: Result;
    try {
      result = await diagnoseFiles(context, [file], base);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      context.print(`${name}: left out, ${error.message.replace(`${file}: `, '')}\n`);
      continue;
    }
    read++;
    if (result.diagnoses.length > 0) diagnosed++;
    context.print(`${name}: ${count(result.input.lines, 'line')}; ${verdict(result)}\n`);
    const was = dir === undefined ? undefined : verdict(await diagnoseFiles(context, [file], builtin));
    if (was !== undefined && was !== verdict(result)) {
      changed++;
      context.print(`  without ${dir}: ${was}\n`);
    }
    for (const f of result.findings) {
      const mine = hits.get(f.rule);
      context.print(
        `${mine === undefined ? '  ' : '* '}${f.rule}${f.device ? ` ${f.device}` : ''} x${f.count}, line ${f.lines[0] ?? '-'}\n`,
      );
    }
    for (const rule of new Set(result.findings.map((f) => f.rule))) {
      const mine = hits.get(rule);
      if (mine !== undefined) hits.set(rule, mine + 1);
    }
  }
  context.stderr.write(
    `${count(read, 'file')} read, ${diagnosed} with a diagnosis${dir === undefined ? '' : `, ${changed} told otherwise by ${dir}`}${files.length > read ? `, ${files.length - read} left out` : ''}\n`,
  );
  for (const [rule, n] of hits)
    context.stderr.write(n === 0 ? `${rule}: found in no file\n` : `${rule}: found in ${count(n, 'file')}\n`);
  return 0;
};
