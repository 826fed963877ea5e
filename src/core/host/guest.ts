// What passthrough needs to know of a guest, whoever runs it.

export interface GuestDevice {
  /** `hostpci0`, `hostdev1`, `args`. */
  readonly key: string;
  /** As the configuration names it: `01:00`, `0000:01:00.0`, `mapping=gpu`. */
  readonly named: string;
  /** The functions meant, `0000:01:00` standing for all of its slot. Empty when a mapping cannot be resolved. */
  readonly hosts: readonly string[];
  readonly mapping?: string;
  readonly pcie?: boolean;
  readonly primaryGpu?: boolean;
  readonly romfile?: string;
  readonly rombar?: boolean;
  readonly mdev?: string;
  readonly managed?: boolean;
}

/** A USB device that the guest gets through QEMU's emulated controller instead of a real one. */
export interface GuestUsb {
  readonly key: string;
  /** `1d6b:0002`, `1-2.3`, `bus 1 device 4`. */
  readonly host: string;
  /** `usb3=1` in Proxmox, or a controller of model qemu-xhci / nec-xhci in libvirt. */
  readonly usb3: boolean;
}

export interface Guest {
  readonly kind: 'proxmox' | 'libvirt';
  /** VMID or domain name: what the user types. */
  readonly id: string;
  readonly name?: string;
  readonly file: string;
  readonly machine?: string;
  readonly q35?: boolean;
  readonly ovmf: boolean;
  /** MiB. */
  readonly memory?: number;
  /** `1024`, `2`, `any`, or `on` where libvirt gives no size. */
  readonly hugepages?: string;
  readonly ballooning?: boolean;
  readonly cpu?: string;
  /** Guest address bits when the configuration fixes them. */
  readonly physBits?: number;
  readonly devices: readonly GuestDevice[];
  readonly usb: readonly GuestUsb[];
  readonly running?: boolean;
  readonly autostart?: boolean;
  /** Every plain `key: value` of a Proxmox configuration, for rules. */
  readonly options: Readonly<Record<string, string>>;
}
