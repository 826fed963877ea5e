// What is known of the machine: devices, guests, settings.

/** PCI address in full form, lower case: `0000:04:00.3` (VMD domains have more digits: `10000:01:00.0`). */
export type Bdf = string;

/** `vendor:device` or `vendor:device:subvendor:subdevice`, lower-case hex without 0x. */
export type PciId = string;

/** One PCI function as far as the input tells. */
export interface PciDevice {
  readonly bdf: Bdf;
  id?: PciId;
  subsystem?: PciId;
  /** Four hex digits of class and subclass (`0300`), as in lspci -nn or `class 0x030000`. */
  class?: string;
  name?: string;
  /** Two hex digits; `ff` means that config space reads all ones. */
  revision?: string;
  /** Driver that is bound; `''` when the input shows that none is. */
  driver?: string;
  modules?: string[];
  iommuGroup?: number;
  /** 1-based line that showed this device last. */
  line?: number;
}

export interface VmDevice {
  /** `hostpci0`, `hostdev1`, ... as the configuration calls it. */
  readonly key: string;
  readonly host: string;
  readonly options: Readonly<Record<string, string>>;
  readonly line: number;
}

export interface VmConfig {
  vmid?: string;
  name?: string;
  machine?: string;
  bios?: string;
  memory?: string;
  cpu?: string;
  options: Record<string, string>;
  devices: VmDevice[];
  /** Told by a QEMU command line or error, not by a configuration. */
  inferred?: true;
}

export interface ModuleOption {
  readonly module: string;
  readonly option: string;
  readonly value: string;
  readonly line: number;
}

/**
 * What the input or the live host says of the machine. A missing value means unknown, which is never the same as false.
 * `flags` are yes/no or one-word facts that rules set by `sets:` (`iommu: on`, `interrupt-remapping: off`).
 */
export interface Facts {
  kernel?: string;
  qemu?: string;
  libvirt?: string;
  pve?: string;
  /** `proxmox`, `debian`, `ubuntu`, `arch`, `fedora`, `opensuse`, `unraid`, `nixos`, `pop`, `rhel`, ... */
  distribution?: string;
  cpuVendor?: 'intel' | 'amd';
  cpu?: string;
  board?: string;
  bios?: string;
  hostname?: string;
  bootLoader?: string;
  /**
   * Whether the input has to do with passthrough: devices are given away; guests run; or, told by a whole log, neither.
   */
  passthrough?: 'seen' | 'guests' | 'absent';
  /** The running kernel command line, token by token. */
  cmdline?: readonly string[];
  /** What /etc/default/grub or /etc/kernel/cmdline give to the next boot, as far as the input shows them. */
  cmdlineConfigured?: readonly string[];
  devices: Map<Bdf, PciDevice>;
  moduleOptions: ModuleOption[];
  softdeps: { readonly module: string; readonly pre: readonly string[]; readonly line: number }[];
  blacklists: { readonly module: string; readonly line: number }[];
  modulesLoad: { readonly module: string; readonly line: number }[];
  vms: VmConfig[];
  flags: Map<string, { readonly value: string; readonly line: number }>;
}
