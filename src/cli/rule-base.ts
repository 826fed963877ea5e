// Which rules a command runs with: the built-in ones and, on top, those of `--rules DIR`.
import type { RuleBase } from '../core/model.ts';
import { UserError } from '../core/user-error.ts';
import { builtinRules } from '../node/builtin-rules.ts';

/** The built-in rules with those of `--rules DIR` on top, the ids that the directory replaces, and those of its rules. */
export async function ruleBase(
  dir: string | undefined,
  cwd: string,
): Promise<{ base: RuleBase; replaced: readonly string[]; own: readonly string[] }> {
  const base = await builtinRules();
  if (dir === undefined) return { base, replaced: [], own: [] };
  const { loadRules, showFault } = await import('../node/rule-files.ts');
  const { overlay } = await import('../core/rules/packed.ts');
  const own = await loadRules(dir, cwd);
  const [fault] = own.faults;
  if (fault)
    throw new UserError(showFault(fault), `Mend the rule, then check it with: pt-doctor rules lint ${dir}`);
  return { ...overlay(base, own.base), own: own.base.rules.map((r) => r.id) };
}
