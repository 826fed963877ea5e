// One answered question of `check`: the shape, and a short way to write it.
import type { Guest } from '../guest.ts';
import type { HostDevice } from '../pci.ts';
import type { HostState } from '../read-host.ts';

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

/** A question to the machine, and one to a device of it; with a guest, against what that guest gets. */
export type HostLook = (state: HostState) => Part | undefined;
export type DeviceLook = (state: HostState, device: HostDevice, guest: Guest | undefined) => Part | undefined;

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
