// Settings of the virtual machine: shown for the manager at hand, never applied to a host.
import { MANAGERS, type Manager } from '../text/distributions.ts';
import { type ActionOf, type Advise, fillFor, perHost } from './advice.ts';

const HEADINGS = {
  proxmox: 'Proxmox VE',
  libvirt: 'libvirt (virsh edit NAME)',
  qemu: 'QEMU command line',
} as const satisfies Record<Manager, string>;

export const vmOption: Advise<ActionOf<'vm-option'>> = (action, facts, devices, site) => {
  const all = MANAGERS.flatMap((manager) => {
    const text = action[manager];
    if (text === undefined) return [];
    const typed = manager === 'proxmox' ? `qm set {vmid} ${text}` : text;
    const commands = typed.split('\n').flatMap((line) => fillFor(line.trimEnd(), facts, devices));
    return [{ manager, hosts: HEADINGS[manager], commands }];
  });
  const own = all.filter((b) => b.manager === site.manager);
  return { commands: perHost(own.length > 0 ? own : all), appliable: false, alreadySet: false };
};
