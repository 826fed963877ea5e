// What the host can't do without: the disk of / and /boot, the way in by network, the only screen. Unknown counts as needed.
import type { Bdf } from '../model.ts';
import { isDisplay } from '../text/pci-device.ts';
import { systemDisks } from './disks.ts';
import { exists, type Host, tryText } from './host.ts';
import { networkCards } from './network.ts';
import type { HostDevice } from './pci.ts';

/** The flags of `--allow`, and what happens to who gives one. */
export const ALLOW = {
  'root-disk': 'the host would not boot any more',
  'only-network': 'the host would be gone from the network',
  'only-gpu': 'there would be no way into the host',
  'active-vfs': 'the guests that use them would lose them',
  'shared-id': 'the host would lose that device as well',
} as const;
export type Allow = keyof typeof ALLOW;

export interface Need {
  readonly allow: Allow;
  readonly why: string;
}

/** A serial console, or SSH that listens or starts at boot. */
function otherWayIn(host: Host): boolean {
  const cmdline = tryText(host, '/proc/cmdline') ?? '';
  if (/\bconsole=tty(?:S|AMA)\d/.test(cmdline)) return true;
  const listens = (tryText(host, '/proc/net/tcp') ?? '') + (tryText(host, '/proc/net/tcp6') ?? '');
  if (/:0016 [0-9A-F]+:0000 0A/.test(listens)) return true;
  const wants = '/etc/systemd/system';
  return [
    'multi-user.target.wants/ssh.service',
    'multi-user.target.wants/sshd.service',
    'sockets.target.wants/ssh.socket',
    'sockets.target.wants/sshd.socket',
  ].some((unit) => host.stat(`${wants}/${unit}`) !== undefined || exists(host, `${wants}/${unit}`));
}

/**
 * Why the host can't spare these devices when all of `taken` go to guests. The key is the device; a device may have several
 * needs. Devices outside `taken` are judged as well: they may share an id or a group.
 */
export function needsOf(
  host: Host,
  devices: readonly HostDevice[],
  taken: ReadonlySet<Bdf>,
): ReadonlyMap<Bdf, readonly Need[]> {
  const needs = new Map<Bdf, Need[]>();
  const need = (bdf: Bdf, allow: Allow, why: string) =>
    needs.set(bdf, [...(needs.get(bdf) ?? []), { allow, why }]);
  const disks = systemDisks(host);
  for (const [bdf, at] of disks.devices) need(bdf, 'root-disk', `it holds ${at}`);
  if (disks.unknown.length > 0)
    for (const d of devices)
      if (d.class.startsWith('01') && !disks.devices.has(d.bdf))
        need(d.bdf, 'root-disk', `it may hold ${disks.unknown.join(', ')}, whose disk could not be found`);
  const cards = networkCards(host, devices);
  if (cards.bdfs.every((bdf) => taken.has(bdf)) || cards.bdfs.length === 1)
    for (const bdf of cards.bdfs) need(bdf, 'only-network', cards.why);
  // A screen that vfio-pci holds already shows nothing of the host.
  const screens = devices.filter((d) => isDisplay(d) && d.driver !== 'vfio-pci');
  if (!otherWayIn(host) && screens.length > 0) {
    const left = screens.filter((d) => !taken.has(d.bdf));
    for (const d of screens)
      if (left.length === 0 || (left.length === 1 && left[0] === d))
        need(d.bdf, 'only-gpu', 'it is the only screen, and neither a serial console nor SSH was found');
  }
  for (const d of devices)
    if (d.virtualFunctions > 0)
      need(d.bdf, 'active-vfs', `${d.virtualFunctions} of its virtual functions are in use`);
  return needs;
}
