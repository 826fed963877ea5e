// What a line tells of the machine: kernel, command line, PCI devices, groups, module options, VM configuration.
// Every reader is reached through a literal of its line, as rules are, so that a gate can stand in front.
import type { Facts, Line, PciDevice, VmConfig } from '../model.ts';
import { BDF_PATTERN, normalizeBdf } from './bdf.ts';

export function emptyFacts(): Facts {
  return {
    devices: new Map(),
    moduleOptions: [],
    softdeps: [],
    blacklists: [],
    modulesLoad: [],
    vms: [],
    flags: new Map(),
  };
}

/** The device entry of `bdf`, made when it is new. */
export function deviceAt(facts: Facts, bdf: string): PciDevice {
  const key = normalizeBdf(bdf);
  let device = facts.devices.get(key);
  if (!device) {
    device = { bdf: key };
    facts.devices.set(key, device);
  }
  return device;
}

/** Made-up input must not grow the facts without bound. */
const MAX_LIST = 2000;

interface State {
  /** Device of the last lspci head line: its indented lines belong to it. */
  lspci: PciDevice | undefined;
  /** `IOMMU Group 14:` head line: devices listed below belong to it. */
  group: number | undefined;
  vm: VmConfig | undefined;
}

interface Reader {
  /** A line that this reader understands holds one of these. */
  readonly literals: readonly string[];
  readonly pattern: RegExp;
  read(facts: Facts, m: readonly string[], line: Line, state: State): void;
}

const bdf = (source: string) => new RegExp(source.replaceAll('BDF', BDF_PATTERN));

function distributionOf(text: string): string | undefined {
  const marks: readonly (readonly [RegExp, string])[] = [
    [/-pve\b|proxmox/i, 'proxmox'],
    [/-arch\d|@archlinux|-zen\d|-lts \(linux-lts/i, 'arch'],
    [/unraid/i, 'unraid'],
    [/\.fc\d\d/, 'fedora'],
    [/\.el\d/, 'rhel'],
    [/-MANJARO/i, 'manjaro'],
    [/Ubuntu/i, 'ubuntu'],
    [/@debian|Debian/, 'debian'],
    [/opensuse|suse/i, 'opensuse'],
    [/nixos|nixbld/i, 'nixos'],
    [/gentoo/i, 'gentoo'],
    [/truenas/i, 'truenas'],
  ];
  return marks.find(([pattern]) => pattern.test(text))?.[1];
}

function vm(facts: Facts, state: State): VmConfig {
  if (!state.vm) {
    state.vm = { options: {}, devices: [] };
    facts.vms.push(state.vm);
  }
  return state.vm;
}

function options(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(',').map((part) => {
      const at = part.indexOf('=');
      return at < 0 ? [part, '1'] : [part.slice(0, at), part.slice(at + 1)];
    }),
  );
}

function readCmdline(facts: Facts, text: string) {
  facts.cmdline = text.trim().split(/\s+/).slice(0, 300);
  for (const token of facts.cmdline) {
    const at = token.indexOf('=');
    const dot = token.indexOf('.');
    if (at < 0 || dot < 0 || dot > at) continue;
    const module = token.slice(0, dot);
    if (facts.moduleOptions.length < MAX_LIST && /^(?:vfio|kvm|nvidia|i915|pci)/.test(module))
      facts.moduleOptions.push({
        module,
        option: token.slice(dot + 1, at),
        value: token.slice(at + 1),
        line: 0,
      });
  }
}

/** Words of lspci's class names that stand in every head line of such a device (pci.ids, list of classes). */
const LSPCI_WORDS = [
  'controller',
  ' bridge',
  'Audio device',
  'Signal processing',
  'System peripheral',
  'Unclassified device',
  'Processing accelerators',
  'Multimedia',
  'Host bridge',
  'Co-processor',
  'Encryption',
  'Non-Essential',
  'SMBus [0c05]',
  'SMBus: ',
  'Performance counters',
  'Memory [05',
];

