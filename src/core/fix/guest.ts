// The guest's side of a binding: what to type for Proxmox VE or libvirt.
import type { CommandChange } from '../apply/draft.ts';
import { exists, type Host, tryText } from '../apply/host.ts';
import type { Bdf } from '../model.ts';

/** The configuration of a Proxmox guest, without the snapshots that follow it. */
function proxmoxConfig(host: Host, vm: string): string | undefined {
  if (!/^\d+$/.test(vm)) return undefined;
  return tryText(host, `/etc/pve/qemu-server/${vm}.conf`)?.split(/^\[/m)[0];
}

/** `qm set` for each device that the guest does not have yet, in the next free places. */
export function guestCommands(host: Host, vm: string, devices: readonly Bdf[]): CommandChange[] {
  const config = proxmoxConfig(host, vm);
  if (config === undefined) return [];
  const have = [...config.matchAll(/^hostpci(\d+):\s*(\S+)/gm)];
  const used = new Set(have.map(([, n]) => Number(n)));
  // pcie=1 is only for q35 (qm.conf(5)).
  const pcie = /^machine:\s*\S*q35/m.test(config) ? ',pcie=1' : '';
  return devices
    .filter((bdf) => !have.some(([, , value = '']) => `0000:${value}`.includes(bdf) || value.includes(bdf)))
    .map((bdf) => {
      let n = 0;
      while (used.has(n)) n++;
      used.add(n);
      return {
        run: ['qm', 'set', vm, `-hostpci${n}`, `${bdf}${pcie}`],
        undo: ['qm', 'set', vm, '-delete', `hostpci${n}`],
      };
    });
}

function hostdevXml(bdf: Bdf): string {
  const [domain = '', bus = '', rest = ''] = bdf.split(':');
  const [slot = '', fn = ''] = rest.split('.');
  return `<hostdev mode='subsystem' type='pci' managed='yes'>
  <source>
    <address domain='0x${domain}' bus='0x${bus}' slot='0x${slot}' function='0x${fn}'/>
  </source>
</hostdev>`;
}

/** What the guest needs, for a person to run. */
export function guestText(host: Host, vm: string, devices: readonly Bdf[]): string {
  if (devices.length === 0) return '';
  const commands = guestCommands(host, vm, devices);
  if (commands.length > 0)
    return `\nFor guest ${vm} (not run; apply --set-vm runs it):\n${commands.map((c) => `  ${c.run.join(' ')}\n`).join('')}`;
  if (proxmoxConfig(host, vm) !== undefined) return `\nGuest ${vm} has these devices already.\n`;
  if (exists(host, '/etc/pve')) return `\nThere is no guest ${vm} on this node.\n`;
  const xml = devices.map((d) => hostdevXml(d).replace(/^/gm, '  ')).join('\n');
  return `\nFor guest ${vm}, inside <devices> (virsh edit ${vm}):\n${xml}\n`;
}
