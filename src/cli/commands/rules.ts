// `pt-doctor rules list|lint|test|new`: working on the rule base itself.
import { UserError } from '../../core/user-error.ts';
import type { Context, ExitCode } from '../context.ts';
import { ruleBase } from './diagnose.ts';

interface RulesOptions {
  readonly from?: string;
  readonly against?: string;
}

type RulesAction = (
  context: Context,
  argument: string | undefined,
  options: RulesOptions,
) => Promise<ExitCode>;

const list: RulesAction = async (context) => {
  const { base } = await ruleBase(undefined, context.cwd);
  for (const rule of base.rules)
    context.stdout.write(`${rule.id.padEnd(44)} ${rule.severity.padEnd(8)} ${rule.title}\n`);
  return 0;
};

const lintRules: RulesAction = async (context, dir) => {
  const { lint } = await import('../../core/rules/lint.ts');
  const { loadRules, showFault } = await import('../../node/rule-files.ts');
  const { overlay } = await import('../../core/rules/packed.ts');
  const builtin = (await ruleBase(undefined, context.cwd)).base;
  const own = dir === undefined ? undefined : await loadRules(dir, context.cwd);
  for (const fault of own?.faults ?? []) context.stdout.write(`${showFault(fault)}\n`);
  const complaints = lint(own ? overlay(builtin, own.base).base : builtin);
  for (const { id, text } of complaints) context.stdout.write(`${own?.files.get(id) ?? id}: ${text}\n`);
  const count = complaints.length + (own?.faults.length ?? 0);
  context.stderr.write(count === 0 ? 'all rules are sound\n' : `${count} complaints\n`);
  return count === 0 ? 0 : 1;
};

const ACTIONS: Readonly<Record<string, RulesAction>> = { list, lint: lintRules };

export async function rulesAction(
  context: Context,
  [name = '', argument]: readonly string[],
  options: RulesOptions,
): Promise<ExitCode> {
  const action = ACTIONS[name];
  if (!action) throw new UserError(`rules ${name}: no such command`, 'pt-doctor rules --help lists them.');
  return action(context, argument, options);
}
