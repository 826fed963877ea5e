// Lines in, matches out: each rule is reached by the literal of its templates, its pattern compiled when first needed.
import type { Bdf, Line, Match, Prepared, Rule } from '../model.ts';
import { regexLiteral } from '../rules/regex.ts';
import { templateLiterals, templateSource } from '../rules/template.ts';
import { findBdfs, normalizeBdf } from '../text/bdf.ts';
import { createDispatch, type Dispatch } from './dispatch.ts';

interface Pattern {
  readonly rule: Rule;
  /** Position among the rule's templates and then regular expressions. */
  readonly nth: number;
  compiled?: RegExp;
}

function compile(rule: Rule, nth: number): RegExp {
  const template = rule.match[nth];
  return new RegExp(
    template === undefined ? (rule.regex[nth - rule.match.length] ?? '') : templateSource(template),
  );
}

/** The literals of each pattern of each rule, and which rule and which of its patterns each is of. */
export function ruleLiterals(rules: readonly Rule[]): Pick<Prepared, 'literals' | 'ruleOf' | 'nthOf'> {
  const all = rules.flatMap((rule, position) =>
    [...rule.match.map(templateLiterals), ...rule.regex.map((source) => [regexLiteral(source)])].flatMap(
      (literals, nth) => literals.map((literal) => ({ literal, position, nth })),
    ),
  );
  return {
    literals: all.map((l) => l.literal),
    ruleOf: all.map((l) => l.position),
    nthOf: all.map((l) => l.nth),
  };
}

function matchesWhere(rule: Rule, captures: Readonly<Record<string, string>>): boolean {
  if (!rule.where) return true;
  return Object.entries(rule.where).every(([name, allowed]) => allowed.includes(captures[name] ?? ''));
}

function deviceOf(line: Line, captures: Readonly<Record<string, string>>): Bdf | undefined {
  if (captures.device) return normalizeBdf(captures.device);
  return line.device ?? findBdfs(line.text)[0];
}

export interface Matcher {
  /** Every rule that matches the line, each once, in rule order. */
  match(line: Line): Match[];
  /** The same for a caller that knows which of `literals` the line holds: their indexes, in any order. */
  matchAt(line: Line, held: readonly number[]): Match[];
  /** The literals by which the rules are reached, for a gate in front of line decoding. */
  readonly literals: readonly string[];
}

export function createMatcher(
  rules: readonly Rule[],
  { literals, ruleOf, nthOf }: Pick<Prepared, 'literals' | 'ruleOf' | 'nthOf'> = ruleLiterals(rules),
): Matcher {
  const patterns: Pattern[] = [];
  ruleOf.forEach((position, i) => {
    const rule = rules[position];
    if (rule) patterns.push({ rule, nth: nthOf[i] ?? 0 });
  });

  function run(pattern: Pattern, line: Line): Match | undefined {
    const { rule } = pattern;
    if (line.source === 'kernel' && rule.source !== 'any' && !rule.source.includes('kernel'))
      return undefined;
    pattern.compiled ??= compile(rule, pattern.nth);
    const found = pattern.compiled.exec(line.text);
    if (!found) return undefined;
    const captures: Record<string, string> = {};
    for (const [name, value] of Object.entries(found.groups ?? {}))
      if (value !== undefined) captures[name] = value;
    if (!matchesWhere(rule, captures)) return undefined;
    const device = deviceOf(line, captures);
    return { rule: rule.id, line, captures, ...(device ? { device } : {}) };
  }

  function matchAt(line: Line, held: readonly number[]): Match[] {
    if (held.length === 0) return [];
    const matches: Match[] = [];
    const done = new Set<string>();
    for (const index of held.toSorted((a, b) => a - b)) {
      const pattern = patterns[index];
      if (!pattern || done.has(pattern.rule.id)) continue;
      const match = run(pattern, line);
      if (!match) continue;
      done.add(pattern.rule.id);
      matches.push(match);
    }
    return matches;
  }

  let dispatch: Dispatch | undefined;
  return {
    literals,
    matchAt,
    match(line) {
      dispatch ??= createDispatch(literals);
      const held: number[] = [];
      dispatch.each(line.text, (index) => void held.push(index));
      return matchAt(line, held);
    },
  };
}
