// Names of devices from the machine's own pci.ids (https://pci-ids.ucw.cz, the file that lspci uses).
import type { PciId } from '../model.ts';
import { sanitize } from '../text/sanitize.ts';
import { got, type Tree } from './tree.ts';

const PLACES = ['/usr/share/misc/pci.ids', '/usr/share/hwdata/pci.ids', '/usr/share/pci.ids'];

/** A filter for the lines of pci.ids (vendors, then their devices behind a tab) that name one of `ids`. */
export function pciIdsFilter(ids: Iterable<PciId>): (line: string) => boolean {
  const byVendor = new Map<string, Set<string>>();
  for (const id of ids) {
    const [vendor = '', device = ''] = id.split(':');
    byVendor.set(vendor, (byVendor.get(vendor) ?? new Set()).add(device));
  }
  let devices: Set<string> | undefined;
  return (line) => {
    const head = line.charCodeAt(0);
    if (head === 9) return devices !== undefined && line.charCodeAt(1) !== 9 && devices.has(line.slice(1, 5));
    if (head === 35 || line.length < 5) return false;
    // The classes at the end of the file begin with `C `; ids are four hex digits and two blanks.
    devices = /^[0-9a-f]{4} {2}/.test(line) ? byVendor.get(line.slice(0, 4)) : undefined;
    return devices !== undefined;
  };
}

/** `10de:1b81` to `NVIDIA Corporation GP104 [GeForce GTX 1070]`, from the lines that the filter kept. */
export function parsePciIds(text: string): Map<PciId, string> {
  const names = new Map<PciId, string>();
  let vendor: { id: string; name: string } | undefined;
  for (const line of text.split('\n')) {
    const m = /^(\t?)([0-9a-f]{4}) {2}(.+)$/.exec(sanitize(line));
    if (!m) continue;
    const [, tab, id = '', name = ''] = m;
    if (tab === '') {
      vendor = { id, name };
      names.set(id, name);
    } else if (vendor) names.set(`${vendor.id}:${id}`, `${vendor.name} ${name}`);
  }
  return names;
}

/** The names of `ids`; empty when the machine has no pci.ids. The file is streamed, never held whole. */
export async function readNames(tree: Tree, ids: readonly PciId[]): Promise<Map<PciId, string>> {
  if (ids.length === 0) return new Map();
  for (const place of PLACES) {
    const text = got(await tree.pick(place, pciIdsFilter(ids)));
    if (text !== undefined) return parsePciIds(text);
  }
  return new Map();
}

/** The names of classes as lspci prints them (pci.ids, list of classes), those that machines with passthrough have. */
const CLASSES: Readonly<Record<string, string>> = {
  '0000': 'Non-VGA unclassified device',
  '0100': 'SCSI storage controller',
  '0101': 'IDE interface controller',
  '0104': 'RAID bus controller',
  '0106': 'SATA controller',
  '0107': 'Serial Attached SCSI controller',
  '0108': 'Non-Volatile memory controller',
  '0180': 'Mass storage controller',
  '0200': 'Ethernet controller',
  '0207': 'Infiniband controller',
  '0280': 'Network controller',
  '0300': 'VGA compatible controller',
  '0302': '3D controller',
  '0380': 'Display controller',
  '0400': 'Multimedia video controller',
  '0401': 'Multimedia audio controller',
  '0403': 'Audio device',
  '0480': 'Multimedia controller',
  '0500': 'RAM memory controller',
  '0580': 'Memory controller',
  '0600': 'Host bridge',
  '0601': 'ISA bridge',
  '0604': 'PCI bridge',
  '0680': 'Bridge controller',
  '0700': 'Serial controller',
  '0780': 'Communication controller',
  '0805': 'SD Host controller',
  '0806': 'IOMMU controller',
  '0880': 'System peripheral',
  '0c00': 'FireWire controller',
  '0c03': 'USB controller',
  '0c05': 'SMBus controller',
  '1080': 'Encryption controller',
  '1180': 'Signal processing controller',
  '1200': 'Processing accelerators',
  '1300': 'Non-Essential Instrumentation',
};

export function className(code: string | undefined): string {
  return (code && CLASSES[code]) ?? 'Unclassified device';
}
