// Rules about rules: references that exist, examples that hold, patterns that are reachable and linear.

import { createDispatch, MIN_LITERAL } from '../engine/dispatch.ts';
import { createMatcher } from '../engine/match.ts';
import { OBSERVERS } from '../engine/observe.ts';
import { prepare } from '../engine/prepare.ts';
import type { Condition, RuleBase } from '../model.ts';
import { openLine } from '../text/envelope.ts';
import { regexLiteral, repeatsInRepeat } from './regex.ts';
import { templateLiterals, templateSource } from './template.ts';

export interface Complaint {
  /** Rule id, or `causes/<id>`, `fixes/<id>`, `devices/<id>`. */
  readonly id: string;
  readonly text: string;
}

function rulesIn(when: Condition | undefined): string[] {
  if (!when) return [];
  return [
    ...(when.seen ?? []),
    ...(when.seen_same_device ?? []),
    ...(when.unseen ?? []),
    ...(when.before ?? []),
    ...(when.after ?? []),
    ...(when.any ?? []).flatMap(rulesIn),
    ...rulesIn(when.not),
  ];
}

/** `{device}` and the like, but nothing of a shell (`${name}`) and no program in braces. */
const HOLE = /(?<![$\w])\{[a-z_]+\}/g;
const HOLES = new Set(['{device}', '{devices}', '{vmid}', '{driver}']);

/** Every text of a fix, however deep. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return value && typeof value === 'object' ? Object.values(value).flatMap(textsOf) : [];
}

/** Checks a rule base as a whole. An empty list means that it is sound. */
export function lint(base: RuleBase): Complaint[] {
  const complaints: Complaint[] = [];
  /** Rules whose patterns do not parse: they can match nothing. */
  const broken = new Set<string>();
  const ids = new Set(base.rules.map((r) => r.id));
  const say = (id: string, text: string) => void complaints.push({ id, text });
  const needRules = (id: string, when: Condition | undefined) => {
    for (const rule of rulesIn(when)) if (!ids.has(rule)) say(id, `no such rule "${rule}"`);
  };
  const seen = new Set<string>();
  for (const rule of base.rules) {
    if (seen.has(rule.id)) say(rule.id, 'two files have this id');
    seen.add(rule.id);
    for (const pattern of [...rule.match, ...rule.regex]) {
      try {
        const literals = rule.regex.includes(pattern) ? [regexLiteral(pattern)] : templateLiterals(pattern);
        if (literals.some((literal) => literal.length < MIN_LITERAL))
          say(rule.id, `"${pattern}" has no fixed text of ${MIN_LITERAL} characters for the pre-filter`);
        if (rule.regex.includes(pattern) && repeatsInRepeat(pattern))
          say(rule.id, `"${pattern}" repeats a group that varies: a hostile line could take for ever`);
        new RegExp(rule.regex.includes(pattern) ? pattern : templateSource(pattern));
      } catch (error) {
        broken.add(rule.id);
        say(rule.id, `"${pattern}": ${(error as Error).message}`);
      }
    }
    if (rule.observe && !(rule.observe in OBSERVERS)) say(rule.id, `no such observation "${rule.observe}"`);
    for (const link of rule.causes) {
      if (!base.causes.has(link.cause)) say(rule.id, `no such cause "${link.cause}"`);
      needRules(rule.id, link.when);
    }
    for (const other of rule.overlaps) if (!ids.has(other)) say(rule.id, `overlaps: no such rule "${other}"`);
  }
  for (const cause of base.causes.values()) {
    const id = `causes/${cause.id}`;
    for (const edge of cause.leadsTo) {
      if (!base.causes.has(edge.cause)) say(id, `leads_to: no such cause "${edge.cause}"`);
      needRules(id, edge.when);
    }
    for (const link of cause.alternatives) {
      if (!base.causes.has(link.cause)) say(id, `alternatives: no such cause "${link.cause}"`);
      needRules(id, link.when);
    }
    for (const sign of cause.signs) needRules(id, sign.when);
    for (const { id: name, seen: rules, when, leadsTo } of cause.instances) {
      needRules(id, { seen: rules });
      needRules(id, when);
      for (const other of leadsTo)
        if (!base.causes.has(other)) say(id, `instance ${name}: no such cause "${other}"`);
    }
    for (const use of cause.fixes) {
      if (!base.fixes.has(use.fix)) say(id, `no such fix "${use.fix}"`);
      needRules(id, use.when);
    }
  }
  for (const note of base.devices)
    for (const link of note.causes)
      if (!base.causes.has(link.cause)) say(`devices/${note.id}`, `no such cause "${link.cause}"`);
  const raised = new Set(
    base.rules.flatMap((r) => r.causes.filter((c) => c.effect === 'raises').map((c) => c.cause)),
  );
  for (const cause of base.causes.values()) {
    const alone = cause.signs.some((s) => s.strength === 'strong' && s.effect === 'raises');
    const byInstance = cause.instances.some((i) => i.seen.length > 0);
    if (!raised.has(cause.id) && !alone && !byInstance)
      say(`causes/${cause.id}`, 'unreachable: no rule raises it');
  }
  const owner = new Map<string, string>();
  for (const rule of base.rules) {
    // The same text under another condition (`where`, version range) is another meaning.
    if (rule.where || rule.kernel || rule.qemu) continue;
    for (const pattern of [...rule.match, ...rule.regex]) {
      const shape = pattern.replace(/\{[a-z0-9_]*(:[^}]*)?\}/g, '{$1}');
      const first = owner.get(shape);
      if (first && first !== rule.id)
        say(rule.id, `"${pattern}" is shadowed by ${first}, which has the same`);
      owner.set(shape, first ?? rule.id);
    }
  }
  for (const [id, fix] of base.fixes)
    for (const text of textsOf(fix))
      for (const [hole] of text.matchAll(HOLE))
        if (!HOLES.has(hole)) say(`fixes/${id}`, `nothing fills ${hole}; known are ${[...HOLES].join(', ')}`);
  const used = new Set([...base.causes.values()].flatMap((c) => c.fixes.map((f) => f.fix)));
  // A fix that `plan --fix` can carry out is of use by itself; words for a person need a cause that shows them.
  for (const [id, fix] of base.fixes)
    if (!used.has(id) && (fix.action.do === 'manual' || fix.action.do === 'vm-option'))
      say(`fixes/${id}`, 'no cause uses this fix');
  complaints.push(...lintExamples({ ...base, rules: base.rules.filter((r) => !broken.has(r.id)) }));
  return complaints;
}

