// The rule base as data: every file loads, every example and near miss holds, every reference exists.
import { describe, expect, it } from 'vitest';
import { lint } from '../src/core/rules/lint.ts';
import { showFault } from '../src/node/rule-files.ts';
import { base, loaded } from './rule-base.ts';

describe('the rule base', () => {
  it('loads without a fault', () => {
    expect(loaded.faults.map(showFault)).toEqual([]);
  });

  it('is sound: references, literals, examples, near misses, overlaps', () => {
    expect(lint(base).map((c) => `${c.id}: ${c.text}`)).toEqual([]);
  });
});
