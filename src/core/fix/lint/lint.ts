// What a lint looks at and what it answers.
import type { Draft } from '../../apply/draft.ts';
import type { Host } from '../../apply/host.ts';
import type { Directive } from '../../apply/modprobe.ts';

export interface HostLint {
  readonly id: string;
  /** Path, with a line number where one is known. */
  readonly at: string;
  readonly text: string;
  readonly cure: string;
}

export interface Subject {
  readonly host: Host;
  readonly draft: Draft;
  readonly directives: readonly Directive[];
  /** Of the kernel command line, running and configured. */
  readonly args: readonly string[];
  readonly vendor: 'intel' | 'amd' | undefined;
  /** Major and minor of the newest installed kernel as one number: 6.8 is 6008. */
  readonly kernel: number | undefined;
}

export type Lint = (s: Subject) => readonly HostLint[];

/** `/etc/modprobe.d/vfio.conf:2`; what stands in no file has no line. */
export const place = (d: { file: string; line: number }) => (d.line > 0 ? `${d.file}:${d.line}` : d.file);
