// One answered question of `check`: the shape, and a short way to write it.

/** `unknown` says that it could not be looked at; it never means that something is wrong. */
export type Status = 'pass' | 'warn' | 'fail' | 'unknown';

export interface Check {
  /** Stable name: `iommu`, `group`, `reset`. */
  readonly id: string;
  /** `host`, a full BDF, or `guest 100`. */
  readonly subject: string;
  readonly title: string;
  readonly status: Status;
  readonly why: string;
  readonly fix?: string;
  /** The cause of the rule base that this would bring about: `pt-doctor explain ID`. */
  readonly cause?: string;
}

export type Part = Omit<Check, 'subject'>;

export const item = (
  id: string,
  title: string,
  status: Status,
  why: string,
  more: { fix?: string | undefined; cause?: string | undefined } = {},
): Part => ({
  id,
  title,
  status,
  why,
  ...(more.fix && status !== 'pass' ? { fix: more.fix } : {}),
  ...(more.cause && status !== 'pass' ? { cause: more.cause } : {}),
});
