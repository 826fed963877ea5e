// What of a rule base can be made ready at build time: literals, their anchors and the words of the gate.
import type { Prepared, Rule } from '../model.ts';
import { FACT_LITERALS } from '../text/facts.ts';
import { anchorOf } from './dispatch.ts';
import { ruleLiterals } from './match.ts';
import { BOOT_LITERALS } from './scope.ts';
import { createSieve } from './sieve.ts';
import { SUSPICIOUS_LITERALS } from './uncatalogued.ts';

/** The literals of the doctor that are not of rules, in the order in which it looks for them. */
export const OTHER_LITERALS: readonly string[] = [...FACT_LITERALS, ...SUSPICIOUS_LITERALS, ...BOOT_LITERALS];

export function prepare(rules: readonly Rule[]): Prepared {
  const own = ruleLiterals(rules);
  const all = [...own.literals, ...OTHER_LITERALS];
  const sieve = createSieve(all);
  return { ...own, anchors: all.map(anchorOf), ...(sieve ? { sieve } : {}) };
}
