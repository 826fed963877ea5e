// `rules list`: every rule by area, one line each.
import { ruleBase } from '../../rule-base.ts';
import type { RulesCommand } from './index.ts';

export const listRules: RulesCommand = async (context, dir) => {
  const { base } = await ruleBase(dir, context.cwd);
  const width = Math.max(...base.rules.map((r) => r.id.length));
  for (const rule of base.rules)
    context.print(`${rule.id.padEnd(width)}  ${rule.severity.padEnd(7)}  ${rule.area}: ${rule.title}\n`);
  for (const cause of base.causes.values())
    context.print(`${cause.id.padEnd(width)}  cause    ${cause.title}\n`);
  return 0;
};
