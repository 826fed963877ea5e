// What of a rule base can be made ready at build time: the literals, and what each of them stands for.
import type { Prepared, Rule, RuleBase } from '../model.ts';
import { isLiteral } from '../rules/literal.ts';
import { regexLiterals } from '../rules/regex.ts';
import { templateLiterals } from '../rules/template.ts';
import { FACT_LITERALS } from '../text/facts.ts';
import { BOOT_LITERALS } from './scope.ts';
import { SUSPICIOUS_LITERALS } from './uncatalogued.ts';

/** The literals of the doctor that are not of rules, in the order of their uses. */
export const OTHER_LITERALS: readonly string[] = [...FACT_LITERALS, ...SUSPICIOUS_LITERALS, ...BOOT_LITERALS];

/** What is no ASCII may be encoded in many ways: the longest part without it has to do, if it is long enough. */
function surePart(literal: string): string {
  const part = literal.split(/[^ -~]+/).reduce((best, next) => (next.length > best.length ? next : best), '');
  return isLiteral(part) ? part : literal;
}

export function prepare(rules: readonly Rule[]): Prepared {
  const patterns = rules.flatMap((rule, position) =>
    [...rule.match.map(templateLiterals), ...rule.regex.map(regexLiterals)].map((literals, nth) => ({
      literals,
      position,
      nth,
    })),
  );
  const usesOf = new Map<string, number[]>();
  const use = (literal: string, what: number) => {
    const known = usesOf.get(literal);
    if (known) known.push(what);
    else usesOf.set(literal, [what]);
  };
  patterns.forEach(({ literals }, i) => {
    for (const literal of new Set(literals.map(surePart))) use(literal, i);
  });
  OTHER_LITERALS.forEach((literal, i) => {
    use(surePart(literal), patterns.length + i);
  });
  const useFrom = [0];
  for (const uses of usesOf.values()) useFrom.push((useFrom.at(-1) ?? 0) + uses.length);
  return {
    literals: [...usesOf.keys()],
    useFrom,
    uses: [...usesOf.values()].flat(),
    ruleOf: patterns.map((p) => p.position),
    nthOf: patterns.map((p) => p.nth),
    ids: rules.map((r) => r.id),
    observing: rules.flatMap((r, i) => (r.observe ? [i] : [])),
  };
}

const prepared = new WeakMap<readonly Rule[], Prepared>();

/** What `base` brings along, or what is made of its rules. */
export function preparedOf(base: Pick<RuleBase, 'rules' | 'prepared'>): Prepared {
  if (base.prepared) return base.prepared;
  const known = prepared.get(base.rules) ?? prepare(base.rules);
  prepared.set(base.rules, known);
  return known;
}

/** All literals as a list. */
export function literalsOf({ literals }: Pick<Prepared, 'literals'>): string[] {
  return Array.from({ length: literals.length }, (_, i) => literals.at(i) ?? '');
}
