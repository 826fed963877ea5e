// What every section of a report is made from.
import type { Result, RuleBase } from '../model.ts';
import type { Locator } from './words.ts';

export interface Composer {
  readonly result: Result;
  readonly base: RuleBase;
  readonly where: Locator;
  /** A first screen: the best evidence, the first fix in full and the others in short. */
  readonly brief: boolean;
}
