// Facts of listings: lspci in its forms, and the IOMMU groups as the usual scripts, find(1) and pvesh print them.
import { bdf, deviceAt, type Reader, type State, setFlag } from './reader.ts';

/** Ends of lspci's class names that stand in every head line of such a device (pci.ids, list of classes). */
const CLASS_ENDS = [
  'controller',
  ' bridge',
  'Audio device',
  'Signal processing',
  'System peripheral',
  'Unclassified device',
  'Processing accelerators',
  'Multimedia',
  'Co-processor',
  'Encryption',
  'Non-Essential',
  'Performance counters',
];

/** What ends a class name: with its code (-nn), with a colon, or in quotes (-mm). The kernel's `PCI bridge to` has none. */
const LSPCI_LITERALS = [
  ...CLASS_ENDS.flatMap((end) => [`${end} [`, `${end}: `, `${end}": `]),
  'SMBus [0c05]',
  'SMBus: ',
  'Memory [05',
];

/** Class codes of the names that `lspci` without -nn shows (pci.ids, list of classes). */
const CLASS_CODES: Readonly<Record<string, string>> = {
  'VGA compatible controller': '0300',
  '3D controller': '0302',
  'Display controller': '0380',
  'Audio device': '0403',
  'Multimedia audio controller': '0401',
  'USB controller': '0c03',
  'Non-Volatile memory controller': '0108',
  'SATA controller': '0106',
  'RAID bus controller': '0104',
  'IDE interface': '0101',
  'SCSI storage controller': '0100',
  'Serial Attached SCSI controller': '0107',
  'Ethernet controller': '0200',
  'Network controller': '0280',
  'Infiniband controller': '0207',
  'Host bridge': '0600',
  'ISA bridge': '0601',
  'PCI bridge': '0604',
  SMBus: '0c05',
};

/** Classes of what guests are given most, as `lspci -n` shows them. */
const NUMERIC_CLASSES = ['0300', '0302', '0403', '0c03', '0200', '0108', '0107'];

const ID = '[0-9a-f]{4}:[0-9a-f]{4}';

function groupOf(text: string | undefined, state: State): number | undefined {
  return text === undefined ? state.group : Number(text);
}

export const LISTING_READERS: readonly Reader[] = [
  {
    // lspci head line, alone or behind its group: `IOMMU Group 14 04:00.3 USB controller [0c03]: ... [1022:1639] (rev ff)`,
    // `Group:  14  0000:04:00.3 ...`, or with the id in front: `IOMMU group 14: [1022:1639] 04:00.3 USB controller: ...`
    literals: LSPCI_LITERALS,
    pattern: bdf(
      `^(?:(?:IOMMU )?[Gg]roup:?\\s*(\\d+):?\\s+)?(?:\\[R\\]\\s*)?(?:\\[(${ID})\\]\\s+(?:\\[R\\]\\s*)?)?(BDF)\\s+("?[A-Z0-9][A-Za-z0-9 /-]{2,60}?"?)(?: \\[([0-9a-f]{4})\\])?: (.*)$`,
    ),
    read(facts, [, group, idInFront, at = '', className = '', cls, rest = ''], line, state) {
      const device = deviceAt(facts, at);
      const id =
        idInFront ?? /\[([0-9a-f]{4}:[0-9a-f]{4})\](?!.*\[[0-9a-f]{4}:[0-9a-f]{4}\])/.exec(rest)?.[1];
      const revision = /\(rev ([0-9a-f]{2})\)/.exec(rest)?.[1];
      device.name = rest
        .replace(/ \(rev [0-9a-f]{2}\).*| \(prog-if.*/, '')
        .replace(/ \[[0-9a-f]{4}:[0-9a-f]{4}\]$/, '');
      device.line = line.no;
      const code = cls ?? CLASS_CODES[className];
      if (code) device.class = code;
      if (id) device.id = id;
      if (revision) device.revision = revision;
      const number = groupOf(group, state);
      if (number !== undefined) device.iommuGroup = number;
      state.lspci = device;
    },
  },
  {
    // lspci -n: `09:00.0 0300: 10de:1b06 (rev a1)`
    literals: NUMERIC_CLASSES.map((code) => ` ${code}: `),
    pattern: bdf(`^(BDF) ([0-9a-f]{4}): (${ID})(?: \\(rev ([0-9a-f]{2})\\))?`),
    read(facts, [, at = '', code = '', id = '', revision], line, state) {
      const device = deviceAt(facts, at);
      Object.assign(device, { class: code, id, line: line.no, ...(revision && { revision }) });
      state.lspci = device;
    },
  },
  {
    // `IOMMU Group 14:`, `IOMMU group 14`, `### IOMMU_GROUP 14 ###`: the devices follow below. An empty `0 groups` line is none.
    literals: ['IOMMU Group ', 'IOMMU group ', 'IOMMU_GROUP ', 'IOMMU Group:', 'IOMMU group:'],
    pattern: /^(?:#+ ?)?IOMMU[ _][Gg](?:roup|ROUP):? ?(\d+)\s*:?\s*(?:#+)?$/,
    read(_facts, [, group], line, state) {
      // lspci -v prints `IOMMU group: 14` among the lines of one device.
      if (state.lspci && /^IOMMU group: \d+$/.test(line.text)) state.lspci.iommuGroup = Number(group);
      else {
        state.group = Number(group);
        state.lspci = undefined;
      }
    },
  },
  {
    // find /sys/kernel/iommu_groups -type l
    literals: ['/sys/kernel/iommu_groups/'],
    pattern: bdf('/sys/kernel/iommu_groups/(\\d+)/devices/(BDF)'),
    read(facts, [, group, at = '']) {
      deviceAt(facts, at).iommuGroup = Number(group);
      if (!facts.flags.has('iommu')) setFlag(facts, 'iommu', 'on', 0);
    },
  },
  {
    // readlink /sys/bus/pci/devices/0000:01:00.0/iommu_group, ls -l of it
    literals: ['/iommu_group'],
    pattern: bdf('(BDF)/iommu_group -> \\S{0,80}/iommu_groups/(\\d+)'),
    read(facts, [, at = '', group]) {
      deviceAt(facts, at).iommuGroup = Number(group);
    },
  },
  {
    // pvesh get /nodes/<node>/hardware/pci: class, device, id, iommugroup, vendor, device_name ... in a table
    literals: [' 0x10de ', ' 0x1002 ', ' 0x8086 ', ' 0x1022 '],
    pattern: bdf(
      '[\\u2502|] 0x([0-9a-f]{4})[0-9a-f]{2} +[\\u2502|] 0x([0-9a-f]{4}) +[\\u2502|] (BDF) +[\\u2502|] +(-?\\d+) +[\\u2502|] 0x([0-9a-f]{4})',
    ),
    read(facts, [, cls = '', deviceId = '', at = '', group, vendor = ''], line) {
      const device = deviceAt(facts, at);
      device.class = cls;
      device.id = `${vendor}:${deviceId}`;
      device.line = line.no;
      if (Number(group) >= 0) device.iommuGroup = Number(group);
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
    literals: ['Subsystem: '],
    pattern: /Subsystem: .*\[([0-9a-f]{4}:[0-9a-f]{4})\]/,
    read(_facts, [, id = ''], _line, state) {
      if (state.lspci) state.lspci.subsystem = id;
    },
  },
];
