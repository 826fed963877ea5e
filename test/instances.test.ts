// The known faults of versions (`instances` of a cause): each is raised by its line on a version that has it, and on no other.
import { describe, expect, it } from 'vitest';
import { base, diagnoseTexts } from './support/rule-base.ts';

const KERNEL = (release: string, rest = '(build@host) #1 SMP PREEMPT_DYNAMIC') =>
  `Linux version ${release} ${rest}`;
const RIP = (place: string) =>
  `BUG: kernel NULL pointer dereference, address: 0000000000000460\nRIP: 0010:${place}`;
const NO_RESET = 'kvm: vfio: Cannot reset device 0000:0a:00.0, no available reset mechanism.';
const BAD_ADDRESS = 'error: kvm run failed Bad address';
const GET_DEVICE =
  'kvm: -device vfio-pci,host=0000:0a:10.0: vfio 0000:0a:10.0: error getting device from group 33: Permission denied';
const NOT_VIABLE = 'kvm: -device vfio-pci,host=0000:0a:00.0: vfio 0000:0a:00.0: group 21 is not viable';
const INTX =
  'kvm: -device vfio-pci,host=0000:0a:00.0: vfio 0000:0a:00.0: VFIO_DEVICE_SET_IRQS failure: Transport endpoint is not connected';
const SEGFAULT =
  'qemu-system-x86[4711]: segfault at 18 ip 000055d0c0ffee00 sp 00007ffd00000000 error 4 in qemu-system-x86_64[55d0c0a00000+600000]';
const NEW_ID = "error writing '10de 2805' to '/sys/bus/pci/drivers/vfio-pci/new_id': File exists";
const DISCARD =
  'kvm: -device vfio-pci,host=0a:00.0: vfio 0000:0a:00.0: Cannot set discarding of RAM broken: Device or resource busy';
const RAMFB = 'qemu-system-x86_64: -device {"driver":"vfio-pci"}: Property \'vfio-pci.ramfb\' not found';
const IGFX =
  'pci 0000:00:02.0: DMAR: Disabling IOMMU for graphics on this chipset\nkvm: vfio 0000:00:02.0: no iommu_group found: No such file or directory';
const ARC =
  '0a:00.0 VGA compatible controller [0300]: Intel Corporation DG2 [Arc A770] [8086:56a0] (rev 08)\n[  90.0] vfio-pci 0000:0a:00.0: not ready 65535ms after resume; giving up';
const RDNA3_OOPS =
  'BUG: kernel NULL pointer dereference, address: 0000000000000460\nCPU: 3 PID: 812 Comm: rpc-libvirtd Tainted: G\nRIP: 0010:amdgpu_device_fini_hw+0x2d/0x150 [amdgpu]';
const DPC =
  'pcieport 0000:00:01.1: DPC: containment event, status:0x1f01 source:0x0000\npcieport 0000:00:01.1: pciehp: Slot(1): Card not present';
const PINNING =
  'watchdog: BUG: soft lockup - CPU#3 stuck for 26s! [qemu-system-x86:4711]\nRIP: 0010:vfio_pin_pages_remote+0x2d/0x150 [vfio_iommu_type1]';
const MSIX =
  'kvm: -device vfio-pci,host=0000:0a:00.0: vfio 0000:0a:00.0: Failed to set up TRIGGER eventfd signaling for interrupt INTX-0: VFIO_DEVICE_SET_IRQS failure: Invalid argument';
const qemu = (version: string) => `QEMU emulator version ${version}`;
const pve = (version: string) => `pve-manager: ${version} (running version: ${version}/0123456789abcdef)`;