const READERS: readonly Reader[] = [
  {
    literals: ['Linux version '],
    pattern: /Linux version (\S+) (.*)/,
    read(facts, [, release = '', rest = '']) {
      facts.kernel = release;
      const distribution = distributionOf(`${release} ${rest}`);
      if (distribution) facts.distribution = distribution;
    },
  },
  {
    literals: ['Command line: ', 'BOOT_IMAGE='],
    pattern: /(?:Command line: (.*)|^(?:\$? ?(?:# )?cat \/proc\/cmdline\s*)?((?:initrd=\S+ )?BOOT_IMAGE=.*))/,
    read: (facts, [, kernel, pasted]) => readCmdline(facts, kernel ?? pasted ?? ''),
  },
  {
    literals: ['] type 0', '] type 1'],
    pattern: bdf('pci (BDF): \\[([0-9a-f]{4}:[0-9a-f]{4})\\] type [0-9a-f]{2} class 0x([0-9a-f]{4})'),
    read(facts, [, at = '', id = '', cls = ''], line) {
      Object.assign(deviceAt(facts, at), { id, class: cls, line: line.no });
    },
  },
  {
    literals: ['iommu group ', ' to group '],
    pattern: bdf('(?:(BDF): Adding to iommu group (\\d+)|Adding device (BDF) to group (\\d+))'),
    read(facts, [, at, group, oldAt, oldGroup]) {
      deviceAt(facts, at ?? oldAt ?? '').iommuGroup = Number(group ?? oldGroup);
      if (!facts.flags.has('iommu')) facts.flags.set('iommu', { value: 'on', line: 0 });
    },
  },
  {
    // lspci head line, alone or behind `IOMMU Group 14 `: `04:00.3 USB controller [0c03]: AMD ... [1022:1639] (rev ff)`
    literals: LSPCI_WORDS,
    pattern: bdf(
      '^(?:IOMMU [Gg]roup:? ?(\\d+):?\\s+)?(BDF) ("?[A-Z][A-Za-z /-]{2,60}?"?)(?: \\[([0-9a-f]{4})\\])?: (.*)$',
    ),
    read(facts, [, group, at = '', , cls, rest = ''], line, state) {
      const device = deviceAt(facts, at);
      const id = /\[([0-9a-f]{4}:[0-9a-f]{4})\](?!.*\[[0-9a-f]{4}:[0-9a-f]{4}\])/.exec(rest)?.[1];
      const revision = /\(rev ([0-9a-f]{2})\)/.exec(rest)?.[1];
      device.name = rest
        .replace(/ \(rev [0-9a-f]{2}\).*| \(prog-if.*/, '')
        .replace(/ \[[0-9a-f]{4}:[0-9a-f]{4}\]$/, '');
      device.line = line.no;
      if (cls) device.class = cls;
      if (id) device.id = id;
      if (revision) device.revision = revision;
      const number = group === undefined ? state.group : Number(group);
      if (number !== undefined) device.iommuGroup = number;
      state.lspci = device;
    },
  },
  {
    literals: ['IOMMU Group ', 'IOMMU group ', 'IOMMU_GROUP '],
    pattern: /^(?:#+ ?)?IOMMU[ _][Gg](?:roup|ROUP):? ?(\d+):?\s*$/,
    read(_facts, [, group], _line, state) {
      state.group = Number(group);
    },
  },
  {
    literals: ['Kernel driver in use:'],
    pattern: /Kernel driver in use: (\S+)/,
    read(_facts, [, driver = ''], _line, state) {
      if (state.lspci) state.lspci.driver = driver;
    },
  },
  {
    literals: ['Kernel modules:'],
    pattern: /Kernel modules: (.+)/,
    read(_facts, [, modules = ''], _line, state) {
      if (!state.lspci) return;
      state.lspci.modules = modules.split(/,\s*/);
      // lspci -k prints the driver line first: modules without it mean that nothing is bound.
      state.lspci.driver ??= '';
    },
  },
  {
    literals: ['Subsystem:'],
    pattern: /Subsystem: .*\[([0-9a-f]{4}:[0-9a-f]{4})\]/,
    read(_facts, [, id = ''], _line, state) {
      if (state.lspci) state.lspci.subsystem = id;
    },
  },
  {
    literals: ['vfio_pci: add ['],
    pattern: /vfio_pci: add \[([0-9a-f]{4}:[0-9a-f]{4})/,
    read(facts, [, id = ''], line) {
      const known = facts.moduleOptions.find((o) => o.module === 'vfio-pci' && o.option === 'ids.loaded');
      if (known?.value.split(',').includes(id)) return;
      const value = known ? `${known.value},${id}` : id;
      facts.moduleOptions = facts.moduleOptions.filter((o) => o !== known);
      facts.moduleOptions.push({ module: 'vfio-pci', option: 'ids.loaded', value, line: line.no });
    },
  },
  {
    literals: ['options '],
    pattern: /^options (\S+) (\S.*)$/,
    read(facts, [, module = '', rest = ''], line) {
      for (const [option, value] of Object.entries(
        options(rest.trim().replaceAll(',', '\u0000').replace(/\s+/g, ',')),
      ))
        if (facts.moduleOptions.length < MAX_LIST)
          facts.moduleOptions.push({ module, option, value: value.replaceAll('\u0000', ','), line: line.no });
    },
  },
  {
    literals: ['softdep '],
    pattern: /^softdep (\S+) pre: (\S.*)$/,
    read(facts, [, module = '', pre = ''], line) {
      if (facts.softdeps.length < MAX_LIST)
        facts.softdeps.push({ module, pre: pre.split(/\s+/), line: line.no });
    },
  },
  {
    literals: ['blacklist '],
    pattern: /^blacklist (\S+)$/,
    read(facts, [, module = ''], line) {
      if (facts.blacklists.length < MAX_LIST) facts.blacklists.push({ module, line: line.no });
    },
  },
  {
    literals: ['hostpci'],
    pattern: /^(?:\S{0,40}\s)?(hostpci\d{1,2}): (\S+)/,
    read(facts, [, key = '', value = ''], line, state) {
      const parsed = options(value.replace(/^host=/, ''));
      const [host = ''] = Object.keys(parsed);
      const config = vm(facts, state);
      if (config.devices.length < MAX_LIST)
        config.devices.push({ key, host, options: parsed, line: line.no });
    },
  },
  {
    literals: [
      'machine: ',
      'bios: ovmf',
      'bios: seabios',
      'memory: ',
      'balloon: ',
      'vmgenid: ',
      'scsihw: ',
      'ostype: ',
    ],
    pattern: /^(machine|bios|memory|balloon|vmgenid|scsihw|ostype): (\S+)$/,
    read(facts, [, key = '', value = ''], _line, state) {
      const config = vm(facts, state);
      config.options[key] = value;
      if (key === 'machine' || key === 'bios' || key === 'memory') config[key] = value;
    },
  },
  {
    literals: ['pve-manager/', 'pve-manager: ', 'proxmox-ve: '],
    pattern: /(?:pve-manager[/:] ?|proxmox-ve: )(\d+\.\d+(?:[.-]\d+)*)/,
    read(facts, [, version = '']) {
      facts.pve = version;
      facts.distribution = 'proxmox';
    },
  },
  {
    literals: ['QEMU emulator version ', 'pve-qemu-kvm: '],
    pattern: /(?:QEMU emulator version|pve-qemu-kvm:) (\d+\.\d+(?:\.\d+)?)/,
    read(facts, [, version = '']) {
      facts.qemu = version;
    },
  },
  {
    literals: ['libvirt version: '],
    pattern: /libvirt version: (\d+\.\d+\.\d+)/,
    read(facts, [, version = '']) {
      facts.libvirt = version;
    },
  },
  {
    literals: ['qemu version: '],
    pattern: /qemu version: (\d+\.\d+\.\d+)/,
    read(facts, [, version = '']) {
      facts.qemu = version;
    },
  },
  {
    literals: ['smpboot: CPU0: '],
    pattern: /smpboot: CPU0: (.*?)(?: \(family|$)/,
    read(facts, [, name = '']) {
      facts.cpu = name;
      facts.cpuVendor = /AMD|Hygon/i.test(name) ? 'amd' : 'intel';
    },
  },
  {
    literals: [', BIOS '],
    pattern: /(?:^DMI: |Hardware name: )(.{2,120}?), BIOS (\S+(?: \S+)?)/,
    read(facts, [, board = '', bios = '']) {
      facts.board = board;
      facts.bios = bios;
    },
  },
  {
    literals: ['AMD-Vi: ', 'kvm_amd', 'AuthenticAMD'],
    pattern: /AMD-Vi: |kvm_amd|AuthenticAMD/,
    read(facts) {
      facts.cpuVendor ??= 'amd';
    },
  },
  {
    literals: ['ACPI: DMAR', 'DMAR: ', 'kvm_intel', 'GenuineIntel'],
    pattern: /ACPI: DMAR|DMAR: |kvm_intel|GenuineIntel/,
    read(facts) {
      facts.cpuVendor ??= 'intel';
    },
  },
  {
    literals: ['Secure boot enabled', 'Secure boot disabled', 'Kernel is locked down'],
    pattern: /(Secure boot (?:enabled|disabled)|Kernel is locked down)/,
    read(facts, [, text = ''], line) {
      if (text.startsWith('Kernel')) facts.flags.set('lockdown', { value: 'on', line: line.no });
      else facts.flags.set('secure-boot', { value: text.endsWith('enabled') ? 'on' : 'off', line: line.no });
    },
  },
];

/** The literals of all readers; the reader of literal `i` is told by the same index. */
export const FACT_LITERALS: readonly string[] = READERS.flatMap((r) => r.literals);
const READER_OF = READERS.flatMap((r) => r.literals.map(() => r));

export interface FactReader {
  readonly facts: Facts;
  /** Reads `line`, which holds the literals with these indexes of FACT_LITERALS. */
  read(line: Line, literals: readonly number[]): void;
}

export function createFactReader(): FactReader {
  const facts = emptyFacts();
  const state: State = { lspci: undefined, group: undefined, vm: undefined };
  return {
    facts,
    read(line, literals) {
      for (const reader of new Set(literals.map((i) => READER_OF[i]))) {
        const m = reader?.pattern.exec(line.text);
        if (m) reader?.read(facts, m as unknown as readonly string[], line, state);
      }
    },
  };
}
