// The rule base as it is compiled from rules/: rules, causes, devices.
import type { Confirm, Fix } from './fixes.ts';
import type { Source } from './log.ts';
import type { Prepared } from './prepared.ts';

export type Severity = 'error' | 'warning' | 'info' | 'benign';

/** `specific` rules may decide a diagnosis; `broad` ones only say "worth reading". */
export type Tier = 'specific' | 'broad';
export type Strength = 'strong' | 'medium' | 'weak';

export type Effect = 'raises' | 'lowers';

/** A version range such as `>=6.2`, `<5.15`, `>=6.8 <6.11`; parts are and'ed, `||` separates alternatives. */
export type VersionRange = string;

/** What must hold for a cause entry, a fix or a piece of advice to apply. Keys are and'ed, list values are or'ed. */
export interface Condition {
  /** Values captured in the matched line: `{ errno: [ENOMEM, EPERM] }`; `known` is any. */
  readonly capture?: Readonly<Record<string, readonly string[]>>;
  /** A finding of one of these rules is in the log. */
  readonly seen?: readonly string[];
  /** A finding of one of these rules is in the log and names the same device (or the same slot). */
  readonly seen_same_device?: readonly string[];
  readonly unseen?: readonly string[];
  /** One of these rules was found earlier (later) than this finding; when the order can't be known, `seen` decides. */
  readonly before?: readonly string[];
  readonly after?: readonly string[];
  /** Named facts: `kernel: ">=6.8"`, `cpu: amd`, `distribution: proxmox`, `cmdline.intel_iommu: on`, or a flag.
   *  `unknown` as a value matches a fact that the input does not tell. */
  readonly facts?: Readonly<Record<string, readonly string[]>>;
  /** The device of the finding: PCI class name (`display`, `usb`, `nvme`, `audio`, `network`, `storage`, `bridge`), id
   *  (`1002:*`), bound driver, or a trait of rules/devices. */
  readonly device?: {
    readonly class?: readonly string[];
    readonly id?: readonly string[];
    readonly driver?: readonly string[];
    readonly trait?: readonly string[];
    readonly root_bus?: true;
  };
  /** Seconds since the boot at which the line was last printed, where its clock tells: `>=60`. */
  readonly uptime?: VersionRange;
  /** Driver that prefixes the line (`vfio-pci`, `pcieport`, `amdgpu`). */
  readonly driver?: readonly string[];
  /** The input is a few lines that somebody chose: what means nothing in a whole log is then what they ask about. */
  readonly excerpt?: true;
  readonly any?: readonly Condition[];
  readonly not?: Condition;
}

export interface CauseLink {
  readonly cause: string;
  readonly strength: Strength;
  readonly effect: Effect;
  readonly when?: Condition;
  readonly note?: string;
}

/** What a line means: rules/<area>/<id>.yaml, compiled. */
export interface Rule {
  readonly id: string;
  readonly area: string;
  readonly title: string;
  readonly severity: Severity;
  readonly tier: Tier;
  readonly source: readonly Source[] | 'any';
  /** Templates (see rules/template.ts) or, with `regex`, regular expressions. */
  readonly match: readonly string[];
  readonly regex: readonly string[];
  /** Name of a correlation over facts (engine/observe.ts) instead of a line. */
  readonly observe?: string;
  readonly where?: Readonly<Record<string, readonly string[]>>;
  /** Regular expressions for the rest of the line: each of `holds` is found somewhere in it, none of `lacks` is. */
  readonly line?: { readonly holds: readonly string[]; readonly lacks: readonly string[] };
  readonly kernel?: VersionRange;
  readonly qemu?: VersionRange;
  readonly means: string;
  readonly harmlessUnless?: string;
  readonly causes: readonly CauseLink[];
  /** Facts that the line proves: value, or `{capture}`. */
  readonly sets: Readonly<Record<string, string>>;
  /** The line marks the begin of an attempt to start a guest. */
  readonly marks?: 'attempt';
  /** Programs and people state this of a host; as a condition or as advice (text/advice.ts) the same words do not match. */
  readonly statement?: true;
  /** Rules that may match this rule's examples as well. */
  readonly overlaps: readonly string[];
  readonly refs: readonly string[];
  readonly examples: { readonly match: readonly string[]; readonly noMatch: readonly string[] };
}

