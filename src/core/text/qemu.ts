// Who printed a line without an envelope: the kernel, QEMU, libvirt or Proxmox VE, told by how their lines begin.
import type { Source } from '../model.ts';

const BY_PROCESS: readonly (readonly [RegExp, Source])[] = [
  [/^(?:libvirtd|virtqemud|virtnodedevd|virsh|virtlogd)$/, 'libvirt'],
  [/^(?:qemu|kvm$|qemu-system-|qemu-kvm)/, 'qemu'],
  [/^(?:pve|qm$|pvedaemon|pvestatd|qmeventd|task )/, 'proxmox'],
];

const BY_TEXT: readonly (readonly [RegExp, Source])[] = [
  // a driver and its device, or a subsystem; QEMU begins with "vfio", tools with what they call the device
  [
    /^(?:(?!vfio |dev |device |gpu |card |error )[a-z][\w-]* [0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]:|(?:AMD-Vi|DMAR|DMAR-IR|IOMMU|PCI PM|VFIO|VFIO_FSL_MC|genirq|pci-p2pdma|(?:iommu )?ivhd\d+|get_irq_table):|Translation was enabled for IOMMU|IOMMU setup failed, DMAR)/,
    'kernel',
  ],
  [
    /^(?:TASK ERROR|start failed|stopping|swtpm_setup|UPID:|qm |pveversion|proxmox-ve:|can't (?:un)?bind\/?|no pci device info|error writing ')/,
    'proxmox',
  ],
  [
    /^(?:kvm|qemu-system-\S+|qemu-kvm|\S*\/qemu\S*|qemu): |^QEMU(?:: | emulator version)|-device vfio-pci|^vfio:? /,
    'qemu',
  ],
  [
    /^(?:error: |libvirt|internal error|Error starting domain|virsh|unsupported configuration)|libvirtError/,
    'libvirt',
  ],
];

/** `unknown` when nothing tells: such lines are offered to the rules of every source. */
export function sourceOf(text: string, process: string | undefined): Source {
  if (process) for (const [pattern, source] of BY_PROCESS) if (pattern.test(process)) return source;
  for (const [pattern, source] of BY_TEXT) if (pattern.test(text)) return source;
  return 'unknown';
}
