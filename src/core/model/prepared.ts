// What the engine makes of a rule base at build time, so that a start needs none of its patterns.

/** A list of texts, each of which may be made when it is asked for. */
export interface Texts {
  readonly length: number;
  at(index: number): string | undefined;
}

/** What of a rule base is known without its patterns, so that a start needs none of them: engine/prepare.ts. */
export interface Prepared {
  /** The distinct literals of the doctor (of rules, facts and others): a line without any tells nothing. */
  readonly literals: Texts;
  /**
   * What literal `i` stands for: `uses` from `useFrom[i]` up to `useFrom[i + 1]`. A use below the number of patterns is a
   * pattern; the others are those of facts and such, in the order of OTHER_LITERALS.
   */
  readonly useFrom: ArrayLike<number>;
  readonly uses: ArrayLike<number>;
  /** The ids of the rules in their order, and the positions of those that observe facts. */
  readonly ids: readonly string[];
  readonly observing: readonly number[];
  /** Of each pattern: the position of its rule, and which of the rule's patterns it is. */
  readonly ruleOf: ArrayLike<number>;
  readonly nthOf: ArrayLike<number>;
  /** Absent: it is made when a gate asks for it; undefined: there can be none. */
  readonly sieve?: Sieve | undefined;
}

/** The literals as a gate looks for them: engine/sieve.ts. All lists lie in one piece of memory. */
export interface Sieve {
  readonly bytes: Uint8Array;
  /** Where in `text` each form begins, and the end of the last one. */
  readonly formFrom: Uint32Array;
  readonly text: Uint8Array;
  /** Where in a form the words or pairs begin that betray it: SIGNS a form, one for each place that it may begin at. */
  readonly offsets: Uint8Array;
  /** Of which literal each form is. */
  readonly literalOf: Uint16Array;
}
