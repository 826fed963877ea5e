// What is read: lines, what a rule found in them, and what of them a report may quote.
import type { Bdf } from './facts.ts';
import type { Rule, Severity, Tier } from './rules.ts';

/** Which program printed a line. `any` in a rule accepts every source; a line of unknown origin is `unknown`. */
export type Source = 'kernel' | 'qemu' | 'libvirt' | 'proxmox' | 'unknown';

/** When a line was printed, on the clock that its envelope shows. */
export interface Stamp {
  /** `monotonic`: seconds since boot; `wall`: seconds since the epoch (year may be assumed, order is what counts). */
  readonly clock: 'monotonic' | 'wall';
  readonly at: number;
}

/** One log line with its envelope taken off. */
export interface Line {
  /** 1-based number in the whole input (files are numbered through in the order given). */
  readonly no: number;
  /** The message, without timestamp, level, facility, host and process name; the kernel's `driver bdf:` prefix stays. */
  readonly text: string;
  readonly source: Source;
  readonly stamp?: Stamp;
  readonly host?: string;
  /** Driver and device of a kernel prefix such as `vfio-pci 0000:01:00.0: `. */
  readonly driver?: string;
  readonly device?: Bdf;
}

export type Captures = Readonly<Record<string, string>>;

/** One rule on the text of a line. */
export interface Match {
  readonly rule: Rule;
  readonly device?: Bdf;
  readonly captures: Captures;
  /** The same for matches of the rule on the device, whatever its captures. */
  readonly key: string;
}

/** The matches of one rule on one device in one boot of one host. */
export interface Finding {
  readonly rule: string;
  readonly tier: Tier;
  readonly severity: Severity;
  readonly device?: Bdf;
  readonly count: number;
  /** 1-based line numbers: all of them, or the first and last twenty of a storm. */
  readonly lines: readonly number[];
  /** The first line's text. */
  readonly text: string;
  /** The newest value of each capture, for texts. */
  readonly captures: Captures;
  /** What single lines captured, each combination once and few of many: a condition holds when it does for one line. */
  readonly variants: readonly Captures[];
  readonly source: Source;
  /** The driver whose name prefixes the first line, as the kernel prints it. */
  readonly driver?: string;
  readonly firstStamp?: Stamp;
  readonly lastStamp?: Stamp;
  /** Which attempt to start a guest the newest match belongs to: 0 is the boot, before any attempt. */
  readonly attempt: number;
  /** Its first line in that attempt; none of what no line shows. */
  readonly begun?: number;
}

/** What helpers in forums ask for, quoted as it stood in the input. */
export type RawKind = 'versions' | 'cmdline' | 'modprobe' | 'lspci' | 'groups' | 'vm';

/** A line as it stood in the input, without control characters. `no` is 1-based over all files. */
export interface RawLine {
  readonly no: number;
  readonly text: string;
}

/** The part of the input that a report may quote. */
export interface RawText {
  /** Evidence lines and their surroundings, by line number, in order. */
  readonly lines: ReadonlyMap<number, string>;
  readonly sections: ReadonlyMap<RawKind, readonly RawLine[]>;
  /** Host names of journal and syslog envelopes. */
  readonly hosts: readonly string[];
}
