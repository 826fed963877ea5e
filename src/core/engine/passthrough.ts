// Does the input speak of passthrough? The errors of a host that gives no device away are no failed passthrough.
import type { Facts } from '../model.ts';

/** A line with one of these is of a host that gives devices away. */
export const PASSTHROUGH_LITERALS: readonly string[] = [
  'vfio-pci',
  'vfio_pci',
  'vfio-user',
  'vfio_iommu',
  'vfio_virqfd',
  'vfio_region',
  'vfio_listener',
  'vfio_container',
  'vfio_dma',
  'vfio_get',
  'vfio_err',
  'vfio_intx',
  'vfio_msi',
  // With the letters that messages of QEMU and the kernel begin with.
  ...Array.from('ACDEFHIMNTUVacdefghimnrsu', (letter) => `vfio: ${letter}`),
  'vfio 00',
  'vfio 10000:',
  '/dev/vfio',
  'VFIO_MAP',
  'VFIO_IOMMU',
  'VFIO_GROUP',
  'VFIO_DEVICE',
  'hostdev',
  'vfio-startup',
  'vfio-teardown',
  'vfio-bind',
  'nodedev-detach',
  'nodedev-reattach',
  'vendor-reset',
  'vendor_reset',
  'kvm: -device',
  'pcifront pci-',
  'pciback 0000:',
];

/** A line with one of these is of a host that runs guests, whatever they are given. */
export const GUEST_LITERALS: readonly string[] = [
  'qemu-system-',
  'kvm: error',
  'kvm: failed',
  'kvm: could',
  'kvm: Could',
  'kvm: cannot',
  'kvm: unable',
  'kvm: ../',
];

/** A host whose command line has one of these was set up for it. */
const ARGUMENT =
  /^(?:(?:intel|amd)_iommu=|iommu(?:\.passthrough)?=|vfio|pci-stub\.|xen-pciback\.|pcie_acs_override|kvm\.ignore_msrs|rd\.driver\.pre=vfio|initcall_blacklist=sysfb)/;

/** Of fewer lines somebody chose what to show; more are a whole log, which would show a guest if there were one. */
export const WHOLE_LOG = 200;

/** What was met while the lines were read. */
export interface Shown {
  passthrough: boolean;
  guests: boolean;
}

/** Undefined when the input is too short to tell. */
export function passthroughOf(facts: Facts, shown: Shown, lines: number): Facts['passthrough'] {
  if (
    shown.passthrough ||
    facts.flags.get('passthrough')?.value === 'seen' ||
    facts.vms.some((vm) => vm.devices.length > 0) ||
    facts.moduleOptions.some((o) => /^(?:vfio|pci[-_]stub)/.test(o.module)) ||
    facts.modulesLoad.some((m) => m.module.startsWith('vfio')) ||
    [...facts.devices.values()].some((d) => /vfio|pci-stub|pciback/.test(d.driver ?? '')) ||
    facts.cmdline?.some((token) => ARGUMENT.test(token))
  )
    return 'seen';
  const hypervisor = facts.distribution === 'proxmox' || facts.distribution === 'unraid';
  if (shown.guests || hypervisor || facts.vms.length > 0) return 'guests';
  return lines >= WHOLE_LOG ? 'absent' : undefined;
}
