// The commands to type for a fix on the host that the facts describe.
import type { Bdf, Facts, Fix, FixAction } from '../model.ts';
import { otherHypervisorOf } from '../text/distributions.ts';
import { type Advice, type Advise, warnOfLoss } from './advice.ts';
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

/**
 * Commands for `fix` on the host of `facts`: one variant when the host is known, all of them under `# host:` headings when it
 * is not; none where it is nothing for this host. Comment lines begin with `# `.
 */
export function commandsFor(fix: Fix, facts: Facts, devices: readonly Bdf[]): Advice {
  if (ON_LINUX.has(fix.action.do) && otherHypervisorOf(facts))
    return { commands: [], appliable: false, alreadySet: false };
  const advice = advise(fix.action, facts, devices, siteOf(facts));
  return { ...advice, commands: warnOfLoss(advice.commands) };
}
