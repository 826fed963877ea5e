// The machine around the devices: processor, firmware, kernel, IOMMU, memory, framebuffers.
import type { Bdf } from '../model.ts';
import { got, isRead, known, type Tree, textOf } from './tree.ts';

export interface Iommu {
  /** Number of groups in /sys/kernel/iommu_groups; undefined when the directory could not be read. */
  readonly groups?: number;
  /** `dmar0`, `ivhd0`, ... of /sys/class/iommu. */
  readonly units: readonly string[];
  /** The firmware's table, when the list of tables could be read: DMAR (Intel VT-d), IVRS (AMD-Vi) or none. */
  readonly table?: 'DMAR' | 'IVRS' | 'none';
  /** Interrupts are remapped: /proc/interrupts names chips `IR-IO-APIC`, `IR-PCI-MSI`. */
  readonly remapping?: boolean;
  /** Address bits that every VT-d unit can translate (cap register: MGAW and SAGAW). Not told by sysfs for AMD. */
  readonly width?: number;
}

export interface Memory {
  /** MiB. */
  readonly total?: number;
  readonly available?: number;
  readonly hugepages: readonly { readonly sizeMiB: number; readonly total: number; readonly free: number }[];
}

export interface Platform {
  readonly kernel?: string;
  readonly cmdline?: readonly string[];
  readonly distribution?: string;
  readonly distributionName?: string;
  readonly hostname?: string;
  readonly board?: string;
  readonly bios?: string;
  readonly cpu?: string;
  readonly cpuVendor?: 'intel' | 'amd';
  /** vmx or svm among the flags of /proc/cpuinfo. */
  readonly virtFlag?: boolean;
  readonly kvm?: boolean;
  readonly physBits?: number;
  /** The processor flag `hypervisor`: this machine is itself a guest. */
  readonly isGuest?: boolean;
  readonly efi?: boolean;
  readonly secureBoot?: boolean;
  readonly lockdown?: 'none' | 'integrity' | 'confidentiality';
  readonly iommu: Iommu;
  readonly memory: Memory;
  /** Bytes that a process of the user who runs this may lock; Infinity for no limit. */
  readonly memlock?: number;
  /** Names in /proc/fb: `EFI VGA`, `simpledrm`, `i915drmfb`. */
  readonly framebuffers?: readonly string[];
  /** Boot framebuffers that lie in the BAR of a device, from /proc/iomem (root only). */
  readonly bootFramebuffer?: { readonly holder: string; readonly device?: Bdf };
  /** `lxc`, `docker`, ... when this is a container of systemd's. */
  readonly container?: string;
}

const number = (text: string | undefined) => (text === undefined ? undefined : Number(text));

async function cpuOf(tree: Tree): Promise<Partial<Platform>> {
  let seen = 0;
  const wanted = /^(?:vendor_id|model name|flags|address sizes)\s*:/;
  const text = got(await tree.pick('/proc/cpuinfo', (line) => wanted.test(line) && seen++ < 4));
  if (text === undefined) return {};
  const field = (name: string) => new RegExp(`^${name}\\s*: (.*)$`, 'm').exec(text)?.[1];
  const flags = new Set(field('flags')?.split(' ') ?? []);
  const vendor = field('vendor_id');
  const bits = number(/(\d+) bits physical/.exec(field('address sizes') ?? '')?.[1]);
  return {
    ...(field('model name') ? { cpu: (field('model name') ?? '').trim() } : {}),
    ...(vendor ? { cpuVendor: /AMD|Hygon/.test(vendor) ? ('amd' as const) : ('intel' as const) } : {}),
    ...(flags.size > 0
      ? { virtFlag: flags.has('vmx') || flags.has('svm'), isGuest: flags.has('hypervisor') }
      : {}),
    ...(bits !== undefined ? { physBits: bits } : {}),
  };
}

