// The guest's side of a binding: what to type for Proxmox VE or libvirt.
import type { CommandChange } from '../apply/draft.ts';
import { exists, type Host, tryText } from '../apply/host.ts';
import { readDevices } from '../apply/pci.ts';
import type { Bdf } from '../model.ts';
import { slotOf } from '../text/bdf.ts';

/** The configuration of a Proxmox guest, without the snapshots that follow it. */
function proxmoxConfig(host: Host, vm: string): string | undefined {
  if (!/^\d+$/.test(vm)) return undefined;
  return tryText(host, `/etc/pve/qemu-server/${vm}.conf`)?.split(/^\[/m)[0];
}

/** Device functions that a guest has: `hostpci0: 0000:01:00,pcie=1` is a whole slot, `01:00.0;01:00.1` are two functions. */
function hasDevice(config: string, bdf: Bdf): boolean {
  return [...config.matchAll(/^hostpci\d+:\s*([^,\s]*)/gm)]
    .flatMap(([, value = '']) => value.replace(/^host=/, '').split(';'))
    .map((address) => (/^[0-9a-f]{4,8}:/i.test(address) ? address : `0000:${address}`).toLowerCase())
    .some((address) => address === bdf || address === slotOf(bdf));
}

/** Functions that go together: all of a slot as one entry, so that the guest sees one card with its parts. */
function slots(host: Host, devices: readonly Bdf[]): string[] {
  const present = readDevices(host).map((d) => d.bdf);
  return [
    ...new Set(
      devices.map((bdf) => {
        const whole = present.filter((p) => slotOf(p) === slotOf(bdf));
        return whole.length > 1 && whole.every((p) => devices.includes(p)) ? slotOf(bdf) : bdf;
      }),
    ),
  ];
}

/** `qm set` for each device that the guest does not have yet, in the next free places. */
export function guestCommands(host: Host, vm: string, devices: readonly Bdf[]): CommandChange[] {
  const config = proxmoxConfig(host, vm);
  if (config === undefined) return [];
  const used = new Set([...config.matchAll(/^hostpci(\d+):/gm)].map(([, n]) => Number(n)));
  // pcie=1 is only for q35 (qm.conf(5)).
  const pcie = /^machine:\s*\S*q35/m.test(config) ? ',pcie=1' : '';
  return slots(
    host,
    devices.filter((bdf) => !hasDevice(config, bdf)),
  ).map((address) => {
    let n = 0;
    while (used.has(n)) n++;
    used.add(n);
    return {
      run: ['qm', 'set', vm, `-hostpci${n}`, `${address}${pcie}`],
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

/** What the guest needs, a line each, for a person to run. */
export function guestLines(host: Host, vm: string, devices: readonly Bdf[]): string[] {
  if (devices.length === 0) return [];
  const commands = guestCommands(host, vm, devices);
  if (commands.length > 0)
    return [
      `for guest ${vm}, not run (apply --set-vm runs it)`,
      ...commands.map((c) => `  ${c.run.join(' ')}`),
    ];
  if (proxmoxConfig(host, vm) !== undefined) return [`guest ${vm} has these devices already`];
  if (exists(host, '/etc/pve')) return [`there is no guest ${vm} on this node`];
  return [
    `for guest ${vm}, inside <devices> (virsh edit ${vm})`,
    ...devices.flatMap((d) => hostdevXml(d).split('\n')).map((l) => `  ${l}`),
  ];
}
