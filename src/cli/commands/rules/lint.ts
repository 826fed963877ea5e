// `rules lint [DIR]`: the built-in rules, or those of a directory on top of them.
import { lint } from '../../../core/rules/lint.ts';
import { overlay } from '../../../core/rules/packed.ts';
import { builtinRules } from '../../../node/builtin-rules.ts';
import { loadRules, showFault } from '../../../node/rule-files.ts';
import type { RulesCommand } from './index.ts';

export const lintRules: RulesCommand = async (context, dir) => {
  const builtin = await builtinRules();
  const own = dir === undefined ? undefined : await loadRules(dir, context.cwd);
  for (const fault of own?.faults ?? []) context.print(`${showFault(fault)}\n`);
  // What a faulty file would have held is not missing: its own fault is told.
  const base = own ? overlay(builtin, own.base).base : builtin;
  const complaints = lint(base).filter(({ missing }) => missing === undefined || !own?.faulty.has(missing));
  for (const { id, text } of complaints) context.print(`${own?.files.get(id) ?? id}: ${text}\n`);
  const count = complaints.length + (own?.faults.length ?? 0);
  const total = base.rules.length;
  context.stderr.write(
    count === 0 ? `${total} rules, all sound\n` : `${count} complaints about ${total} rules\n`,
  );
  return count === 0 ? 0 : 1;
};
