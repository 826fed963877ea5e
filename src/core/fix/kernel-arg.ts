// Kernel command line arguments: the commands for each boot loader.
import { wantArgs } from '../apply/draft.ts';
import { removes } from '../apply/edit.ts';
import { BY_HAND } from '../apply/loaders/by-hand.ts';
import type { Bdf } from '../model.ts';
import { SOME_BDF } from '../text/bdf.ts';
import { fillCommand } from '../text/fill.ts';
import { type ActionOf, type Advise, perHost } from './advice.ts';
import { usefulArgs } from './iommu.ts';
import type { PlanAction } from './plan-action.ts';

/** An argument that names the device stands for the first one: the kernel takes the last of several equal arguments. */
const filled = (action: ActionOf<'kernel-arg'>, devices: readonly Bdf[]) => ({
  ...action,
  add: action.add.map((a) => fillCommand(a, devices, undefined)),
});

export const kernelArg: Advise<ActionOf<'kernel-arg'>> = (general, facts, devices, site) => {
  const { cmdline } = facts;
  const action = filled(general, devices);
  const isThere = (r: string) => cmdline?.some((t) => removes(r, t)) ?? true;
  // What the running kernel was not given needs no word, unless taking it off is all that there is to do.
  const there = action.remove.filter(isThere);
  const edit = { ...action, remove: action.add.length > 0 || there.length > 0 ? there : action.remove };
  return {
    commands: perHost(
      site.loaders.map((id) => ({
        hosts: BY_HAND[id].hosts,
        commands: BY_HAND[id].commands(edit),
      })),
    ),
    appliable: !site.managed && !action.add.some((a) => a.includes(SOME_BDF)),
    alreadySet:
      cmdline !== undefined && action.add.every((a) => cmdline.includes(a)) && !action.remove.some(isThere),
  };
};

export const planKernelArg: PlanAction<ActionOf<'kernel-arg'>> = (action, devices, draft) => {
  if (devices.length === 0 && action.add.some((a) => a.includes('{device}'))) {
    draft.manual.push('Name the device that the argument is for: --device BB:DD.F');
    return;
  }
  const { add, remove } = filled(action, devices);
  wantArgs(draft, { add: usefulArgs(add, draft), remove });
};
