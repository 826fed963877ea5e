// PCI Express configuration space as far as isolation is concerned: port type and Access Control Services.
// Offsets and bits: PCI Express Base Specification, include/uapi/linux/pci_regs.h.

export type PortType =
  | 'root-port'
  | 'upstream'
  | 'downstream'
  | 'pci-bridge'
  | 'endpoint'
  | 'integrated'
  | 'other';

export interface Acs {
  readonly port: PortType;
  /** The device has the capability at all. */
  readonly capable: boolean;
  /** Source validation, request and completion redirect and upstream forwarding are all on, as the kernel's grouping asks
   *  for (drivers/iommu/iommu.c, REQ_ACS_FLAGS). */
  readonly isolates: boolean;
}

const CAP_ID_EXP = 0x10;
const EXT_CAP_ID_ACS = 0x000d;
/** PCI_ACS_SV | PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_UF */
const REQUIRED = 0x1d;
const PORTS: Readonly<Record<number, PortType>> = {
  0: 'endpoint',
  1: 'endpoint',
  4: 'root-port',
  5: 'upstream',
  6: 'downstream',
  7: 'pci-bridge',
  8: 'pci-bridge',
  9: 'integrated',
};

/** Port type and ACS of a config space dump of 256 bytes or more; undefined for a dump of all ones or too short a one. */
export function acsOf(config: Uint8Array): Acs | undefined {
  if (config.length < 256 || (config[0] === 0xff && config[1] === 0xff)) return undefined;
  const view = new DataView(config.buffer, config.byteOffset, config.byteLength);
  let port: PortType = 'other';
  let at = config[0x34] ?? 0;
  for (let hops = 0; at >= 0x40 && at < 0xff && hops < 48; hops++) {
    if (config[at] === CAP_ID_EXP) port = PORTS[(view.getUint16(at + 2, true) >> 4) & 15] ?? 'other';
    at = (config[at + 1] ?? 0) & 0xfc;
  }
  let ext = 0x100;
  for (let hops = 0; ext >= 0x100 && ext + 8 <= config.length && hops < 128; hops++) {
    const header = view.getUint32(ext, true);
    if (header === 0 || header === 0xffffffff) break;
    if ((header & 0xffff) === EXT_CAP_ID_ACS) {
      const capable = view.getUint16(ext + 4, true);
      const control = view.getUint16(ext + 6, true);
      // What a port does not implement it cannot violate: the kernel tests the implemented ones (pci_acs_flags_enabled()).
      const required = REQUIRED & capable;
      return { port, capable: true, isolates: (control & required) === required };
    }
    ext = header >>> 20;
  }
  return { port, capable: false, isolates: false };
}
