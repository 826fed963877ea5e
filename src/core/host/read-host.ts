// One reader for every host: live, unpacked or recorded. Fills the Facts that rules ask for and the state that checks need.
import type { Facts, PciDevice, VmConfig } from '../model.ts';
import { emptyFacts } from '../text/facts.ts';
import { type Guests, readGuests } from './guests.ts';
import { type InUse, readInUse } from './in-use.ts';
import { type Modules, readModules } from './modules.ts';
import { readNames } from './names.ts';
import { type HostDevice, type PciRead, readPci } from './pci.ts';
import { type Platform, readPlatform } from './platform.ts';
import { quietTree } from './quiet.ts';
import { isRead, type Missing, type Tree } from './tree.ts';

/** A romfile that a guest's configuration names. */
export interface RomFile {
  readonly path: string;
  readonly state: 'good' | 'bad' | 'missing' | 'unknown';
  readonly why: string;
}

export interface HostState {
  readonly name: string;
  readonly live: boolean;
  readonly platform: Platform;
  readonly pci: PciRead;
  readonly modules: Modules;
  readonly guests: Guests;
  readonly inUse: InUse;
  readonly romfiles: ReadonlyMap<string, RomFile>;
  readonly facts: Facts;
}

/** Called before each part with words for a progress line. */
export type Progress = (doing: string) => void;

export interface ReadOptions {
  /** Leave out what takes seconds and only `check` needs: the listing of the initramfs. */
  readonly quick?: boolean;
}

/**
 * Reads a host through `tree`. Never throws for what the host lacks or forbids: that stays unknown, with a reason.
 * The tree is put behind the wake guard of quiet.ts, so no sleeping device is resumed.
 */
export async function readHost(
  tree: Tree,
  progress: Progress = () => {},
  options: ReadOptions = {},
): Promise<HostState> {
  const quiet = quietTree(tree);
  progress('processor, firmware, IOMMU');
  const platform = await readPlatform(quiet);
  progress('PCI devices');
  const bare = await readPci(quiet);
  progress('names of devices');
  const names = await readNames(
    quiet,
    [...bare.devices.values()].flatMap((d) => d.id ?? []),
  );
  const devices = new Map(
    [...bare.devices].map(([bdf, d]): [string, HostDevice] => {
      const name = names.get(d.id ?? '') ?? names.get((d.id ?? '').slice(0, 4));
      return [bdf, name ? { ...d, name } : d];
    }),
  );
  const pci = { ...bare, devices };
  progress('kernel modules and the initramfs');
  const modules = await readModules(quiet, platform.kernel, options.quick ?? false);
  progress('guests');
  const guests = await readGuests(quiet, platform.hostname);
  progress('what the host itself uses');
  const inUse = await readInUse(quiet);
  const romfiles = await readRomFiles(
    quiet,
    guests.list.flatMap((g) => g.devices.flatMap((d) => d.romfile ?? [])),
  );
  const state = { name: tree.name, live: tree.live, platform, pci, modules, guests, inUse, romfiles };
  return { ...state, facts: factsOf(state) };
}

/** A PCI expansion ROM begins with 55 aa (PCI Firmware Specification). */
async function readRomFiles(tree: Tree, paths: readonly string[]): Promise<Map<string, RomFile>> {
  const roms = new Map<string, RomFile>();
  for (const path of new Set(paths)) {
    const head = await tree.readBytes(path, 2);
    if (!isRead(head))
      roms.set(path, {
        path,
        state: head.unread === 'absent' ? 'missing' : 'unknown',
        why: head.unread === 'absent' ? 'there is no such file' : head.why,
      });
    else {
      const good = head.value[0] === 0x55 && head.value[1] === 0xaa;
      roms.set(path, { path, state: good ? 'good' : 'bad', why: good ? '' : 'it does not begin with 55 aa' });
    }
  }
  return roms;
}

const HOST_LINE = 0;

