// Wishes (fixes on devices) into a plan for one host, with the refusals that keep the host alive.

import { otherMounts } from '../apply/disks.ts';
import { type Draft, drafted } from '../apply/draft.ts';
import { argName, editTokens } from '../apply/edit.ts';
import type { Host } from '../apply/host.ts';
import { optionUses, readDirectives } from '../apply/modprobe.ts';
import { type Allow, needsOf } from '../apply/needs.ts';
import { finishPlan, hostName, type Plan, type PlanOptions, startDraft, type Wish } from '../apply/plan.ts';
import type { Bdf, FixAction } from '../model.ts';
import { distributionNamed } from '../text/distributions.ts';
import { emptyFacts } from '../text/facts.ts';
import { isAnyBridge } from '../text/pci-device.ts';
import { type Advise, warnOfLoss } from './advice.ts';
import { BIND_SCRIPT } from './bind-script.ts';
import { planDriverBind } from './driver-bind.ts';
import { planKernelArg } from './kernel-arg.ts';
import { manual } from './manual.ts';
import { planModprobeOption } from './modprobe-option.ts';
import { planModprobeBlacklist, planModprobeSoftdep } from './modprobe-order.ts';
import { planModulesLoad } from './modules-load.ts';
import type { PlanAction } from './plan-action.ts';
import { type Site, siteOf } from './site.ts';
import { planSysfsValue } from './sysfs-value.ts';
import { vmOption } from './vm-option.ts';

/** The host of a draft as the commands for a person take it: it tells what a log leaves open. */
function siteOfDraft(draft: Draft): Site {
  const distribution = distributionNamed(hostName(draft.host));
  const site = siteOf({ ...emptyFacts(), ...(distribution ? { distribution } : {}) });
  return { ...site, ...(draft.initramfs ? { initramfs: [draft.initramfs] } : {}) };
}

/** What only a person can do is told as a report tells it. */
const byHand =
  <A extends FixAction>(advise: Advise<A>): PlanAction<A> =>
  (action, devices, draft) => {
    const { commands } = advise(action, emptyFacts(), devices, siteOfDraft(draft));
    draft.manual.push(
      ...(commands.length > 0 ? warnOfLoss(commands) : ['# None of its steps is for this host.']),
    );
  };

const PLAN: { readonly [D in FixAction['do']]: PlanAction<Extract<FixAction, { readonly do: D }>> } = {
  'kernel-arg': planKernelArg,
  'modprobe-option': planModprobeOption,
  'modprobe-softdep': planModprobeSoftdep,
  'modprobe-blacklist': planModprobeBlacklist,
  'modules-load': planModulesLoad,
  'driver-bind': planDriverBind,
  'sysfs-value': planSysfsValue,
  'vm-option': byHand(vmOption),
  manual: byHand(manual),
};

function draftAction<D extends FixAction['do']>(
  action: Extract<FixAction, { readonly do: D }>,
  devices: readonly Bdf[],
  draft: Draft,
): void {
  PLAN[action.do as D](action, devices, draft);
}

/** The ids that vfio-pci will take at boot, wherever they are configured. */
function idsOf(draft: Draft): ReadonlySet<string> {
  const directives = readDirectives(draft.host, (path) => drafted(draft, path));
  const file = optionUses(directives, 'vfio-pci', 'ids').at(-1)?.value ?? '';
  const tokens = editTokens(draft.configured ?? [], draft.args).filter((t) => argName(t) === 'vfio_pci.ids');
  const all = [file, ...tokens.map((t) => t.slice(t.indexOf('=') + 1))].join(',');
  return new Set(all.toLowerCase().split(',').filter(Boolean));
}

/** Refuses what would cost the host its disk, network or screen; warns of the rest of an IOMMU group. */
function guard(draft: Draft, taken: ReadonlySet<Bdf>, allowed: ReadonlySet<Allow>): void {
  const ids = idsOf(draft);
  const alsoTaken = draft.devices.filter((d) => !taken.has(d.bdf) && ids.has(d.id)).map((d) => d.bdf);
  const needs = needsOf(draft.host, draft.devices, new Set([...taken, ...alsoTaken]));
  for (const device of alsoTaken)
    for (const { why } of needs.get(device) ?? [])
      if (!allowed.has('shared-id'))
        draft.refusals.push({
          device,
          allow: 'shared-id',
          reason: `${device}: ids= of vfio-pci takes it as well, and ${why}`,
        });
  const groups = new Set(draft.devices.filter((d) => taken.has(d.bdf)).map((d) => d.iommuGroup));
  groups.delete(undefined);
  const iommuOn = draft.devices.some((d) => d.iommuGroup !== undefined);
  const mounted = otherMounts(draft.host);
  for (const { bdf, bootScreen, iommuGroup } of draft.devices.filter((d) => taken.has(d.bdf))) {
    const at = mounted.get(bdf) ?? [];
    if (at.length > 0)
      draft.warnings.push(
        `${bdf} holds ${at.join(', ')}: the host loses it. Take it out of /etc/fstab first, or the next boot may stop in emergency mode`,
      );
    if (iommuOn && iommuGroup === undefined)
      draft.warnings.push(`${bdf} has no IOMMU group, though the IOMMU is on: no guest can have it`);
    if (bootScreen)
      draft.warnings.push(`${bdf} is the screen that the host boots on: after the reboot it stays dark`);
  }
  for (const device of draft.devices) {
    const inGroup = groups.has(device.iommuGroup);
    if (!taken.has(device.bdf) && !inGroup) continue;
    // A bridge in the group stays with the host; vfio accepts that (drivers/vfio/group viability: pcieport is allowed).
    if (!taken.has(device.bdf) && isAnyBridge(device)) continue;
    for (const { allow, why } of needs.get(device.bdf) ?? []) {
      const how = taken.has(device.bdf)
        ? ''
        : `it shares IOMMU group ${device.iommuGroup} with what you bind, and `;
      if (!allowed.has(allow))
        draft.refusals.push({ device: device.bdf, allow, reason: `${device.bdf}: ${how}${why}` });
    }
    if (!taken.has(device.bdf) && device.driver !== undefined && device.driver !== 'vfio-pci')
      draft.warnings.push(
        `${device.bdf} (${device.driver}) is in IOMMU group ${device.iommuGroup} too: a guest starts only when it is bound as well`,
      );
  }
}

/** The plan for `wishes` on `host`. Nothing is written; planning again after applying yields an empty plan. */
export function planWishes(
  host: Host,
  wishes: readonly Wish[],
  options: PlanOptions & { readonly allow?: readonly Allow[] } = {},
): Plan {
  const start = startDraft(host, options);
  const { draft } = start;
  for (const { fix, devices } of wishes) {
    // A binding says itself what it takes.
    if (fix.action.do !== 'driver-bind') draft.goals.push(fix.title);
    draft.warnings.push(...(fix.warnings ?? []));
    draftAction(fix.action, devices, draft);
  }
  const taken = new Set(wishes.flatMap((w) => (w.fix.action.do === 'driver-bind' ? w.devices : [])));
  if (taken.size > 0) guard(draft, taken, new Set(options.allow));
  return finishPlan({ ...start, script: BIND_SCRIPT });
}
