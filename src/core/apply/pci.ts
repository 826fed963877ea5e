// The PCI functions of a host as sysfs shows them.
import type { Bdf } from '../model.ts';
import { exists, type Host, readText, resolvePath, tryText } from './host.ts';

export interface HostDevice {
  readonly bdf: Bdf;
  /** `vendor:device`, lower-case hex. */
  readonly id: string;
  /** Six hex digits: class, subclass, interface. */
  readonly class: string;
  readonly driver?: string;
  /** Kernel module of the bound driver; missing when the driver is built in or none is bound. */
  readonly driverModule?: string;
  readonly iommuGroup?: number;
  /** PCI functions above it, nearest first. */
  readonly bridges: readonly Bdf[];
  readonly virtualFunctions: number;
  /** The firmware showed its picture here. */
  readonly bootScreen: boolean;
  readonly modalias?: string;
}

const KINDS: readonly (readonly [prefix: string, kind: string])[] = [
  ['0108', 'NVMe disk'],
  ['0106', 'SATA controller'],
  ['01', 'storage controller'],
  ['02', 'network card'],
  ['03', 'graphics card'],
  ['0403', 'audio device'],
  ['0c03', 'USB controller'],
];

/** What a person calls a device of this class. */
export const kindOf = (d: HostDevice): string => KINDS.find(([p]) => d.class.startsWith(p))?.[1] ?? 'device';

const PCI = '/sys/bus/pci/devices';
const BDF = /^[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/;

/** The file name that a symlink of sysfs points to. */
function linkName(host: Host, path: string): string | undefined {
  const parent = resolvePath(host, path.slice(0, path.lastIndexOf('/')));
  const target = host.stat(`${parent}/${path.slice(path.lastIndexOf('/') + 1)}`)?.target;
  return target?.slice(target.lastIndexOf('/') + 1);
}

/** PCI addresses in a path of sysfs, outermost first. */
function bdfsIn(path: string): Bdf[] {
  return path.split('/').filter((part) => BDF.test(part));
}

function hex(host: Host, path: string): string {
  return (tryText(host, path) ?? '').trim().replace(/^0x/, '').toLowerCase();
}

function readDevice(host: Host, bdf: Bdf): HostDevice {
  const path = `${PCI}/${bdf}`;
  const driver = linkName(host, `${path}/driver`);
  const driverModule = driver === undefined ? undefined : linkName(host, `${path}/driver/module`);
  const group = linkName(host, `${path}/iommu_group`);
  const modalias = tryText(host, `${path}/modalias`)?.trim();
  return {
    bdf,
    id: `${hex(host, `${path}/vendor`)}:${hex(host, `${path}/device`)}`,
    class: hex(host, `${path}/class`),
    bridges: bdfsIn(resolvePath(host, path)).slice(0, -1).reverse(),
    virtualFunctions: Number(tryText(host, `${path}/sriov_numvfs`) ?? 0),
    bootScreen: tryText(host, `${path}/boot_vga`)?.trim() === '1',
    ...(driver === undefined ? {} : { driver }),
    ...(driverModule === undefined ? {} : { driverModule }),
    ...(group === undefined ? {} : { iommuGroup: Number(group) }),
    ...(modalias === undefined ? {} : { modalias }),
  };
}

/** Every PCI function; none when the tree holds no sysfs (an image under --root). */
export function readDevices(host: Host): HostDevice[] {
  const folder = resolvePath(host, PCI);
  return host
    .list(folder)
    .filter((name) => BDF.test(name))
    .map((bdf) => readDevice(host, bdf));
}

/** The PCI functions that a block device hangs on: through partitions, LVM, RAID and encryption down to the disks. */
export function devicesBelowBlock(host: Host, name: string): Bdf[] {
  const path = resolvePath(host, `/sys/class/block/${name}`);
  if (!exists(host, path)) return [];
  const slaves = host.list(`${path}/slaves`);
  if (slaves.length > 0) return slaves.flatMap((slave) => devicesBelowBlock(host, slave));
  const last = bdfsIn(path).at(-1);
  return last === undefined ? belowNvmeSubsystem(host, path) : [last];
}

/** With NVMe multipath a disk hangs on a virtual subsystem, whose links nvme0, nvme1 lead to the controllers. */
function belowNvmeSubsystem(host: Host, path: string): Bdf[] {
  const subsystem = /^.*\/nvme-subsys\d+(?=\/)/.exec(path)?.[0];
  if (subsystem === undefined) return [];
  return host
    .list(subsystem)
    .filter((n) => /^nvme\d+$/.test(n))
    .flatMap((n) => bdfsIn(resolvePath(host, `${subsystem}/${n}`)).slice(-1));
}

/** The PCI functions that a network interface hangs on: through bridges, bonds and VLANs down to the cards. */
export function devicesBelowNet(host: Host, name: string, depth = 0): Bdf[] {
  const path = resolvePath(host, `/sys/class/net/${name}`);
  const device = bdfsIn(resolvePath(host, `${path}/device`)).at(-1);
  if (device !== undefined) return [device];
  if (depth > 8) return [];
  const lower = host.list(path).filter((entry) => entry.startsWith('lower_'));
  return lower.flatMap((entry) => devicesBelowNet(host, entry.slice('lower_'.length), depth + 1));
}

/** Value of one attribute as sysfs shows it, without the newline. */
export function attribute(host: Host, bdf: Bdf, name: string): string | undefined {
  return readText(host, `${PCI}/${bdf}/${name}`)?.trim();
}
