// Patterns and examples: reachable through the pre-filter, linear, told apart from each other, and proved by real lines.
import { createDispatch } from '../engine/dispatch.ts';
import { createMatcher } from '../engine/match.ts';
import { prepare } from '../engine/prepare.ts';
import type { Rule, RuleBase } from '../model.ts';
import { createRedactor } from '../redact/redact.ts';
import { openLine } from '../text/envelope.ts';
import { DRAFT_TEXTS } from './draft.ts';
import type { Complaint } from './lint.ts';
import { isLiteral } from './literal.ts';
import { regexLiterals, repeatsInRepeat, wideRepeats } from './regex.ts';
import { templateLiterals, templateSample, templateSource } from './template.ts';

/** Which rules match a line, by their ids. */
function createFinder(rules: readonly Rule[]): (text: string) => string[] {
  const prepared = prepare(rules);
  const matcher = createMatcher(rules, prepared);
  const dispatch = createDispatch(prepared.literals);
  const { useFrom, uses, ruleOf } = prepared;
  return (text) => {
    const line = openLine(text, 1);
    const reached: number[] = [];
    dispatch.each(line.text, (literal) => {
      for (let i = useFrom[literal] ?? 0; i < (useFrom[literal + 1] ?? 0); i++) {
        const use = uses[i] ?? 0;
        if (use < ruleOf.length) reached.push(use);
      }
    });
    return matcher.match(line, reached).map((m) => m.rule.id);
  };
}

/** What is wrong with each pattern by itself, and the rules of which one does not even parse. */
export function lintPatterns(rules: readonly Rule[]): {
  readonly complaints: readonly Complaint[];
  readonly broken: ReadonlySet<string>;
} {
  const complaints: Complaint[] = [];
  const broken = new Set<string>();
  for (const rule of rules) {
    const say = (text: string) => void complaints.push({ id: rule.id, text });
    const check = (
      pattern: string,
      sourceOf: (p: string) => string,
      literalsOf?: (p: string) => string[],
    ) => {
      try {
        new RegExp(sourceOf(pattern));
        if (literalsOf && !literalsOf(pattern).every(isLiteral))
          say(`"${pattern}" has no fixed text of seven bytes for the pre-filter`);
      } catch (error) {
        broken.add(rule.id);
        say(`"${pattern}": ${(error as Error).message}`);
      }
    };
    const asIs = (pattern: string) => pattern;
    for (const pattern of rule.match) check(pattern, templateSource, templateLiterals);
    for (const pattern of rule.regex) check(pattern, asIs, regexLiterals);
    // A line that is asked for these was reached by one of those.
    const ofLine = [...(rule.line?.holds ?? []), ...(rule.line?.lacks ?? [])];
    for (const pattern of ofLine) check(pattern, asIs);
    for (const pattern of [...rule.regex, ...ofLine]) {
      const [hole] = /\{:[a-z-]+\}/.exec(pattern) ?? [];
      if (hole) say(`"${pattern}": no hole type ${hole}`);
      if (repeatsInRepeat(pattern))
        say(`"${pattern}" repeats a group that varies: a hostile line could take for ever`);
      else if (wideRepeats(pattern) > 1)
        say(
          `"${pattern}" repeats "any character" without a bound more than once: a long line could take seconds; write .{0,200}`,
        );
    }
  }
  return { complaints, broken };
}

/** Rules that say of every line of another one that it is theirs, without saying that they know of each other. */
export function lintShadows(rules: readonly Rule[]): Complaint[] {
  const matching = createFinder(rules);
  const byId = new Map(rules.map((r) => [r.id, r]));
  const order = new Map(rules.map((r, i) => [r.id, i]));
  const complaints: Complaint[] = [];
  for (const rule of rules) {
    // A sample can't know which captures `where` wants; another range of versions is another meaning.
    if (rule.where || rule.kernel || rule.qemu) continue;
    for (const pattern of rule.match) {
      for (const id of matching(templateSample(pattern))) {
        const other = byId.get(id);
        if (!other || other === rule || other.where || other.kernel || other.qemu) continue;
        if (rule.overlaps.includes(id) || other.overlaps.includes(rule.id)) continue;
        const both = templatesAlike(pattern, other);
        // Of two patterns that say the same the later rule is told.
        if (both && (order.get(id) ?? 0) > (order.get(rule.id) ?? 0)) continue;
        complaints.push({
          id: rule.id,
          text: both
            ? `"${pattern}" is shadowed by ${id}, which has the same`
            : `"${pattern}" is shadowed by ${id}: what it matches, that rule matches too; list it under overlaps or tell them apart`,
        });
      }
    }
  }
  return complaints;
}

const shape = (pattern: string) => pattern.replace(/\{[a-z0-9_]*(:[^}]*)?\}/g, '{$1}');

function templatesAlike(pattern: string, other: Rule): boolean {
  return other.match.some((p) => shape(p) === shape(pattern));
}

/** Words that any two lines share. */
const COMMON = new Set(
  'the and for not was that this with has have from are its but can all which when into'.split(' '),
);

const wordsOf = (text: string) =>
  (text.toLowerCase().match(/[a-z]{3,}|\d{3,}/g) ?? []).filter((word) => !COMMON.has(word));

/** A line as `--for` posts it. Whoever reads the post may give it to pt-doctor again. */
function masked(line: string): string {
  const redactor = createRedactor({ hosts: [], also: [] });
  redactor.learn(line);
  return redactor.mask(line);
}

/**
 * Every example is matched by its rule, masked too, and by no other that is not listed; no near miss is matched, and each is
 * near.
 */
export function lintExamples(base: RuleBase): Complaint[] {
  const matching = createFinder(base.rules);
  const byId = new Map(base.rules.map((r) => [r.id, r]));
  const complaints: Complaint[] = [];
  for (const rule of base.rules) {
    const say = (text: string) => void complaints.push({ id: rule.id, text });
    if (rule.means === DRAFT_TEXTS.means) say('means: still the words of the draft');
    if (rule.refs.includes(DRAFT_TEXTS.ref)) say('refs: still the words of the draft');
    if (rule.observe) continue;
    for (const example of rule.examples.match) {
      const hit = matching(example);
      if (!hit.includes(rule.id)) say(`does not match its example: ${example}`);
      const posted = masked(example);
      if (posted !== example && !matching(posted).includes(rule.id))
        say(`does not match its example once that is masked for a post: ${posted}`);
      for (const other of hit) {
        const listed = rule.overlaps.includes(other) || byId.get(other)?.overlaps.includes(rule.id);
        if (other !== rule.id && !listed && byId.get(other)?.tier !== 'broad')
          say(`"${example}" is matched by ${other} as well; list it under overlaps or tell them apart`);
      }
    }
    const near = new Set(
      [rule.title, rule.means, ...rule.examples.match, ...rule.match, ...rule.regex].flatMap(wordsOf),
    );
    for (const example of rule.examples.noMatch) {
      if (example === DRAFT_TEXTS.nearMiss)
        say('no near miss: write a line that looks like it and means something else under no_match');
      else if (!wordsOf(example).some((word) => near.has(word)))
        say(`no near miss, it shares no word with the rule: ${example}`);
      if (matching(example).includes(rule.id)) say(`matches its near miss: ${example}`);
    }
  }
  return complaints;
}
