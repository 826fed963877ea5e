// The rules as the page carries them: nothing is lost on the way but what only authors ask for.
import { expect, it } from 'vitest';
import { type PackedRules, packRules, unpackRules } from '../src/core/rules/packed.ts';
import { base } from './support/rule-base.ts';

it('unpacks what was packed', () => {
  const carried = JSON.parse(JSON.stringify(packRules(base))) as PackedRules;
  // A field that is undefined is none, in JSON as here.
  const rules = base.rules.map((rule) => ({
    ...rule,
    overlaps: [],
    examples: { match: rule.examples.match.slice(0, 1), noMatch: [] },
  }));
  expect(unpackRules(carried)).toEqual({ ...base, rules });
});
