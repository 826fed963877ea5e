// The PCI devices of a machine as /sys/bus/pci/devices shows them (Documentation/ABI/testing/sysfs-bus-pci).
import type { Bdf, PciId } from '../model.ts';
import { type Acs, acsOf } from './config-space.ts';
import { got, inParallel, isRead, known, type Missing, type Tree, textOf } from './tree.ts';

export interface Bar {
  /** 0 to 5, or 6 for the expansion ROM. */
  readonly index: number;
  readonly start: bigint;
  /** Bytes. */
  readonly size: bigint;
  readonly kind: 'memory' | 'io';
  readonly prefetchable: boolean;
  readonly is64: boolean;
  /** The kernel found no room for it: it has a size and no address. */
  readonly unassigned: boolean;
}

export interface HostDevice {
  readonly bdf: Bdf;
  readonly id?: PciId;
  readonly subsystem?: PciId;
  /** Four hex digits: class and subclass. */
  readonly class?: string;
  readonly revision?: string;
  readonly name?: string;
  /** `''` when none is bound, undefined when it cannot be known. */
  readonly driver?: string;
  readonly override?: string;
  readonly group?: number;
  /** The bridges above, nearest first. */
  readonly bridges: readonly Bdf[];
  readonly bars: readonly Bar[];
  /** Sizes in MiB that a resizable BAR can have, as read of a device that is awake. */
  readonly resizable: readonly { readonly bar: number; readonly sizes: readonly number[] }[];
  readonly hasRom?: boolean;
  /** In the order in which the kernel tries them: `device_specific`, `acpi`, `flr`, `af_flr`, `pm`, `bus`, `cxl_bus`. */
  readonly resets?: readonly string[];
  readonly powerState?: string;
  readonly runtimeStatus?: string;
  readonly d3coldAllowed?: boolean;
  readonly bootVga?: boolean;
  readonly totalVfs?: number;
  readonly numVfs?: number;
  /** The physical function of an SR-IOV virtual function. */
  readonly physfn?: Bdf;
  readonly acs?: Acs;
  /** What could not be read, by attribute. */
  readonly unread: Readonly<Record<string, Missing>>;
}

const DEVICES = '/sys/bus/pci/devices';
const BDF = /^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/;

// include/linux/ioport.h
const IO = 0x100n;
const MEM = 0x200n;
const PREFETCH = 0x2000n;
const MEM_64 = 0x100000n;

/** The BARs of a `resource` file: one `start end flags` line each, the seventh is the expansion ROM. */
export function parseResource(text: string): Bar[] {
  return text.split('\n').flatMap((line, index) => {
    const m = /^0x([0-9a-f]{16}) 0x([0-9a-f]{16}) 0x([0-9a-f]{16})$/.exec(line.trim());
    if (!m || index > 6) return [];
    const [start, end, flags] = [BigInt(`0x${m[1]}`), BigInt(`0x${m[2]}`), BigInt(`0x${m[3]}`)];
    if (flags === 0n || (start === 0n && end === 0n)) return [];
    return [
      {
        index,
        start,
        size: end - start + 1n,
        kind: (flags & IO) !== 0n && (flags & MEM) === 0n ? ('io' as const) : ('memory' as const),
        prefetchable: (flags & PREFETCH) !== 0n,
        is64: (flags & MEM_64) !== 0n,
        unassigned: start === 0n,
      },
    ];
  });
}

/** `resourceN_resize` is a bit mask in hex: bit n stands for 2^n MiB. */
export function resizeSizes(text: string): number[] {
  const mask = BigInt(`0x${/^[0-9a-f]{1,16}$/i.exec(text.trim())?.[0] ?? '0'}`);
  return Array.from({ length: 44 }, (_, bit) => bit)
    .filter((bit) => (mask >> BigInt(bit)) & 1n)
    .map((bit) => 2 ** bit);
}

const last = (path: string | undefined) => path?.slice(path.lastIndexOf('/') + 1);
const hex = (text: string | undefined) =>
  text !== undefined && /^0x[0-9a-f]+$/i.test(text) ? text.slice(2).toLowerCase() : undefined;
const pair = (a: string | undefined, b: string | undefined) => (a && b ? `${a}:${b}` : undefined);
const number = (text: string | undefined) =>
  text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
const yes = (text: string | undefined) => (text === '1' ? true : text === '0' ? false : undefined);

/** Leaves out what is undefined, as exact optional properties want it. */
function present<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, v]) => v !== undefined)) as never;
}

