// Steps that only a person can do.
import { type ActionOf, type Advise, fillFor } from './advice.ts';

/** How the hosts of `on` are called; every other one is its own id with a capital. */
const NAMES: Readonly<Record<string, string>> = {
  proxmox: 'Proxmox VE',
  rhel: 'RHEL',
  opensuse: 'openSUSE',
  nixos: 'NixOS',
  pop: 'Pop!_OS',
};

function hostNames(ids: readonly string[]): string {
  const names = ids.map((id) => NAMES[id] ?? `${id.charAt(0).toUpperCase()}${id.slice(1)}`);
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

export const manual: Advise<ActionOf<'manual'>> = (action, facts, devices) => {
  const name = facts.pve ? 'proxmox' : facts.distribution;
  const steps = action.steps.filter((s) => !s.on || name === undefined || s.on.includes(name));
  /** On an unknown host, whose step it is; a step for all hosts says so where it follows one that is not. */
  const heading = (i: number) => {
    const whose = (step: (typeof steps)[number] | undefined) => (step?.on ? hostNames(step.on) : '');
    const now = whose(steps[i]);
    return name !== undefined || now === whose(steps[i - 1]) ? [] : [`# ${now || 'On every host'}:`];
  };
  return {
    commands: steps.flatMap((step, i) => [
      ...heading(i),
      ...(step.text ? fillFor(`# ${step.text}`, facts, devices) : []),
      ...(step.run ?? []).flatMap((run) => fillFor(run, facts, devices)),
    ]),
    appliable: false,
    alreadySet: false,
  };
};
