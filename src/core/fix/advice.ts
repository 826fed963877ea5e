// What every action file answers for a report, and the small text helpers that they share.
import { REBUILD } from '../apply/initramfs/by-hand.ts';
import type { Bdf, Facts, FixAction } from '../model.ts';
import { fillCommand, vmidOf } from '../text/fill.ts';
import type { Site } from './site.ts';

export interface Advice {
  readonly commands: readonly string[];
  /** pt-doctor itself can carry this out on the host at hand. */
  readonly appliable: boolean;
  /** The input shows that this is configured already. */
  readonly alreadySet: boolean;
}

/** One action of fixes: the commands for a person. `A` is the arm of FixAction that the file is about. */
export type Advise<A extends FixAction> = (
  action: A,
  facts: Facts,
  devices: readonly Bdf[],
  site: Site,
) => Advice;

export type ActionOf<D extends FixAction['do']> = Extract<FixAction, { readonly do: D }>;

/** `command` for one kind of host stands alone; for several each gets a heading. */
export function perHost(blocks: readonly { readonly hosts: string; readonly commands: readonly string[] }[]) {
  if (blocks.length < 2) return blocks.flatMap((b) => b.commands);
  return blocks.flatMap((b) => [`# ${b.hosts}:`, ...b.commands]);
}

export const OWN_MODPROBE_FILE = '/etc/modprobe.d/vfio.conf';

/** Lines appended to a file, one command each. */
export function appendLines(path: string, lines: readonly string[]): string[] {
  return lines.map((line) => `echo '${line.replaceAll("'", "'\\''")}' >> ${path}`);
}

/** The commands that put changed module settings into the initramfs, and `modules` with them. */
export function rebuild(site: Site, modules: readonly string[] = []): string[] {
  return perHost(
    site.initramfs.map((id) => {
      const { hosts, command, include } = REBUILD[id];
      const included = modules.length > 0 ? (include?.(modules, OWN_MODPROBE_FILE) ?? []) : [];
      return { hosts, commands: [...included, command] };
    }),
  );
}

/** Fills `{device}` and `{vmid}`; a text with `{device}` is repeated for each device. */
export function fillFor(text: string, facts: Facts, devices: readonly Bdf[]): string[] {
  const vmid = vmidOf(facts);
  if (!text.includes('{device}') || devices.length === 0) return [fillCommand(text, devices, vmid)];
  return devices.map((device) => fillCommand(text, [device], vmid));
}

/** Entries of a Proxmox guest that hold several options: `qm set` writes them whole. */
const REPLACES = /^(?:.*(?:;|&&) *)?qm set (\S+) --?(?:hostpci\d+|args|cpu|machine) /;

/** Says once, in front of the first such command, that the options which it does not repeat are lost. */
export function warnOfLoss(commands: readonly string[]): readonly string[] {
  const at = commands.findIndex((c) => REPLACES.test(c));
  const vmid = REPLACES.exec(commands[at] ?? '')?.[1];
  if (vmid === undefined) return commands;
  return commands.toSpliced(
    at,
    0,
    `# qm set replaces an entry whole: repeat the options that \`qm config ${vmid}\` shows in it`,
  );
}
