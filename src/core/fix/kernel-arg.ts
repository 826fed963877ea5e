// Kernel command line arguments: the commands for each boot loader.
import { wantArgs } from '../apply/draft.ts';
import { removes } from '../apply/edit.ts';
import { BY_HAND } from '../apply/loaders/by-hand.ts';
import { type ActionOf, type Advise, perHost } from './advice.ts';
import { usefulArgs } from './iommu.ts';
import type { PlanAction } from './plan-action.ts';

export const kernelArg: Advise<ActionOf<'kernel-arg'>> = (action, facts, _devices, site) => {
  const { cmdline } = facts;
  return {
    commands: perHost(
      site.loaders.map((id) => ({
        hosts: BY_HAND[id].hosts,
        commands: BY_HAND[id].commands(action, site.as),
      })),
    ),
    appliable: !site.managed,
    alreadySet:
      cmdline !== undefined &&
      action.add.every((a) => cmdline.includes(a)) &&
      !action.remove.some((r) => cmdline.some((t) => removes(r, t))),
  };
};

export const planKernelArg: PlanAction<ActionOf<'kernel-arg'>> = (action, _devices, draft) => {
  wantArgs(draft, { add: usefulArgs(action.add, draft), remove: action.remove });
};
