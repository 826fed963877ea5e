// Who printed a line that has no kernel envelope: QEMU, libvirt or Proxmox VE, told by how their lines begin.
import type { Source } from '../model.ts';

const BY_PROCESS: readonly (readonly [RegExp, Source])[] = [
  [/^(?:libvirtd|virtqemud|virtnodedevd|virsh|virtlogd)$/, 'libvirt'],
  [/^(?:qemu|kvm$|qemu-system-|qemu-kvm)/, 'qemu'],
  [/^(?:pve|qm$|pvedaemon|pvestatd|qmeventd|task )/, 'proxmox'],
];

const BY_TEXT: readonly (readonly [RegExp, Source])[] = [
  [
    /^(?:TASK ERROR|start failed|stopping|swtpm_setup|UPID:|qm |pveversion|proxmox-ve:|can't (?:un)?bind\/?|no pci device info|error writing ')/,
    'proxmox',
  ],
  [/^(?:kvm|qemu-system-\S+|qemu-kvm|\S*\/qemu\S*): |^QEMU\b|-device vfio-pci|^vfio:? /, 'qemu'],
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