export type Prior = 'common' | 'uncommon' | 'rare';

/** What is wrong: rules/causes/<id>.yaml. */
export interface Cause {
  readonly id: string;
  readonly title: string;
  readonly why: string;
  /** How it is told instead where this holds, the first that does: one cause, several faces. */
  readonly forms: readonly { readonly when: Condition; readonly title?: string; readonly why?: string }[];
  readonly prior: Prior;
  /** The only devices that can have it; missing where it can be any. */
  readonly concerns?: NonNullable<Condition['device']>;
  /** Told of a host that shows no guest, too: the machine is at fault, or its lines come only where passthrough is wanted. */
  readonly withoutGuest: boolean;
  /** Consequences. `fold`: they are named under this cause; otherwise both stay and this one explains the other. */
  readonly leadsTo: readonly {
    readonly cause: string;
    readonly fold: boolean;
    readonly why?: string;
    readonly when?: Condition;
  }[];
  /** Other causes that show themselves by the same lines, the likely ones first: named where the input raises few. */
  readonly alternatives: readonly {
    readonly cause: string;
    readonly why?: string;
    readonly when?: Condition;
  }[];
  /** Facts and findings that raise or lower the cause by themselves. */
  readonly signs: readonly {
    readonly when: Condition;
    readonly strength: Strength;
    readonly effect: Effect;
    readonly text: string;
  }[];
  /** The known faults of certain versions that are this cause, where it is one of software. */
  readonly instances: readonly Instance[];
  readonly confirm: readonly Confirm[];
  readonly fixes: readonly CauseFix[];
  readonly notTheFix: readonly { readonly text: string; readonly when?: Condition }[];
  readonly refs: readonly string[];
}

/** A fault that certain versions have: it stands behind a line only where the version allows it. */
export interface Instance {
  readonly id: string;
  /** What is wrong with these versions, as the end of a sentence. */
  readonly title: string;
  /** Named facts as in a Condition; `unknown` lets a log pass that does not tell the version, as a weak hint. */
  readonly versions: Readonly<Record<string, readonly string[]>>;
  /** The rules whose lines it brings about; without any it is only told, since no line gives it away. */
  readonly seen: readonly string[];
  readonly when?: Condition;
  readonly strength: Strength;
  /** Causes that this instance explains. */
  readonly leadsTo: readonly string[];
  /** The versions that have the correction. */
  readonly mended?: string;
  readonly refs: readonly string[];
}

export interface CauseFix {
  readonly fix: string;
  readonly when?: Condition;
  readonly note?: string;
  /** Where this holds the fix comes before the others; `mended`: an instance is at work that a later version does not have. */
  readonly first?: { readonly when?: Condition; readonly mended?: true; readonly note?: string };
}

/** Known trouble of a device or family: rules/devices/<id>.yaml. */
export interface DeviceNote {
  readonly id: string;
  readonly title: string;
  /** `1022:1639`, `1002:73*`. */
  readonly ids: readonly string[];
  readonly traits: readonly string[];
  readonly note: string;
  readonly causes: readonly CauseLink[];
  readonly refs: readonly string[];
}

/** How the words of a text speak for one cause, or for no trouble at all: rules/words/<cause>.yaml, learned by `npm run learn`. */
export interface WordWeights {
  /** A cause, or NO_TROUBLE. */
  readonly id: string;
  /** What speaks for it before any word is read, in log odds. */
  readonly bias: number;
  /** What each word, by its stem, adds to that. */
  readonly words: Readonly<Record<string, number>>;
}

export interface RuleBase {
  readonly rules: readonly Rule[];
  readonly causes: ReadonlyMap<string, Cause>;
  readonly fixes: ReadonlyMap<string, Fix>;
  readonly devices: readonly DeviceNote[];
  /** Read when no rule knows a text. */
  readonly words: readonly WordWeights[];
  /** Made at build time out of the rules above, so that a start needs none of their patterns; absent: made when needed. */
  readonly prepared?: Prepared;
}
