// Settings of the virtual machine: shown for the manager at hand, never applied to a host.
import { USUAL_MANAGERS, type UsualManager } from '../text/distributions.ts';
import { type ActionOf, type Advise, fillFor, perHost } from './advice.ts';

const HEADINGS = {
  proxmox: 'Proxmox VE',
  libvirt: 'libvirt (virsh edit NAME)',
  qemu: 'QEMU command line',
} as const satisfies Record<UsualManager, string>;

export const vmOption: Advise<ActionOf<'vm-option'>> = (action, facts, devices, site) => {
  const all = USUAL_MANAGERS.flatMap((manager) => {
    const text = action[manager];
    if (text === undefined) return [];
    const typed = manager === 'proxmox' ? `qm set {vmid} ${text}` : text;
    const commands = typed.split('\n').flatMap((line) => fillFor(line.trimEnd(), facts, devices));
    return [{ manager, hosts: HEADINGS[manager], commands }];
  });
  const here = site.manager === undefined ? all : all.filter((b) => b.manager === site.manager);
  return { commands: perHost(here), appliable: false, alreadySet: false };
};
