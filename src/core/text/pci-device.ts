// What the class code and the driver of a PCI device say of it, wherever the device was read.

interface Classed {
  readonly class?: string;
}

/** A display controller of any kind. */
export const isDisplay = (device: Classed): boolean => device.class?.startsWith('03') ?? false;

/** A bridge of any kind, the parts of the chipset among them. */
export const isAnyBridge = (device: Classed): boolean => device.class?.startsWith('06') ?? false;

/** A bridge to another PCI bus: its driver leaves DMA alone, so it never keeps a group from a guest. */
export const isPciBridge = (device: Classed): boolean => device.class?.startsWith('0604') ?? false;

/** A driver that keeps the device free for a guest: those of vfio, and the stubs. */
export const isStub = (driver: string): boolean =>
  /^(?:vfio[-_]pci|.*[-_]vfio[-_]pci|pci-stub|(?:xen-)?pciback)$/.test(driver);
