// What settings show by themselves: each observation on a paste that has the fault, and on one that has it not.
import { describe, expect, it } from 'vitest';
import { diagnoseTexts } from './support/rule-base.ts';

const CARD =
  '01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GP104 [10de:1b81] (rev a1)\n\tKernel driver in use: DRIVER\n\tKernel modules: nouveau\n02:00.0 Ethernet controller [0200]: Realtek RTL8111 [10ec:8168] (rev 15)\n03:00.0 SATA controller [0106]: ASMedia ASM1062 [1b21:0612] (rev 02)';
const card = (driver: string) => CARD.replace('DRIVER', driver);
const IDS = 'options vfio-pci ids=10de:1b81\n';

const TABLE: readonly (readonly [rule: string, with_: string, without: string])[] = [
  ['ids-not-taken', `${IDS}${card('nouveau')}`, `${IDS}${card('vfio-pci')}`],
  [
    'ids-argument-misspelt',
    'BOOT_IMAGE=/vmlinuz quiet vfio-pci-ids=10de:1b81',
    'BOOT_IMAGE=/vmlinuz quiet vfio-pci.ids=10de:1b81',
  ],
  ['ids-unmatched', `options vfio-pci ids=10de:1b82\n${card('vfio-pci')}`, `${IDS}${card('vfio-pci')}`],
  [
    'vm-device-on-host-driver',
    `hostpci0: 0000:01:00.0,pcie=1\n${card('nouveau')}\nTASK ERROR: can't unbind/bind PCI group to VFIO '0000:01:00.0'`,
    `hostpci0: 0000:01:00.0,pcie=1\n${card('nouveau')}`,
  ],
  [
    'vm-device-absent',
    `hostpci0: 0000:05:00,pcie=1\n${card('vfio-pci')}`,
    `hostpci0: 0000:01:00\n${card('vfio-pci')}`,
  ],
  [
    'ids-twice',
    'options vfio-pci ids=1022:1639,1022:1639',
    'options vfio-pci ids=1022:1639,1022:1640\n[ 1.0] vfio_pci: add [1022:1639[ffffffff:ffffffff]] class 0x000000/00000000',
  ],
  ['amd-iommu-on', 'BOOT_IMAGE=/vmlinuz ro amd_iommu=on', 'BOOT_IMAGE=/vmlinuz ro amd_iommu=off'],
  [
    'iommu-of-other-vendor',
    '[ 0.0] AMD-Vi: Interrupt remapping enabled\nBOOT_IMAGE=/vmlinuz ro intel_iommu=on',
    '[ 0.0] ACPI: DMAR 0x1 000070\nBOOT_IMAGE=/vmlinuz ro intel_iommu=on',
  ],
  [
    'virqfd-listed',
    'Linux version 6.8.12-4-pve (build@proxmox)\nvfio_virqfd',
    'Linux version 5.15.0-1-pve (build@proxmox)\nvfio_virqfd',
  ],
  [
    'excerpt-on-host-driver',
    '01:00.0 VGA compatible controller [0300]: Vendor Card [10de:1c03]\n\tKernel driver in use: nouveau',
    '01:00.0 VGA compatible controller [0300]: Vendor Card [10de:1c03]\n\tKernel driver in use: vfio-pci\n02:00.0 VGA compatible controller [0300]: Vendor Screen [1a03:2000]\n\tKernel driver in use: ast',
  ],
  ['usb-storage-blacklisted', 'blacklist usb-storage', 'blacklist nouveau'],
  ['vfio-blacklisted', 'blacklist vfio-pci', '# blacklist vfio-pci'],
  [
    'cmdline-many-lines',
    'root=ZFS=rpool/ROOT/pve-1 boot=zfs\nintel_iommu=on',
    'root=ZFS=rpool/ROOT/pve-1 boot=zfs intel_iommu=on',
  ],
  [
    'cmdline-not-in-force',
    'GRUB_CMDLINE_LINUX_DEFAULT="quiet intel_iommu=on"\nBOOT_IMAGE=/vmlinuz ro quiet',
    'GRUB_CMDLINE_LINUX_DEFAULT="quiet intel_iommu=on"\nBOOT_IMAGE=/vmlinuz ro quiet intel_iommu=on',
  ],
  ['softdep-reversed', 'softdep vfio-pci pre: nvidia', 'softdep nvidia pre: vfio-pci'],
];

const found = (text: string) => diagnoseTexts({ 'paste.txt': text }).findings.map((f) => f.rule);

describe('observations over settings', () => {
  it.each(TABLE)('%s', (rule, with_, without) => {
    expect(found(with_)).toContain(rule);
    expect(found(without)).not.toContain(rule);
  });
});

it('tells the group of a failure, not the groups of a healthy boot', () => {
  const boot =
    '[ 0.5] pci 0000:01:00.0: [10de:1b81] type 00 class 0x030000\n[ 0.5] pci 0000:01:00.1: [10de:10f0] type 00 class 0x040300\n[ 0.6] pci 0000:01:00.0: Adding to iommu group 14\n[ 0.6] pci 0000:01:00.1: Adding to iommu group 14';
  expect(found(boot)).not.toContain('group-mates-on-host-drivers');
  const failed = `${boot}\nkvm: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: group 14 is not viable`;
  expect(found(failed)).toContain('group-mates-on-host-drivers');
  // The device itself and the bridge above it are no neighbours that could be in the way.
  const alone =
    'IOMMU Group 1:\n\t00:01.0 PCI bridge [0604]: Intel Corporation PCIe x16 Controller [8086:0c01]\n\t01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GP104 [10de:1b81]\nkvm: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: group 1 is not viable';
  expect(found(alone)).not.toContain('group-mates-on-host-drivers');
});
