// The shared types of pt-doctor, each with a line of meaning. Data only: no function lives here.

/** Which program printed a line. `any` in a rule accepts every source; a line of unknown origin is `unknown`. */
export type Source = 'kernel' | 'qemu' | 'libvirt' | 'proxmox' | 'unknown';
export type Severity = 'error' | 'warning' | 'info' | 'benign';
/** `specific` rules may decide a diagnosis; `broad` ones only say "worth reading". */
export type Tier = 'specific' | 'broad';
export type Strength = 'strong' | 'medium' | 'weak';
export type Effect = 'raises' | 'lowers';
export type Prior = 'common' | 'uncommon' | 'rare';
export type Confidence = 'likely' | 'possible' | 'remote';
export type Risk = 'none' | 'low' | 'medium' | 'high';
/** What has to happen before a fix takes effect. */
export type Needs = 'nothing' | 'vm-restart' | 'reboot' | 'power-off';

/** PCI address in full form, lower case: `0000:04:00.3` (VMD domains have more digits: `10000:01:00.0`). */
export type Bdf = string;
/** `vendor:device` or `vendor:device:subvendor:subdevice`, lower-case hex without 0x. */
export type PciId = string;

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

// ---------------------------------------------------------------------------------------------------- facts

/** One PCI function as far as the input tells. */
export interface PciDevice {
  readonly bdf: Bdf;
  id?: PciId;
  subsystem?: PciId;
  /** Four hex digits of class and subclass (`0300`), as in lspci -nn or `class 0x030000`. */
  class?: string;
  name?: string;
  /** Two hex digits; `ff` means that config space reads all ones. */
  revision?: string;
  /** Driver that is bound; `''` when the input shows that none is. */
  driver?: string;
  modules?: string[];
  iommuGroup?: number;
  /** 1-based line that showed this device last. */
  line?: number;
}

export interface VmDevice {
  /** `hostpci0`, `hostdev1`, ... as the configuration calls it. */
  readonly key: string;
  readonly host: string;
  readonly options: Readonly<Record<string, string>>;
  readonly line: number;
}

export interface VmConfig {
  vmid?: string;
  name?: string;
  machine?: string;
  bios?: string;
  memory?: string;
  cpu?: string;
  options: Record<string, string>;
  devices: VmDevice[];
  /** Told by a QEMU command line or error, not by a configuration. */
  inferred?: true;
}

export interface ModuleOption {
  readonly module: string;
  readonly option: string;
  readonly value: string;
  readonly line: number;
}

/**
 * What the input or the live host says of the machine. A missing value means unknown, which is never the same as false.
 * `flags` are yes/no or one-word facts that rules set by `sets:` (`iommu: on`, `interrupt-remapping: off`).
 */
export interface Facts {
  kernel?: string;
  qemu?: string;
  libvirt?: string;
  pve?: string;
  /** `proxmox`, `debian`, `ubuntu`, `arch`, `fedora`, `opensuse`, `unraid`, `nixos`, `pop`, `rhel`, ... */
  distribution?: string;
  cpuVendor?: 'intel' | 'amd';
  cpu?: string;
  board?: string;
  bios?: string;
  hostname?: string;
  bootLoader?: string;
  /**
   * Whether the input has to do with passthrough: devices are given away; guests run; or, told by a whole log, neither.
   */
  passthrough?: 'seen' | 'guests' | 'absent';
  /** The running kernel command line, token by token. */
  cmdline?: readonly string[];
  /** What /etc/default/grub or /etc/kernel/cmdline give to the next boot, as far as the input shows them. */
  cmdlineConfigured?: readonly string[];
  devices: Map<Bdf, PciDevice>;
  moduleOptions: ModuleOption[];
  softdeps: { readonly module: string; readonly pre: readonly string[]; readonly line: number }[];
  blacklists: { readonly module: string; readonly line: number }[];
  modulesLoad: { readonly module: string; readonly line: number }[];
  vms: VmConfig[];
  flags: Map<string, { readonly value: string; readonly line: number }>;
}

// ---------------------------------------------------------------------------------------------------- rules

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
  };
  /** Seconds since the boot at which the line was last printed, where its clock tells: `>=60`. */
  readonly uptime?: VersionRange;
  /** Driver that prefixes the line (`vfio-pci`, `pcieport`, `amdgpu`). */
  readonly driver?: readonly string[];
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

/** One thing that can be done: rules/fixes/<id>.yaml. */
export interface Fix {
  readonly id: string;
  readonly title: string;
  readonly action: FixAction;
  /** What it changes and why that works. */
  readonly effect: string;
  readonly risk: Risk;
  readonly needs: Needs;
  /** Said first: what can go wrong (unbootable host, lost data, lost console). */
  readonly warning?: string;
  readonly confirm: readonly Confirm[];
  readonly undo: string;
  /** Offered only when this holds. */
  readonly when?: Condition;
  readonly refs: readonly string[];
}

export type FixAction =
  | { readonly do: 'kernel-arg'; readonly add: readonly string[]; readonly remove: readonly string[] }
  | {
      readonly do: 'modprobe-option';
      readonly module: string;
      readonly options: Readonly<Record<string, string>>;
    }
  | { readonly do: 'modprobe-softdep'; readonly module: string; readonly pre: readonly string[] }
  | { readonly do: 'modprobe-blacklist'; readonly modules: readonly string[] }
  | { readonly do: 'modules-load'; readonly modules: readonly string[] }
  | { readonly do: 'driver-bind'; readonly by: 'id' | 'address' }
  | {
      readonly do: 'sysfs-value';
      readonly attribute: string;
      readonly value: string;
      readonly bridges: boolean;
    }
  | { readonly do: 'vm-option'; readonly proxmox?: string; readonly libvirt?: string; readonly qemu?: string }
  | { readonly do: 'manual'; readonly steps: readonly ManualStep[] };

export interface ManualStep {
  readonly text?: string;
  readonly run?: readonly string[];
  /** Hosts that this step is for, by their distribution or by what runs the guests; all when missing. */
  readonly on?: readonly string[];
  /** Ways of which one is enough, each with the words that tell it from the others. */
  readonly either?: readonly { readonly text: string; readonly run?: readonly string[] }[];
}

export interface Confirm {
  readonly run: string;
  readonly expect: string;
}

export interface CauseFix {
  readonly fix: string;
  readonly when?: Condition;
  readonly note?: string;
}

/** What is wrong: rules/causes/<id>.yaml. */
export interface Cause {
  readonly id: string;
  readonly title: string;
  readonly why: string;
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

export interface RuleBase {
  readonly rules: readonly Rule[];
  readonly causes: ReadonlyMap<string, Cause>;
  readonly fixes: ReadonlyMap<string, Fix>;
  readonly devices: readonly DeviceNote[];
  /** Made at build time out of the rules above, so that a start needs none of their patterns; absent: made when needed. */
  readonly prepared?: Prepared;
}

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

// ------------------------------------------------------------------------------------------------ diagnosis

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
  readonly confirm: readonly Confirm[];
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
  readonly confirm: readonly Confirm[];
  readonly refs: readonly string[];
}

export interface Notice {
  readonly code: string;
  readonly text: string;
  readonly lines?: readonly number[];
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
