// Which PCI functions the file systems of the host lie on: through partitions, LVM, RAID, encryption and pools down to the disks.
import type { Bdf } from '../model.ts';
import { type Host, tryText } from './host.ts';
import { devicesBelowBlock } from './pci.ts';

interface Mount {
  readonly at: string;
  readonly type: string;
  readonly source: string;
  /** `major:minor`, of the file system; btrfs and ZFS have made-up ones. */
  readonly dev: string;
}

/** /proc/self/mountinfo: fields 3 and 5 (device, mount point) and, behind the dash, type and source; `\040` stands for a space. */
function mounts(host: Host): Mount[] {
  const text = tryText(host, '/proc/self/mountinfo') ?? tryText(host, '/proc/1/mountinfo') ?? '';
  return text.split('\n').flatMap((line) => {
    const [left = '', right] = line.split(' - ');
    if (right === undefined) return [];
    const [, , dev = '', , at = ''] = left.split(' ');
    const [type = '', source = ''] = right.split(' ');
    return [{ at: at.replaceAll('\\040', ' '), type, source, dev }];
  });
}

const blockWith = (host: Host, dev: string) =>
  host.list('/sys/class/block').find((b) => tryText(host, `/sys/class/block/${b}/dev`)?.trim() === dev);

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
      return matches(properties) ? (blockWith(host, name.slice(1)) ?? []) : [];
    });
}

/** `/dev/mapper/pve-root` is a link to `../dm-0`. */
function blockName(host: Host, path: string): string {
  const link = path.startsWith('/dev/') ? host.stat(path)?.target : undefined;
  return (link ?? path).replace(/^.*\//, '');
}

function btrfsMembers(host: Host, name: string): string[] {
  const dev = tryText(host, `/sys/class/block/${name}/dev`)?.trim();
  const uuid = /^E:ID_FS_UUID=(.*)$/m.exec(tryText(host, `/run/udev/data/b${dev}`) ?? '')?.[1];
  if (uuid === undefined) return [name];
  return [...new Set([name, ...members(host, (p) => p.get('ID_FS_UUID') === uuid)])];
}

/** The block devices of a file system. */
function blocksOf(host: Host, { type, source, dev }: Mount): string[] {
  const [pool = ''] = source.split('/');
  if (type === 'zfs')
    return members(host, (p) => p.get('ID_FS_TYPE') === 'zfs_member' && p.get('ID_FS_LABEL') === pool);
  if (type === 'btrfs') return btrfsMembers(host, blockName(host, source));
  // bcachefs names all its devices: /dev/sda:/dev/sdb.
  if (type === 'bcachefs') return source.split(':').map((s) => blockName(host, s));
  // Without an initramfs the source of / is /dev/root: the number of the device tells.
  return [blockName(host, source), blockWith(host, dev) ?? []].flat();
}

const below = (host: Host, mount: Mount): Bdf[] => [
  ...new Set(blocksOf(host, mount).flatMap((b) => devicesBelowBlock(host, b))),
];

const SYSTEM = new Set(['/', '/boot', '/boot/efi', '/efi', '/usr', '/var', '/etc', '/sysroot']);
const IN_MEMORY = new Set(['autofs', 'tmpfs', 'ramfs', 'rootfs', 'devtmpfs', 'proc', 'sysfs']);

/** PCI functions that hold the system's file systems or its swap; `unknown` names mounts whose disk could not be found. */
export function systemDisks(host: Host): { readonly devices: Map<Bdf, string>; readonly unknown: string[] } {
  const devices = new Map<Bdf, string>();
  const unknown: string[] = [];
  const all = mounts(host);
  // The root of an ostree system is a composed view of /sysroot, which is mounted as well.
  const composed = all.some((m) => m.at === '/sysroot');
  for (const mount of all) {
    const { at, type, source } = mount;
    if (!SYSTEM.has(at) || IN_MEMORY.has(type) || (type === 'overlay' && composed)) continue;
    const found = below(host, mount);
    if (found.length === 0) unknown.push(`${at} (${type} on ${source})`);
    for (const bdf of found) if (!devices.has(bdf)) devices.set(bdf, at);
  }
  for (const [, path = ''] of (tryText(host, '/proc/swaps') ?? '').matchAll(/^(\/dev\/\S+)\s+partition/gm))
    for (const bdf of devicesBelowBlock(host, blockName(host, path)))
      if (!devices.has(bdf)) devices.set(bdf, 'the swap space');
  return { devices, unknown };
}

/** Other mounted file systems, by the PCI functions below them: they are gone when a guest has the disk. */
export function otherMounts(host: Host): ReadonlyMap<Bdf, readonly string[]> {
  const found = new Map<Bdf, string[]>();
  for (const mount of mounts(host)) {
    if (SYSTEM.has(mount.at) || IN_MEMORY.has(mount.type)) continue;
    for (const bdf of below(host, mount)) found.set(bdf, [...(found.get(bdf) ?? []), mount.at]);
  }
  return found;
}
