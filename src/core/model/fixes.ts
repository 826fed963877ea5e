// What can be done: rules/fixes/<id>.yaml, compiled.
import type { Condition } from './rules.ts';

export type Risk = 'none' | 'low' | 'medium' | 'high';

/** What has to happen before a fix takes effect. */
export type Needs = 'nothing' | 'vm-restart' | 'reboot' | 'power-off';

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

/** What runs the guests, where a setting of one can be said in its own words. */
export type OptionedManager = 'proxmox' | 'libvirt' | 'qemu' | 'esxi' | 'hyperv';

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
  | ({ readonly do: 'vm-option' } & { readonly [M in OptionedManager]?: string })
  | { readonly do: 'manual'; readonly steps: readonly ManualStep[] };

/** What is done: lines added to files under /etc, then commands. */
export interface ManualWork {
  readonly write?: Readonly<Record<string, readonly string[]>>;
  readonly run?: readonly string[];
}

export interface ManualStep extends ManualWork {
  readonly text?: string;
  /** Hosts that this step is for, by their distribution, their processor or what runs the guests; all when missing. */
  readonly on?: readonly string[];
  /** Ways of which one is enough, each with the words that tell it from the others. */
  readonly either?: readonly (ManualWork & { readonly text: string })[];
}

/** What to type, and what it shows where all is well. */
export interface Confirm {
  readonly run: string;
  readonly expect: string;
  /** Hosts that have the command, in the words of a step; every Linux when missing. */
  readonly on?: readonly string[];
}
