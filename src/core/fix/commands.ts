// The commands to type for a fix on the host that the facts describe.
import type { Bdf, Facts, Fix, FixAction } from '../model.ts';
import { OTHER_HYPERVISORS } from '../text/distributions.ts';
import type { Advice, Advise } from './advice.ts';
import { driverBind } from './driver-bind.ts';
import { kernelArg } from './kernel-arg.ts';
import { manual } from './manual.ts';
import { modprobeOption } from './modprobe-option.ts';
import { modprobeBlacklist, modprobeSoftdep } from './modprobe-order.ts';
import { modulesLoad } from './modules-load.ts';
import { type Site, siteOf } from './site.ts';
import { sysfsValue } from './sysfs-value.ts';
import { vmOption } from './vm-option.ts';

const ADVISE: { readonly [D in FixAction['do']]: Advise<Extract<FixAction, { readonly do: D }>> } = {
  'kernel-arg': kernelArg,
  'modprobe-option': modprobeOption,
  'modprobe-softdep': modprobeSoftdep,
  'modprobe-blacklist': modprobeBlacklist,
  'modules-load': modulesLoad,
  'driver-bind': driverBind,
  'sysfs-value': sysfsValue,
  'vm-option': vmOption,
  manual,
};

/** The compiler can't follow the pairing of key and arm through an index; this one place states it. */
function advise<D extends FixAction['do']>(
  action: Extract<FixAction, { readonly do: D }>,
  facts: Facts,
  devices: readonly Bdf[],
  site: Site,
): Advice {
  return ADVISE[action.do as D](action, facts, devices, site);
}

/** Entries of a Proxmox guest that hold several options: `qm set` writes them whole. */
const REPLACES = /^(?:.*(?:;|&&) *)?qm set (\S+) --?(?:hostpci\d+|args|cpu|machine) /;

/** Says once, in front of the first such command, that the options which it does not repeat are lost. */
function warnOfLoss(commands: readonly string[]): readonly string[] {
  const at = commands.findIndex((c) => REPLACES.test(c));
  const vmid = REPLACES.exec(commands[at] ?? '')?.[1];
  if (vmid === undefined) return commands;
  return commands.toSpliced(
    at,
    0,
    `# qm set replaces an entry whole: repeat the options that \`qm config ${vmid}\` shows in it`,
  );
}

/** What changes a Linux host whose guests get devices by vfio. */
const ON_LINUX: ReadonlySet<FixAction['do']> = new Set([
  'kernel-arg',
  'modprobe-option',
  'modprobe-softdep',
  'modprobe-blacklist',
  'modules-load',
  'driver-bind',
  'sysfs-value',
]);
const isForeign = (manager: Site['manager']) => OTHER_HYPERVISORS.some((h) => h === manager);

/**
 * Commands for `fix` on the host of `facts`: one variant when the host is known, all of them under `# host:` headings when it
 * is not; none where it is nothing for this host. Comment lines begin with `# `.
 */
export function commandsFor(fix: Fix, facts: Facts, devices: readonly Bdf[]): Advice {
  const site = siteOf(facts);
  if (ON_LINUX.has(fix.action.do) && isForeign(site.manager))
    return { commands: [], appliable: false, alreadySet: false };
  const advice = advise(fix.action, facts, devices, site);
  return { ...advice, commands: warnOfLoss(advice.commands) };
}
