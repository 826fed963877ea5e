// Settings of the virtual machine: shown for the manager at hand, never applied to a host.
import type { OptionedManager } from '../model.ts';
import { USUAL_MANAGERS } from '../text/distributions.ts';
import { type ActionOf, type Advise, fillFor, perHost } from './advice.ts';

const HEADINGS = {
  proxmox: 'Proxmox VE',
  libvirt: 'libvirt (virsh edit NAME)',
  qemu: 'QEMU command line',
  esxi: 'ESXi (advanced settings of the virtual machine)',
  hyperv: 'Hyper-V (PowerShell)',
} as const satisfies Record<OptionedManager, string>;

const hasOptions = (manager: string): manager is OptionedManager => manager in HEADINGS;

export const vmOption: Advise<ActionOf<'vm-option'>> = (action, facts, devices, site) => {
  const here: readonly string[] = site.manager === undefined ? USUAL_MANAGERS : [site.manager];
  const blocks = here.filter(hasOptions).flatMap((manager) => {
    const text = action[manager];
    if (text === undefined) return [];
    const typed = manager === 'proxmox' ? `qm set {vmid} ${text}` : text;
    const commands = typed.split('\n').flatMap((line) => fillFor(line.trimEnd(), facts, devices));
    return [{ hosts: HEADINGS[manager], commands }];
  });
  return { commands: perHost(blocks), appliable: false, alreadySet: false };
};
