// Rules by their ids, which a shelf knows without opening a single record.
import type { Rule, RuleBase } from '../model.ts';

const positions = new WeakMap<readonly Rule[], Map<string, number>>();

export function ruleById({ rules, prepared }: RuleBase, id: string): Rule | undefined {
  let known = positions.get(rules);
  if (!known) {
    const ids = prepared?.ids ?? rules.map((r) => r.id);
    known = new Map();
    for (let i = 0; i < ids.length; i++) known.set(ids[i] ?? '', i);
    positions.set(rules, known);
  }
  return rules[known.get(id) ?? -1];
}