/** Bits of a VT-d capability register: what both MGAW (21:16, plus one) and the deepest page table of SAGAW allow. */
export function vtdWidth(cap: string): number | undefined {
  if (!/^[0-9a-f]{1,16}$/i.test(cap)) return undefined;
  const value = BigInt(`0x${cap}`);
  const mgaw = Number((value >> 16n) & 0x3fn) + 1;
  const sagaw = Number((value >> 8n) & 0x1fn);
  const deepest = sagaw & 8 ? 57 : sagaw & 4 ? 48 : sagaw & 2 ? 39 : undefined;
  return deepest === undefined ? mgaw : Math.min(mgaw, deepest);
}

async function iommuOf(tree: Tree): Promise<Iommu> {
  const groups = await tree.list('/sys/kernel/iommu_groups');
  const units = got(await tree.list('/sys/class/iommu')) ?? [];
  const tables = got(await tree.list('/sys/firmware/acpi/tables'));
  const widths: number[] = [];
  for (const unit of units) {
    const cap = await textOf(tree, `/sys/class/iommu/${unit}/intel-iommu/cap`);
    const width = cap === undefined ? undefined : vtdWidth(cap);
    if (width !== undefined) widths.push(width);
  }
  const chips = await tree.pick('/proc/interrupts', (line) => /\b(?:IR-)?(?:IO-APIC|PCI-MSIX?)\b/.test(line));
  const remapping = isRead(chips) && chips.value !== '' ? /\bIR-/.test(chips.value) : undefined;
  return {
    units,
    ...(isRead(groups) ? { groups: groups.value.length } : groups.unread === 'absent' ? { groups: 0 } : {}),
    ...(tables
      ? { table: tables.includes('DMAR') ? 'DMAR' : tables.includes('IVRS') ? 'IVRS' : ('none' as const) }
      : {}),
    ...(remapping !== undefined ? { remapping } : {}),
    ...(widths.length > 0 ? { width: Math.min(...widths) } : {}),
  };
}

async function memoryOf(tree: Tree): Promise<Memory> {
  const meminfo = got(await tree.readText('/proc/meminfo')) ?? '';
  const mib = (name: string) => {
    const kib = number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(meminfo)?.[1]);
    return kib === undefined ? undefined : Math.floor(kib / 1024);
  };
  const hugepages = [];
  for (const name of got(await tree.list('/sys/kernel/mm/hugepages')) ?? []) {
    const size = number(/^hugepages-(\d+)kB$/.exec(name)?.[1]);
    const total = number(await textOf(tree, `/sys/kernel/mm/hugepages/${name}/nr_hugepages`));
    const free = number(await textOf(tree, `/sys/kernel/mm/hugepages/${name}/free_hugepages`));
    if (size !== undefined && total !== undefined && free !== undefined)
      hugepages.push({ sizeMiB: size / 1024, total, free });
  }
  const [total, available] = [mib('MemTotal'), mib('MemAvailable')];
  return {
    hugepages,
    ...(total !== undefined ? { total } : {}),
    ...(available !== undefined ? { available } : {}),
  };
}

/** Who holds memory of a PCI device in /proc/iomem: a boot framebuffer is an indented line below the device's. */
function framebufferIn(iomem: string): { holder: string; device?: Bdf } | undefined {
  let device: { bdf: Bdf; depth: number } | undefined;
  for (const line of iomem.split('\n')) {
    const m = /^( *)[0-9a-f]+-[0-9a-f]+ : (.*)$/.exec(line);
    if (!m) continue;
    const [depth, name] = [(m[1] ?? '').length, m[2] ?? ''];
    if (device && depth <= device.depth) device = undefined;
    if (/^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/.test(name)) device = { bdf: name, depth };
    if (/^(?:efifb|vesafb|simplefb|BOOTFB|simple-framebuffer(?:\.\d+)?)$/.test(name))
      return { holder: name, ...(device ? { device: device.bdf } : {}) };
  }
  return undefined;
}

