// Lines in, matches out: each rule is reached by the literals of its templates, its pattern compiled when first needed.
import type { Bdf, Line, Match, Prepared, Rule } from '../model.ts';
import { templateSource } from '../rules/template.ts';
import { hasAdvice, isAdvice } from '../text/advice.ts';
import { findBdfs, isBdf, normalizeBdf } from '../text/bdf.ts';
import { cutErrno, ERRNO_TEXTS, englishErrno } from '../text/strerror.ts';
import { OMITTED } from './omitted.ts';

function compile(rule: Rule, nth: number, flags: '' | 'i'): RegExp {
  const template = rule.match[nth];
  return new RegExp(
    template === undefined ? (rule.regex[nth - rule.match.length] ?? '') : templateSource(template),
    flags,
  );
}

/** Whether a line of the kernel may be what the rule knows; a statement is none of its own. */
const ofKernel = ({ source, statement }: Rule): boolean =>
  source === 'any' ? !statement : source.includes('kernel');

/** Whether the words are said as a condition or as advice. */
function asAdvice(pattern: RegExp, found: RegExpExecArray, text: string): boolean {
  return pattern.source.startsWith('^') ? hasAdvice(text) : isAdvice(text.slice(0, found.index));
}

function matchesWhere(rule: Rule, captures: Readonly<Record<string, string>>): boolean {
  if (!rule.where) return true;
  return Object.entries(rule.where).every(([name, allowed]) => allowed.includes(captures[name] ?? ''));
}

/** The errno in English; one that was cut is read to its end where that is sure. */
function errnoOf(text: string): string {
  const whole = englishErrno(text);
  const [only, ...more] = cutErrno(whole.replace(/[\s.…=]+$/, ''));
  return more.length > 0 ? OMITTED : (only ?? whole);
}

/** Spells what was captured as the rule does, which asks for it in its own letters. */
function spellAs(rule: Rule, captures: Record<string, string>) {
  for (const [name, allowed] of Object.entries(rule.where ?? {})) {
    const spelled = allowed.find((text) => text.toLowerCase() === captures[name]?.toLowerCase());
    if (spelled !== undefined) captures[name] = spelled;
  }
  const errno = ERRNO_TEXTS.find((text) => text.toLowerCase() === captures.errno?.toLowerCase());
  if (errno !== undefined) captures.errno = errno;
}

function deviceOf(line: Line, captures: Readonly<Record<string, string>>): Bdf | undefined {
  if (captures.device && isBdf(captures.device)) return normalizeBdf(captures.device);
  return line.device ?? findBdfs(line.text)[0];
}

export interface Matcher {
  /** Every rule that matches the line, each once, in rule order. `reached` are the patterns that may match, in any order. */
  match(line: Line, reached: readonly number[]): Match[];
}

export function createMatcher(
  rules: readonly Rule[],
  { ruleOf, nthOf }: Pick<Prepared, 'ruleOf' | 'nthOf'>,
  anyCase = false,
): Matcher {
  const compiled = new Map<number, RegExp>();
  const linesOf = new Map<Rule, { holds: RegExp[]; lacks: RegExp[] }>();

  /** Whether the line holds and lacks what the rule wants of it. */
  function matchesLine(rule: Rule, text: string): boolean {
    if (!rule.line) return true;
    let line = linesOf.get(rule);
    if (!line) {
      const all = (sources: readonly string[]) => sources.map((s) => new RegExp(s, anyCase ? 'i' : ''));
      line = { holds: all(rule.line.holds), lacks: all(rule.line.lacks) };
      linesOf.set(rule, line);
    }
    return line.holds.every((r) => r.test(text)) && !line.lacks.some((r) => r.test(text));
  }

  function run(pattern: number, rule: Rule, line: Line): Match | undefined {
    if (line.source === 'kernel' && !ofKernel(rule)) return undefined;
    let regex = compiled.get(pattern);
    if (!regex) {
      regex = compile(rule, nthOf[pattern] ?? 0, anyCase ? 'i' : '');
      compiled.set(pattern, regex);
    }
    const found = regex.exec(line.text);
    if (!found || !matchesLine(rule, line.text)) return undefined;
    if (rule.statement && asAdvice(regex, found, line.text)) return undefined;
    const captures: Record<string, string> = {};
    const ofTemplate = (nthOf[pattern] ?? 0) < rule.match.length;
    for (const [name, value] of Object.entries(found.groups ?? {}))
      if (value !== undefined) captures[name] = name === 'errno' ? errnoOf(value) : value;
      else if (ofTemplate) captures[name] = OMITTED;
    if (anyCase) spellAs(rule, captures);
    if (!matchesWhere(rule, captures)) return undefined;
    const device = deviceOf(line, captures);
    const key = `${rule.id} ${device ?? ''}`;
    return { rule, captures, key, ...(device ? { device } : {}) };
  }

  return {
    match(line, reached) {
      if (reached.length === 0) return [];
      const matches: Match[] = [];
      let done: Rule | undefined;
      // Patterns stand in the order of their rules.
      for (const pattern of reached.toSorted((a, b) => a - b)) {
        const rule = rules[ruleOf[pattern] ?? -1];
        if (!rule || rule === done) continue;
        const match = run(pattern, rule, line);
        if (!match) continue;
        done = rule;
        matches.push(match);
      }
      return matches;
    },
  };
}