/** Every example is matched by its rule and by no other that is not listed; no near miss is matched. */
export function lintExamples(base: RuleBase): Complaint[] {
  const prepared = prepare(base.rules);
  const matcher = createMatcher(base.rules, prepared);
  const dispatch = createDispatch(prepared.literals);
  const { useFrom, uses, ruleOf } = prepared;
  /** The ids of the rules that match a line. */
  const matching = (text: string): string[] => {
    const line = openLine(text, 1);
    const reached: number[] = [];
    dispatch.each(line.text, (literal) => {
      for (const use of uses.slice(useFrom[literal], useFrom[literal + 1]))
        if (use < ruleOf.length) reached.push(use);
    });
    return matcher.match(line, reached).map((m) => m.rule.id);
  };
  const byId = new Map(base.rules.map((r) => [r.id, r]));
  const complaints: Complaint[] = [];
  for (const rule of base.rules) {
    if (rule.observe) continue;
    for (const example of rule.examples.match) {
      const hit = matching(example);
      if (!hit.includes(rule.id))
        complaints.push({ id: rule.id, text: `does not match its example: ${example}` });
      for (const other of hit) {
        const listed = rule.overlaps.includes(other) || byId.get(other)?.overlaps.includes(rule.id);
        if (other !== rule.id && !listed && byId.get(other)?.tier !== 'broad')
          complaints.push({
            id: rule.id,
            text: `"${example}" is matched by ${other} as well; list it under overlaps or tell them apart`,
          });
      }
    }
    for (const example of rule.examples.noMatch)
      if (matching(example).includes(rule.id))
        complaints.push({ id: rule.id, text: `matches its near miss: ${example}` });
  }
  return complaints;
}
