// What `rules lint` complains of, each on a rule base with one fault in it.
import { describe, expect, it } from 'vitest';
import type { Cause, Fix, Rule, RuleBase } from '../src/core/model.ts';
import { lint } from '../src/core/rules/lint.ts';
import { base } from './rule-base.ts';

const find = <T extends { id: string }>(list: Iterable<T>, id: string): T => {
  for (const item of list) if (item.id === id) return item;
  throw new Error(id);
};
const RULE = find(base.rules, 'pci-power-invalid-transition');
const FIX = find(base.fixes.values(), 'disable-idle-d3');
const INSTANCE = {
  id: 'x',
  title: 'x',
  versions: {},
  seen: [],
  strength: 'weak',
  leadsTo: [],
  refs: ['x'],
} as const;
const CAUSE = find(base.causes.values(), 'd3cold-power-transition');

function baseWith(
  rules: readonly Rule[],
  causes: readonly Cause[] = [],
  fixes: readonly Fix[] = [],
): RuleBase {
  return {
    rules,
    causes: new Map(causes.map((c) => [c.id, c])),
    fixes: new Map(fixes.map((f) => [f.id, f])),
    devices: [],
  };
}

const plainCause: Cause = { ...CAUSE, leadsTo: [], alternatives: [], signs: [], fixes: [] };
const plain: Rule = {
  ...RULE,
  id: 'plain',
  match: ['invalid power transition (from {from:pstate} to {to:pstate})'],
  causes: [{ cause: CAUSE.id, strength: 'strong', effect: 'raises' }],
  overlaps: [],
  examples: {
    match: ['vfio-pci 0000:01:00.0: invalid power transition (from D3cold to D3hot)'],
    noMatch: ['vfio-pci 0000:01:00.0: valid power transition (from D0 to D3hot)'],
  },
};
const { where: _, ...plainRule } = plain;

describe('rules lint', () => {
  const says = (b: RuleBase) => lint(b).map((c) => `${c.id}: ${c.text}`);

  it('has nothing to say of a sound rule', () => {
    expect(says(baseWith([plainRule], [plainCause]))).toEqual([]);
  });

  it.each<[string, RuleBase, RegExp]>([
    ['an unknown cause', baseWith([plainRule]), /plain: no such cause "d3cold-power-transition"/],
    [
      'an unknown rule in a condition',
      baseWith(
        [
          {
            ...plainRule,
            causes: [{ cause: CAUSE.id, strength: 'weak', effect: 'raises', when: { seen: ['gone'] } }],
          },
        ],
        [plainCause],
      ),
      /no such rule "gone"/,
    ],
    [
      'an unknown fix',
      baseWith([plainRule], [{ ...plainCause, fixes: [{ fix: 'gone' }] }]),
      /no such fix "gone"/,
    ],
    [
      'a placeholder that nothing fills',
      baseWith(
        [plainRule],
        [{ ...plainCause, fixes: [{ fix: FIX.id }] }],
        [{ ...FIX, undo: 'echo {adress}' }],
      ),
      /nothing fills \{adress\}/,
    ],
    [
      'an unknown rule or cause in a known fault',
      baseWith(
        [plainRule],
        [{ ...plainCause, instances: [{ ...INSTANCE, seen: ['gone'], leadsTo: ['lost'] }] }],
      ),
      /no such rule "gone"[\s\S]*instance x: no such cause "lost"/,
    ],
    [
      'a cause that nothing raises',
      baseWith([plainRule], [plainCause, { ...plainCause, id: 'lonely' }]),
      /causes\/lonely: unreachable/,
    ],
    [
      'a pattern without fixed text',
      baseWith([{ ...plainRule, match: ['{a:word} x {b:word}'] }], [plainCause]),
      /no fixed text of 7/,
    ],
    [
      'a template that does not parse',
      baseWith([{ ...plainRule, match: ['some long text {a:nonsense}'] }], [plainCause]),
      /no hole type/,
    ],
    [
      'a shadowed pattern',
      baseWith(
        [
          plainRule,
          { ...plainRule, id: 'twin', match: ['invalid power transition (from {x:pstate} to {y:pstate})'] },
        ],
        [plainCause],
      ),
      /twin: .* is shadowed by plain/,
    ],
    [
      'an example that is not matched',
      baseWith(
        [{ ...plainRule, examples: { ...plainRule.examples, match: ['something else'] } }],
        [plainCause],
      ),
      /does not match its example/,
    ],
    [
      'a near miss that is matched',
      baseWith(
        [{ ...plainRule, examples: { ...plainRule.examples, noMatch: plainRule.examples.match } }],
        [plainCause],
      ),
      /matches its near miss/,
    ],
    [
      'an example that another rule steals',
      baseWith([plainRule, { ...plainRule, id: 'thief', match: ['invalid power transition'] }], [plainCause]),
      /is matched by thief as well/,
    ],
  ])('complains of %s', (_name, faulty, complaint) => {
    expect(says(faulty).join('\n')).toMatch(complaint);
  });
});
