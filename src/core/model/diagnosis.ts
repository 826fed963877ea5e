// What comes out: causes with their evidence and advice, and the result as a whole.
import type { Bdf, Facts } from './facts.ts';
import type { Needs, Risk } from './fixes.ts';
import type { Finding, RawText } from './log.ts';
import type { Effect, Strength } from './rules.ts';

export type Confidence = 'likely' | 'possible' | 'remote';

export interface Evidence {
  /** Rule id, or `fact` for a sign of the machine. */
  readonly rule: string;
  readonly lines: readonly number[];
  readonly effect: Effect;
  readonly strength: Strength;
  readonly text: string;
  readonly device?: Bdf;
}

export interface Consequence {
  readonly cause: string;
  readonly title: string;
  readonly lines: readonly number[];
  readonly why?: string;
  readonly devices: readonly Bdf[];
}

/** What to type on the host at hand, and what it shows where all is well. */
export interface Check {
  readonly run: string;
  readonly expect: string;
  /** Whose command it is, where the input does not tell which host is at hand. */
  readonly host?: string;
}

export interface FixAdvice {
  readonly id: string;
  readonly title: string;
  readonly risk: Risk;
  readonly needs: Needs;
  readonly effect: string;
  readonly warning?: string;
  readonly note?: string;
  /** Ready to type on the host at hand; with several hosts possible each block says which. */
  readonly commands: readonly string[];
  readonly appliable: boolean;
  readonly alreadySet: boolean;
  readonly confirm: readonly Check[];
  readonly undo: string;
}

export interface Diagnosis {
  readonly cause: string;
  readonly title: string;
  readonly confidence: Confidence;
  readonly devices: readonly Bdf[];
  readonly why: string;
  readonly evidence: readonly Evidence[];
  /** Consequences folded under this cause. */
  readonly leadsTo: readonly Consequence[];
  /** Causes behind this one, named in diagnoses of their own. */
  readonly broughtAboutBy: readonly Consequence[];
  readonly fixes: readonly FixAdvice[];
  readonly notTheFix: readonly string[];
  readonly confirm: readonly Check[];
  readonly refs: readonly string[];
}

export interface Notice {
  readonly code: string;
  readonly text: string;
  readonly lines?: readonly number[];
}

/** Everything a report needs; every output format is one walk over this. */
export interface Result {
  readonly input: {
    readonly lines: number;
    readonly matched: number;
    readonly benign: number;
    readonly sources: readonly { readonly name: string; readonly lines: number }[];
  };
  readonly facts: Facts;
  readonly diagnoses: readonly Diagnosis[];
  readonly findings: readonly Finding[];
  readonly uncatalogued: readonly { readonly line: number; readonly text: string }[];
  readonly notices: readonly Notice[];
  readonly raw: RawText;
}