/** The facts of the rule engine, as far as a host tells them. Lines are 0: no log line says so. */
function factsOf(state: Omit<HostState, 'facts'>): Facts {
  const { platform, pci, modules, guests } = state;
  const facts = emptyFacts();
  const set = (name: string, value: string | undefined) => {
    if (value !== undefined) facts.flags.set(name, { value, line: HOST_LINE });
  };
  const take = <
    K extends 'kernel' | 'distribution' | 'cpuVendor' | 'cpu' | 'board' | 'bios' | 'hostname' | 'cmdline',
  >(
    key: K,
  ) => {
    const value = platform[key];
    if (value !== undefined) Object.assign(facts, { [key]: value });
  };
  for (const key of [
    'kernel',
    'distribution',
    'cpuVendor',
    'cpu',
    'board',
    'bios',
    'hostname',
    'cmdline',
  ] as const)
    take(key);
  const { groups, remapping } = platform.iommu;
  set('iommu', groups === undefined ? undefined : groups > 0 ? 'on' : 'off');
  set('interrupt-remapping', remapping === undefined ? undefined : remapping ? 'on' : 'off');
  set('secure-boot', platform.secureBoot === undefined ? undefined : platform.secureBoot ? 'on' : 'off');
  set('lockdown', platform.lockdown && (platform.lockdown === 'none' ? 'off' : 'on'));
  for (const d of pci.devices.values()) facts.devices.set(d.bdf, plainDevice(d));
  for (const s of modules.settings) {
    if (s.kind === 'options')
      for (const part of s.rest.split(/\s+/)) {
        const at = part.indexOf('=');
        const [option, value] = at < 0 ? [part, '1'] : [part.slice(0, at), part.slice(at + 1)];
        facts.moduleOptions.push({ module: s.module, option, value, line: HOST_LINE });
      }
    else if (s.kind === 'softdep') {
      const pre = /(?:^|\s)pre:\s*(.*?)(?:\s+post:|$)/.exec(s.rest)?.[1];
      if (pre) facts.softdeps.push({ module: s.module, pre: pre.split(/\s+/), line: HOST_LINE });
    } else if (s.kind === 'blacklist') facts.blacklists.push({ module: s.module, line: HOST_LINE });
    else facts.modulesLoad.push({ module: s.module, line: HOST_LINE });
  }
  for (const token of platform.cmdline ?? []) {
    const m = /^((?:vfio|kvm|nvidia|i915|pci)[\w-]*)\.(\w+)=(.*)$/.exec(token);
    if (m)
      facts.moduleOptions.push({
        module: m[1] ?? '',
        option: m[2] ?? '',
        value: m[3] ?? '',
        line: HOST_LINE,
      });
  }
  facts.vms.push(...guests.list.filter((g) => g.devices.length > 0).map(vmConfig));
  return facts;
}

/** Those facts that no text of texts.ts brings: flags, and drivers that are known not to be there. */
export function silentFacts({ facts }: HostState): Facts {
  return { ...facts, moduleOptions: [], softdeps: [], blacklists: [], modulesLoad: [], vms: [] };
}

function plainDevice(d: HostDevice): PciDevice {
  return {
    bdf: d.bdf,
    ...(d.id ? { id: d.id } : {}),
    ...(d.subsystem ? { subsystem: d.subsystem } : {}),
    ...(d.class ? { class: d.class } : {}),
    ...(d.name ? { name: d.name } : {}),
    ...(d.revision ? { revision: d.revision } : {}),
    ...(d.driver !== undefined ? { driver: d.driver } : {}),
    ...(d.group !== undefined ? { iommuGroup: d.group } : {}),
  };
}

function vmConfig(guest: Guests['list'][number]): VmConfig {
  return {
    vmid: guest.id,
    options: { ...guest.options },
    devices: guest.devices.flatMap((d) =>
      d.hosts.map((host) => ({
        key: d.key,
        host,
        line: HOST_LINE,
        options: {
          ...(d.pcie ? { pcie: '1' } : {}),
          ...(d.primaryGpu ? { 'x-vga': '1' } : {}),
          ...(d.romfile ? { romfile: d.romfile } : {}),
        },
      })),
    ),
    ...(guest.name ? { name: guest.name } : {}),
    ...(guest.machine ? { machine: guest.machine } : {}),
    ...(guest.ovmf ? { bios: 'ovmf' } : {}),
    ...(guest.memory !== undefined ? { memory: String(guest.memory) } : {}),
    ...(guest.cpu ? { cpu: guest.cpu } : {}),
  };
}

/** Why the host could not be read in part: what root, or a host instead of a container, would add. */
export function unreadOf(state: HostState): { readonly what: string; readonly missing: Missing }[] {
  const out: { what: string; missing: Missing }[] = [];
  if (state.pci.missing) out.push({ what: 'PCI devices (/sys/bus/pci/devices)', missing: state.pci.missing });
  for (const u of state.guests.unread) out.push({ what: u.path, missing: u.missing });
  const asleep = [...state.pci.devices.values()].filter((d) =>
    Object.values(d.unread).some((m) => m.unread === 'asleep'),
  );
  for (const d of asleep)
    out.push({
      what: `config space of ${d.bdf}`,
      missing: Object.values(d.unread).find((m) => m.unread === 'asleep') as Missing,
    });
  const denied = [...state.pci.devices.values()].find((d) => d.unread.config?.unread === 'denied');
  if (denied?.unread.config)
    out.push({ what: 'ACS of the bridges (config space)', missing: denied.unread.config });
  const { initramfs } = state.modules;
  if (!Array.isArray(initramfs) && 'unread' in initramfs && initramfs.unread !== 'absent')
    out.push({ what: 'the initramfs', missing: initramfs });
  return out;
}