async function resetsOf(tree: Tree, dir: string, names: readonly string[]) {
  // `reset` exists exactly when the kernel knows a way to reset the device; `reset_method` is there since Linux 5.15.
  if (!names.includes('reset')) return names.length > 0 ? [] : undefined;
  return (await textOf(tree, `${dir}/reset_method`))?.split(/\s+/).filter(Boolean) ?? ['unnamed'];
}

async function readDevice(tree: Tree, bdf: Bdf): Promise<HostDevice> {
  const dir = `${DEVICES}/${bdf}`;
  const unread: Record<string, Missing> = {};
  const listing = await tree.list(dir);
  const names = got(listing) ?? [];
  if (!isRead(listing)) unread.directory = listing;
  const text = async (attribute: string): Promise<string | undefined> => {
    const answer = await tree.readText(`${dir}/${attribute}`, 65536);
    if (!isRead(answer) && answer.unread !== 'absent') unread[attribute] = answer;
    return got(answer)?.trim();
  };
  const link = async (attribute: string) => {
    const answer = await tree.readLink(`${dir}/${attribute}`);
    if (!isRead(answer) && answer.unread !== 'absent') unread[attribute] = answer;
    return { target: last(got(answer)), known: known(answer) };
  };
  const place = got(await tree.readLink(dir)) ?? '';
  const driver = await link('driver');
  const cls = hex(await text('class'))
    ?.padStart(6, '0')
    .slice(0, 4);
  const resource = await text('resource');
  const override = await text('driver_override');
  const resizable = [];
  for (const name of names) {
    const bar = /^resource(\d)_resize$/.exec(name)?.[1];
    if (bar === undefined) continue;
    const mask = await text(name);
    if (mask !== undefined) resizable.push({ bar: Number(bar), sizes: resizeSizes(mask) });
  }
  // ACS stands in the extended config space: root only, and only of devices that are awake (the quiet tree sees to that).
  let acs: Acs | undefined;
  if (cls === '0604' || (place !== '' && (await hasSiblings(tree, bdf)))) {
    const config = await tree.readBytes(`${dir}/config`, 4096);
    if (!isRead(config)) {
      if (config.unread !== 'absent') unread.config = config;
    } else if (config.value.length <= 64)
      unread.config = { unread: 'denied', why: 'only root may read more than 64 bytes of it' };
    else acs = acsOf(config.value);
  }
  return {
    bdf,
    bridges: place
      .split('/')
      .filter((part) => BDF.test(part) && part !== bdf)
      .reverse(),
    bars: resource === undefined ? [] : parseResource(resource),
    resizable,
    unread,
    ...present({
      id: pair(hex(await text('vendor')), hex(await text('device'))),
      subsystem: pair(hex(await text('subsystem_vendor')), hex(await text('subsystem_device'))),
      class: cls,
      revision: hex(await text('revision')),
      driver: driver.target ?? (driver.known === false && names.length > 0 ? '' : undefined),
      override: override === '(null)' ? undefined : override,
      group: number((await link('iommu_group')).target),
      hasRom: names.length > 0 ? names.includes('rom') : undefined,
      resets: await resetsOf(tree, dir, names),
      powerState: await text('power_state'),
      runtimeStatus: await text('power/runtime_status'),
      d3coldAllowed: yes(await text('d3cold_allowed')),
      bootVga: yes(await text('boot_vga')),
      totalVfs: number(await text('sriov_totalvfs')),
      numVfs: number(await text('sriov_numvfs')),
      physfn: (await link('physfn')).target,
      acs,
    }),
  };
}

/** Functions of one slot need ACS of their own to be told apart; single functions need none. */
async function hasSiblings(tree: Tree, bdf: Bdf): Promise<boolean> {
  return known(await tree.exists(`${DEVICES}/${bdf.slice(0, -1)}${bdf.endsWith('.0') ? 1 : 0}`)) === true;
}

export interface PciRead {
  readonly devices: ReadonlyMap<Bdf, HostDevice>;
  /** Why the list itself could not be read. */
  readonly missing?: Missing;
}

/** All PCI functions of the machine, in the order of their addresses. Sleeping ones are not woken (see quiet.ts). */
export async function readPci(tree: Tree): Promise<PciRead> {
  const listing = await tree.list(DEVICES);
  if (!isRead(listing)) return { devices: new Map(), missing: listing };
  const devices = await inParallel(
    listing.value.filter((name) => BDF.test(name)),
    8,
    (bdf) => readDevice(tree, bdf),
  );
  return { devices: new Map(devices.map((d) => [d.bdf, d])) };
}
