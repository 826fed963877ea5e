// Settings of the virtual machine: shown for the manager at hand, never applied to a host.
import { type ActionOf, type Advise, fillFor, perHost } from './advice.ts';

export const vmOption: Advise<ActionOf<'vm-option'>> = (action, facts, devices) => {
  const fill = (text: string) => text.split('\n').flatMap((line) => fillFor(line.trimEnd(), facts, devices));
  const all = [
    {
      key: 'proxmox',
      hosts: 'Proxmox VE',
      text: action.proxmox === undefined ? undefined : `qm set {vmid} ${action.proxmox}`,
    },
    { key: 'libvirt', hosts: 'libvirt (virsh edit NAME)', text: action.libvirt },
    { key: 'qemu', hosts: 'QEMU command line', text: action.qemu },
  ].flatMap(({ text, ...rest }) => (text === undefined ? [] : [{ ...rest, commands: fill(text) }]));
  const manager =
    facts.pve !== undefined || facts.distribution === 'proxmox'
      ? 'proxmox'
      : facts.libvirt !== undefined
        ? 'libvirt'
        : undefined;
  const own = all.filter((b) => b.key === manager);
  return { commands: perHost(own.length > 0 ? own : all), appliable: false, alreadySet: false };
};
