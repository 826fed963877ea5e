// What the host can't do without: the disk of / and /boot, the way in by network, the only screen. Unknown counts as needed.
import type { Bdf } from '../model.ts';
import { exists, type Host, tryText } from './host.ts';
import { devicesBelowBlock, devicesBelowNet, type HostDevice } from './pci.ts';

/** The flags of `--allow` and what each overrides. */
export const ALLOW = {
  'root-disk': 'the disk that the host boots from or keeps its system on',
  'only-network': 'the network card that carries the default route',
  'only-gpu': 'the only screen of a host without another way in',
  'active-vfs': 'a physical function whose virtual functions are in use',
  'shared-id': 'another device with the same vendor:device id',
} as const;
export type Allow = keyof typeof ALLOW;

export interface Need {
  readonly allow: Allow;
  readonly why: string;
}

interface Mount {
  readonly at: string;
  readonly type: string;
  readonly source: string;
}

/** /proc/self/mountinfo: fields 5 (mount point) and, behind the dash, type and source; `\040` stands for a space. */
function mounts(host: Host): Mount[] {
  const text = tryText(host, '/proc/self/mountinfo') ?? tryText(host, '/proc/1/mountinfo') ?? '';
  return text.split('\n').flatMap((line) => {
    const [left = '', right] = line.split(' - ');
    if (right === undefined) return [];
    const [type = '', source = ''] = right.split(' ');
    return [{ at: (left.split(' ')[4] ?? '').replaceAll('\\040', ' '), type, source }];
  });
}

/** Block devices that udev knows to belong to a pool or multi-device file system, by label or UUID of that file system. */
function members(host: Host, matches: (properties: ReadonlyMap<string, string>) => boolean): string[] {
  return host
    .list('/run/udev/data')
    .filter((name) => name.startsWith('b'))
    .flatMap((name) => {
      const text = tryText(host, `/run/udev/data/${name}`) ?? '';
      const properties = new Map(
        [...text.matchAll(/^E:([^=]+)=(.*)$/gm)].map(([, k = '', v = '']) => [k, v] as const),
      );
      if (!matches(properties)) return [];
      const block = host
        .list('/sys/class/block')
        .find((b) => tryText(host, `/sys/class/block/${b}/dev`)?.trim() === name.slice(1));
      return block === undefined ? [] : [block];
    });
}

const SYSTEM_MOUNTS = new Set(['/', '/boot', '/boot/efi', '/efi', '/usr', '/var', '/etc', '/sysroot']);

/** PCI functions that hold the system's file systems; `unknown` names mounts whose disk could not be found. */
function systemDisks(host: Host): { readonly devices: Map<Bdf, string>; readonly unknown: string[] } {
  const devices = new Map<Bdf, string>();
  const unknown: string[] = [];
  for (const { at, type, source } of mounts(host)) {
    if (!SYSTEM_MOUNTS.has(at) || ['autofs', 'tmpfs', 'ramfs', 'rootfs'].includes(type)) continue;
    const plain = source.startsWith('/dev/') ? host.stat(source)?.target : undefined;
    const name = (plain ?? source).replace(/^.*\//, '');
    const [pool = ''] = source.split('/');
    const blocks =
      type === 'zfs'
        ? members(host, (p) => p.get('ID_FS_TYPE') === 'zfs_member' && p.get('ID_FS_LABEL') === pool)
        : type === 'btrfs'
          ? btrfsMembers(host, name)
          : [name];
    const found = blocks.flatMap((b) => devicesBelowBlock(host, b));
    if (found.length === 0) unknown.push(`${at} (${type} on ${source})`);
    for (const bdf of found) if (!devices.has(bdf)) devices.set(bdf, at);
  }
  return { devices, unknown };
}

function btrfsMembers(host: Host, name: string): string[] {
  const dev = tryText(host, `/sys/class/block/${name}/dev`)?.trim();
  const uuid = /^E:ID_FS_UUID=(.*)$/m.exec(tryText(host, `/run/udev/data/b${dev}`) ?? '')?.[1];
  if (uuid === undefined) return [name];
  return [...new Set([name, ...members(host, (p) => p.get('ID_FS_UUID') === uuid)])];
}

/** Interfaces with a default route, IPv4 and IPv6. */
function routeInterfaces(host: Host): string[] {
  const v4 = (tryText(host, '/proc/net/route') ?? '').split('\n').slice(1);
  const v6 = (tryText(host, '/proc/net/ipv6_route') ?? '').split('\n');
  const names = [
    ...v4
      .map((l) => l.split(/\s+/))
      .flatMap(([name = '', to, , , , , , mask]) => (to === '00000000' && mask === '00000000' ? [name] : [])),
    ...v6
      .map((l) => l.trim().split(/\s+/))
      .flatMap((f) =>
        /^0{32}$/.test(f[0] ?? '') && f[1] === '00' && f[9] !== 'lo' && f[9] !== undefined ? [f[9]] : [],
      ),
  ];
  return [...new Set(names)];
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
  const cards = [...new Set(routeInterfaces(host).flatMap((name) => devicesBelowNet(host, name)))];
  if (cards.every((bdf) => taken.has(bdf)) || cards.length === 1)
    for (const bdf of cards) need(bdf, 'only-network', 'it carries the default route of the host');
  const screens = devices.filter((d) => d.class.startsWith('03'));
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