async function readDistribution(tree: Tree, kernel: string | undefined) {
  const release = (await textOf(tree, '/etc/os-release')) ?? '';
  const field = (name: string) => new RegExp(`^${name}="?([^"\\n]*)"?$`, 'm').exec(release)?.[1];
  const pve = /-pve$/.test(kernel ?? '') || known(await tree.exists('/etc/pve/local')) === true;
  const unraid = known(await tree.exists('/etc/unraid-version')) === true;
  const id = pve ? 'proxmox' : unraid ? 'unraid' : field('ID');
  const name = field('PRETTY_NAME');
  return { ...(id ? { distribution: id } : {}), ...(name ? { distributionName: name } : {}) };
}

const EFIVARS = '/sys/firmware/efi/efivars';
const SECURE_BOOT = `${EFIVARS}/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c`;

/** Reads the machine around the devices; each field is left out when it cannot be known. */
export async function readPlatform(tree: Tree): Promise<Platform> {
  const text = (path: string) => textOf(tree, path);
  const kernel = await text('/proc/sys/kernel/osrelease');
  const cmdline = await text('/proc/cmdline');
  const hostname = await text('/proc/sys/kernel/hostname');
  const dmi = async (name: string) => (await text(`/sys/class/dmi/id/${name}`)) ?? '';
  const board = `${(await dmi('board_vendor')) || (await dmi('sys_vendor'))} ${(await dmi('board_name')) || (await dmi('product_name'))}`;
  const bios = `${await dmi('bios_version')} ${await dmi('bios_date')}`.trim();
  // Only where something of /sys is there, the absence of a part of it means something.
  const firmware = known(await tree.exists('/sys/firmware'));
  const efi = firmware ? known(await tree.exists('/sys/firmware/efi')) : undefined;
  // An EFI variable file is four bytes of attributes, then the value.
  const secure = efi ? got(await tree.readBytes(SECURE_BOOT, 8))?.[4] : undefined;
  const lockdown = /\[(none|integrity|confidentiality)\]/.exec(
    (await text('/sys/kernel/security/lockdown')) ?? '',
  )?.[1];
  const limit = /^Max locked memory\s+(\S+)/m.exec((await text('/proc/self/limits')) ?? '')?.[1];
  const fb = await tree.readText('/proc/fb');
  const iomem = got(
    await tree.pick('/proc/iomem', (line) => /(?:[0-9a-f]\.[0-7]|fb|FB|simple-framebuffer\S*)$/.test(line)),
  );
  const boot = iomem === undefined ? undefined : framebufferIn(iomem);
  const kvm = known(await tree.exists('/dev/kvm'));
  const container = await text('/run/systemd/container');
  return {
    ...(await cpuOf(tree)),
    ...(await readDistribution(tree, kernel)),
    iommu: await iommuOf(tree),
    memory: await memoryOf(tree),
    ...(kernel ? { kernel } : {}),
    ...(cmdline !== undefined ? { cmdline: cmdline.split(/\s+/).filter(Boolean) } : {}),
    ...(hostname ? { hostname } : {}),
    ...(board.trim() ? { board: board.trim() } : {}),
    ...(bios ? { bios } : {}),
    ...(kvm !== undefined ? { kvm } : {}),
    ...(efi !== undefined ? { efi } : {}),
    ...(efi === false ? { secureBoot: false } : secure !== undefined ? { secureBoot: secure === 1 } : {}),
    ...(lockdown ? { lockdown: lockdown as 'none' | 'integrity' | 'confidentiality' } : {}),
    ...(limit ? { memlock: limit === 'unlimited' ? Number.POSITIVE_INFINITY : Number(limit) } : {}),
    ...(isRead(fb)
      ? {
          framebuffers: fb.value
            .split('\n')
            .flatMap((l) => (/^\d+ (.+)$/.exec(l)?.[1] ? [l.replace(/^\d+ /, '')] : [])),
        }
      : {}),
    ...(boot ? { bootFramebuffer: boot } : {}),
    ...(container ? { container } : {}),
  };
}
