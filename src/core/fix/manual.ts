// Steps that only a person can do.
import { type ActionOf, type Advise, fillFor } from './advice.ts';

export const manual: Advise<ActionOf<'manual'>> = (action, facts, devices) => {
  const name = facts.pve ? 'proxmox' : facts.distribution;
  const steps = action.steps.filter((s) => !s.on || name === undefined || s.on.includes(name));
  return {
    commands: steps.flatMap((step) => [
      ...(step.on && name === undefined ? [`# ${step.on.join(', ')}:`] : []),
      ...(step.text ? fillFor(`# ${step.text}`, facts, devices) : []),
      ...(step.run ?? []).flatMap((run) => fillFor(run, facts, devices)),
    ]),
    appliable: false,
    alreadySet: false,
  };
};