describe('known faults of versions', () => {
  it.each<[string, string, string, boolean]>([
    ['bus-resets-refused', KERNEL('6.14.2-arch1-1'), NO_RESET, true],
    ['bus-resets-refused', KERNEL('6.14.4-arch1-1'), NO_RESET, false],
    [
      'bus-resets-refused',
      KERNEL('6.1.0-33-amd64', '(debian) #1 SMP PREEMPT_DYNAMIC Debian 6.1.134-1'),
      NO_RESET,
      true,
    ],
    [
      'bus-resets-refused',
      KERNEL('6.1.0-34-amd64', '(debian) #1 SMP PREEMPT_DYNAMIC Debian 6.1.135-1'),
      NO_RESET,
      false,
    ],
    ['bus-resets-refused', 'nothing tells the version', NO_RESET, false],
    // the ends of each range: last good, first bad, last bad, first mended
    ['bus-resets-refused', KERNEL('6.14.1-arch1-1'), NO_RESET, false],
    ['bus-resets-refused', KERNEL('6.14.3-arch1-1'), NO_RESET, true],
    ['bus-resets-refused', KERNEL('6.12.22-1-lts'), NO_RESET, false],
    ['bus-resets-refused', KERNEL('6.12.23-1-lts'), NO_RESET, true],
    ['bus-resets-refused', KERNEL('6.12.25-1-lts'), NO_RESET, false],
    ['bus-resets-refused', KERNEL('6.6.86'), NO_RESET, false],
    ['bus-resets-refused', KERNEL('6.6.87'), NO_RESET, true],
    ['bus-resets-refused', KERNEL('6.6.88'), NO_RESET, false],
    ['bus-resets-refused', KERNEL('6.8.12-4-pve'), NO_RESET, false],
    ['bus-resets-refused', KERNEL('5.14.0-427.el9.x86_64'), NO_RESET, false],
    // Debian and Ubuntu name the version that theirs is made of elsewhere in the line
    ['bus-resets-refused', KERNEL('6.1.0-18-amd64'), NO_RESET, false],
    ['large-faults-misaligned', KERNEL('6.14.6-zen1-1-zen'), BAD_ADDRESS, true],
    ['large-faults-misaligned', KERNEL('6.12.9-arch1-1'), BAD_ADDRESS, false],
    ['large-faults-misaligned', KERNEL('6.14.0-15-generic'), BAD_ADDRESS, false],
    [
      'large-faults-misaligned',
      KERNEL('6.14.0-15-generic', '(b) #15-Ubuntu SMP (Ubuntu 6.14.0-15.15-generic 6.14.0)'),
      BAD_ADDRESS,
      true,
    ],
    [
      'large-faults-misaligned',
      KERNEL('6.14.0-37-generic', '(b) #37-Ubuntu SMP (Ubuntu 6.14.0-37.37-generic 6.14.11)'),
      BAD_ADDRESS,
      false,
    ],
    ['vf-without-power-management', KERNEL('6.14.8-1-pve'), GET_DEVICE, true],
    ['vf-without-power-management', KERNEL('6.14.8-2-pve'), GET_DEVICE, false],
    [
      'amdgpu-idle-work-after-unbind',
      KERNEL('7.0.14-2-pve'),
      RIP('dc_allow_idle_optimizations_internal+0xa6/0xc40 [amdgpu]'),
      true,
    ],
    [
      'amdgpu-idle-work-after-unbind',
      KERNEL('7.0.14-2-pve'),
      RIP('amdgpu_device_fini_hw+0xa6/0xc40 [amdgpu]'),
      false,
    ],
    [
      'sriov-configure-at-unbind',
      KERNEL('7.2.2-1-cachyos'),
      RIP('vfio_pci_core_sriov_configure+0x2d/0x150 [vfio_pci_core]'),
      true,
    ],
    [
      'sriov-configure-at-unbind',
      KERNEL('6.12.43'),
      RIP('vfio_pci_core_sriov_configure+0x2d/0x150 [vfio_pci_core]'),
      false,
    ],
    [
      'avic-with-assigned-device',
      KERNEL('5.6.0-rc3'),
      RIP('svm_refresh_apicv_exec_ctrl+0xe4/0x110 [kvm_amd]'),
      true,
    ],
    ['groups-made-before-acs', KERNEL('6.12.80+deb13-amd64'), NOT_VIABLE, true],
    ['groups-made-before-acs', KERNEL('6.12.83+deb13-amd64'), NOT_VIABLE, false],
    ['groups-made-before-acs', KERNEL('6.12.74+deb13-amd64'), NOT_VIABLE, false],
    ['groups-made-before-acs', KERNEL('6.8.12-28-pve'), NOT_VIABLE, false],
    ['groups-made-before-acs', KERNEL('6.8.12-29-pve'), NOT_VIABLE, true],
    ['groups-made-before-acs', KERNEL('6.8.12-30-pve'), NOT_VIABLE, false],
    ['groups-made-before-acs', KERNEL('5.14.0-427.el9.x86_64'), NOT_VIABLE, false],
    ['groups-made-before-acs', KERNEL('6.1.0-18-amd64'), NOT_VIABLE, false],
    ['acs-quirks-forgotten', KERNEL('6.11.0-1-pve'), NOT_VIABLE, true],
    ['acs-quirks-forgotten', KERNEL('6.11.0-2-pve'), NOT_VIABLE, false],
    ['acs-quirks-forgotten', KERNEL('6.11.5-arch1-1'), NOT_VIABLE, true],
    ['proxmox-graphics-without-dmar', KERNEL('6.8.12-4-pve'), IGFX, true],
    ['proxmox-graphics-without-dmar', KERNEL('6.8.12-5-pve'), IGFX, false],
    ['proxmox-graphics-without-dmar', KERNEL('6.11.0-1-pve'), IGFX, true],
    ['proxmox-graphics-without-dmar', KERNEL('6.14.8-2-pve'), IGFX, false],
    [
      'proxmox-graphics-without-dmar',
      `${KERNEL('6.8.12-4-pve')}\nCommand line: BOOT_IMAGE=/vmlinuz intel_iommu=on,igfx_off`,
      IGFX,
      false,
    ],
    ['ubuntu-graphics-without-dmar', KERNEL('6.8.12-4-pve'), IGFX, false],
    ['ubuntu-graphics-without-dmar', KERNEL('6.5.0-45-generic', '(b) #45-Ubuntu SMP'), IGFX, false],
    ['ubuntu-graphics-without-dmar', KERNEL('6.8.0-51-generic', '(b) #52-Ubuntu SMP'), IGFX, true],
    ['ubuntu-graphics-without-dmar', KERNEL('6.14.0-37-generic', '(b) #37-Ubuntu SMP'), IGFX, true],
    ['ubuntu-graphics-without-dmar', KERNEL('6.8.12-arch1-1'), IGFX, false],
    ['intx-not-connected', KERNEL('6.12.12-arch1-1'), INTX, true],
    ['intx-not-connected', KERNEL('6.1.140'), INTX, true],
    ['intx-not-connected', KERNEL('6.1.141'), INTX, false],
    ['intx-not-connected', KERNEL('6.12.30'), INTX, true],
    ['intx-not-connected', KERNEL('6.15.0'), INTX, false],
    ['large-faults-misaligned', KERNEL('6.12.10'), BAD_ADDRESS, true],
    ['large-faults-misaligned', KERNEL('6.12.28'), BAD_ADDRESS, true],
    ['large-faults-misaligned', KERNEL('6.12.29'), BAD_ADDRESS, false],
    ['large-faults-misaligned', KERNEL('6.14.7'), BAD_ADDRESS, false],
    ['large-faults-misaligned', KERNEL('5.14.0-427.el9.x86_64'), BAD_ADDRESS, false],
    ['vf-without-power-management', KERNEL('6.8.12-11-pve'), GET_DEVICE, false],
    ['vf-without-power-management', KERNEL('6.8.12-12-pve'), GET_DEVICE, true],
    ['vf-without-power-management', KERNEL('6.8.12-13-pve'), GET_DEVICE, false],
    ['vf-without-power-management', KERNEL('6.8.12-12-generic'), GET_DEVICE, false],
    ['acs-quirks-forgotten', KERNEL('6.11.7-arch1-1'), NOT_VIABLE, false],
    ['arc-left-in-d3cold', KERNEL('6.1.0-18-amd64', '(d) #1 SMP Debian 6.1.76-1'), ARC, false],
    ['arc-left-in-d3cold', KERNEL('6.2.0'), ARC, true],
    ['rdna3-taken-from-amdgpu', KERNEL('6.14.11'), RDNA3_OOPS, false],
    ['rdna3-taken-from-amdgpu', KERNEL('6.15.9'), RDNA3_OOPS, true],
    ['rdna3-taken-from-amdgpu', KERNEL('6.17.0'), RDNA3_OOPS, false],
    ['presence-change-after-dpc', KERNEL('6.12.40'), DPC, false],
    ['presence-change-after-dpc', KERNEL('6.13.1'), DPC, true],
    ['presence-change-after-dpc', KERNEL('6.16.0'), DPC, false],
    ['long-pinning-without-a-break', KERNEL('6.12.42'), PINNING, true],
    ['long-pinning-without-a-break', KERNEL('6.12.43'), PINNING, false],
    ['long-pinning-without-a-break', KERNEL('6.17.1'), PINNING, false],
    ['msix-index-left-set', qemu('8.1.5'), MSIX, false],
    ['msix-index-left-set', qemu('8.2.0'), MSIX, true],
    ['msix-index-left-set', qemu('9.0.0'), MSIX, false],
    ['region-info-cache', qemu('10.0.3'), SEGFAULT, false],
    ['vfio-device-list', qemu('8.1.5'), SEGFAULT, false],
    ['vfio-device-list', qemu('8.2.1'), SEGFAULT, false],
    ['sev-snp-discard', qemu('9.0.2'), DISCARD, false],
    ['libvirt-ramfb-on-vfio-pci', 'libvirt version: 7.8.0, package: 1', RAMFB, false],
    ['libvirt-ramfb-on-vfio-pci', 'libvirt version: 7.10.0, package: 1', RAMFB, false],
    ['intx-not-connected', KERNEL('6.12.31'), INTX, false],
    ['region-info-cache', qemu('10.1.0'), SEGFAULT, true],
    ['region-info-cache', qemu('10.1.2'), SEGFAULT, false],
    ['vfio-device-list', qemu('8.2.0'), SEGFAULT, true],
    ['sev-snp-discard', qemu('9.1.2'), DISCARD, true],
    ['sev-snp-discard', qemu('9.2.0'), DISCARD, false],
    ['pve-second-device-of-an-id', pve('8.2.8'), NEW_ID, true],
    ['pve-second-device-of-an-id', 'nothing tells the version', NEW_ID, true],
    ['pve-second-device-of-an-id', pve('8.3.1'), NEW_ID, false],
    ['libvirt-ramfb-on-vfio-pci', 'libvirt version: 7.9.0, package: 1', RAMFB, true],
    ['libvirt-ramfb-on-vfio-pci', 'libvirt version: 10.0.0, package: 1', RAMFB, false],
  ])('%s: %s', (id, version, line, raised) => {
    const instance = [...base.causes.values()].flatMap((c) => c.instances).find((i) => i.id === id);
    const { diagnoses } = diagnoseTexts({ log: `${version}\n${line}\n` });
    const told = diagnoses.some((d) => d.why.includes(instance?.title ?? id));
    expect(told).toBe(raised);
    if (raised)
      expect(diagnoses.flatMap((d) => d.refs)).toEqual(expect.arrayContaining(instance?.refs.slice() ?? []));
  });

  it('has an id of its own for each', () => {
    const ids = [...base.causes.values()].flatMap((c) => c.instances.map((i) => i.id));
    expect(new Set(ids).size).toBe(ids.length);
  });
});
