// One line, several causes: what stands beside the line tells its root; where nothing does, the roots are all named.
import { describe, expect, it } from 'vitest';
import { diagnoseTexts } from './support/rule-base.ts';

const NO_RESET = 'kvm: vfio: Cannot reset device 0000:0a:00.0, no available reset mechanism.';
const D3 =
  '[  310.204117] vfio-pci 0000:0a:00.0: Unable to change power state from D3cold to D0, device inaccessible';
const SET_IOMMU =
  'qemu-system-x86_64: -device vfio-pci,host=0000:0a:00.0: vfio 0000:0a:00.0: failed to setup container for group 21: Failed to set iommu for container: Operation not permitted';
const MAP_DMA =
  'qemu-system-x86_64: -device vfio-pci,host=0000:0a:00.0: VFIO_MAP_DMA failed: Cannot allocate memory';
const PROBE = '[    4.118202] vfio-pci: probe of 0000:0a:00.0 failed with error -22';
const RESERVE =
  "[   88.100441] vfio-pci 0000:0a:00.0: BAR 0: can't reserve [mem 0xd0000000-0xdfffffff 64bit pref]";

const CONTAINER = 'kvm: -device vfio-pci,host=0a:00.0: vfio: failed to setup container for group 21';
const IGD = '[   90.402118] vfio-pci 0000:00:02.0: Failed to setup Intel IGD regions';

const RADEON =
  '0a:00.0 VGA compatible controller [0300]: Advanced Micro Devices, Inc. [AMD/ATI] Navi 10 [1002:731f] (rev c1)\n\tKernel driver in use: DRIVER\n\tKernel modules: amdgpu';
const radeon = (driver: string) => RADEON.replace('DRIVER', driver);

type Case = readonly [what: string, log: readonly string[], first: string];

const TABLE: Readonly<Record<string, readonly Case[]>> = {
  'what a whole log is full of (fixtures/unrelated/whole), pasted alone': [
    [
      'a corrected error of a link',
      ['[  501.220411] pcieport 0000:00:1c.2: AER: Corrected error message received from 0000:04:00.0'],
      'pcie-link-errors',
    ],
    [
      'a link that is trained again',
      ['[    3.409220] pcieport 0000:00:1c.5: retraining failed'],
      'pcie-link-errors',
    ],
    [
      'a bridge without a window',
      ['[    1.311842] pci 0000:02:03.0: BAR 14: no space for [mem size 0x00400000]'],
      'bar-space-exhausted',
    ],
    [
      'a broken entry of the firmware',
      ['[    1.102210] DMAR: [Firmware Bug]: RMRR entry for device 0a:00.0 is broken - applying workaround'],
      'acpi-firmware-bug',
    ],
    [
      'a machine check that was noted',
      ['[18204.119934] mce: [Hardware Error]: Machine check events logged'],
      'machine-check',
    ],
    [
      'an interrupt controller without its entry',
      ['[    0.812040] [Firmware Bug]: AMD-Vi: IOAPIC[33] not in IVRS table'],
      'interrupt-remapping-missing',
    ],
  ],
  'failed to setup container for group': [
    ['without its reason', [CONTAINER], 'memlock-limit'],
    [
      'where the line before tells it',
      [
        'kvm: -device vfio-pci,host=0a:00.0: vfio: failed to set iommu for container: Operation not permitted',
        CONTAINER,
      ],
      'interrupt-remapping-missing',
    ],
    [
      'where the kernel tells it',
      [
        '[  101.402118] vfio-pci 0000:0a:00.0: Device is ineligible for IOMMU domain attach due to platform RMRR requirement.  Contact your platform vendor.',
        CONTAINER,
      ],
      'rmrr-locked',
    ],
  ],
  'RmInitAdapter failed': [
    ['alone', ['NVRM: GPU 0000:0a:00.0: RmInitAdapter failed! (0x26:0x56:1474)'], 'nvidia-code-43'],
    [
      'on the host, after a guest',
      [
        '[  640.110204] vfio-pci 0000:0a:00.0: vfio_ecap_init: hiding ecap 0x19@0x900',
        '[  911.402110] NVRM: GPU 0000:0a:00.0: RmInitAdapter failed! (0x26:0x56:1474)',
      ],
      'no-reset-mechanism',
    ],
    [
      'with the option ROM refused',
      ['NVRM: GPU 0000:0a:00.0: RmInitAdapter failed! (0x31:0xffff:1474)'],
      'rom-invalid',
    ],
    [
      'without an answer of the card',
      ['NVRM: GPU 0000:0a:00.0: RmInitAdapter failed! (0x24:0xf:1474)'],
      'device-fell-off-bus',
    ],
    [
      'without an interrupt',
      ['NVRM: GPU 0000:0a:00.0: RmInitAdapter failed! (0x11:0x45:2720)'],
      'msi-interrupts',
    ],
  ],
  'unknown header type 7f': [
    ['of a card', ['pci 0000:0a:00.0: unknown header type 7f, ignoring device'], 'device-fell-off-bus'],
    ['of a virtual function', ['pci 0000:0a:10.0: unknown header type 7f, ignoring device'], 'sriov-vf'],
    [
      'after SR-IOV was switched on',
      [
        '[   20.110204] mlx5_core 0000:0a:00.0: Enabling 4 VFs',
        '[   20.230110] pci 0000:0a:00.2: unknown header type 7f, ignoring device',
      ],
      'sriov-vf',
    ],
  ],
  'Failed to setup Intel IGD regions': [
    ['alone', [IGD], 'acpi-firmware-bug'],
    [
      'where another bridge is in the place of the host bridge',
      ['0000:00:00.0 PCI bridge: Intel Corporation Device 4c43 (rev 01)', IGD],
      'vmd-domain',
    ],
    [
      'on an old kernel',
      ['[    0.000000] Linux version 5.4.0-rc8 (build@host) #1 SMP', IGD],
      'kernel-regression',
    ],
  ],
  'no available reset mechanism': [
    ['alone', [NO_RESET], 'no-reset-mechanism'],
    [
      'on a kernel that refuses bus resets',
      ['[    0.000000] Linux version 6.14.3-arch1-1 (linux@archlinux) #1', NO_RESET],
      'kernel-regression',
    ],
    ['after the card did not wake up', [D3, NO_RESET], 'd3cold-power-transition'],
    [
      'of a card that reads as all ones',
      ['0a:00.0 VGA compatible controller [0300]: NVIDIA Corporation TU104 [10de:1e87] (rev ff)', NO_RESET],
      'device-fell-off-bus',
    ],
    [
      'while the link is down',
      [
        '[  309.000110] pcieport 0000:00:03.1: pciehp: Slot(4): Link Down',
        '[  309.000121] pcieport 0000:00:03.1: pciehp: Slot(4): Card not present',
        NO_RESET,
      ],
      'pcie-link-errors',
    ],
    [
      'when a Radeon does not come back for its second guest',
      [
        radeon('vfio-pci'),
        NO_RESET,
        '[  402.118811] [drm:psp_hw_start [amdgpu]] *ERROR* PSP create ring failed!',
        '[  402.118822] [drm:psp_hw_init [amdgpu]] *ERROR* PSP firmware loading failed',
      ],
      'amd-reset-bug',
    ],
    [
      'when the reset needs a device that the guest does not have',
      ['kvm: vfio: Cannot reset device 0000:0a:00.0, depends on group 22 which is not owned.'],
      'no-reset-mechanism',
    ],
  ],
  'Unable to change power state': [
    ['alone', [D3], 'd3cold-power-transition'],
    [
      'after a firmware method that did not end',
      [
        '[  309.113001] ACPI Error: Aborting method \\_SB.PCI0.GPP0._PS0 due to previous error (AE_AML_LOOP_TIMEOUT) (20230628/psparse-529)',
        D3,
      ],
      'acpi-firmware-bug',
    ],
    [
      'after a firmware method that names something that is not there',
      [
        '[  309.113001] ACPI Error: Aborting method \\_SB.PCI0.GPP0._PS0 due to previous error (AE_NOT_FOUND) (20230628/psparse-529)',
        D3,
      ],
      'acpi-firmware-bug',
    ],
    [
      'after the link went down',
      [
        '[  309.000110] pcieport 0000:00:03.1: pciehp: Slot(4): Link Down',
        '[  309.000121] pcieport 0000:00:03.1: pciehp: Slot(4): Card not present',
        D3,
      ],
      'pcie-link-errors',
    ],
    [
      'after a reset that did not end',
      ['[  240.100001] vfio-pci 0000:0a:00.0: not ready 65535ms after FLR; giving up', D3],
      'reset-timeout',
    ],
  ],
  'failed to set iommu for container: Operation not permitted': [
    [
      'without interrupt remapping',
      [
        '[   60.114401] vfio_iommu_type1_attach_group: No interrupt remapping support.  Use the module param "allow_unsafe_interrupts" to enable VFIO IOMMU support on this platform',
        SET_IOMMU,
      ],
      'interrupt-remapping-missing',
    ],
    [
      'with memory that the firmware keeps for the device',
      [
        '[   60.114401] vfio-pci 0000:0a:00.0: Device is ineligible for IOMMU domain attach due to platform RMRR requirement.  Contact your platform vendor.',
        SET_IOMMU,
      ],
      'rmrr-locked',
    ],
    [
      'on a locked-down kernel',
      [
        '[   60.110000] Lockdown: qemu-system-x86: direct PCI access is restricted; see man kernel_lockdown.7',
        SET_IOMMU,
      ],
      'secure-boot-lockdown',
    ],
  ],
  'VFIO_MAP_DMA: Cannot allocate memory': [
    [
      'over the limit of locked memory',
      ['[  120.551102] vfio_pin_pages_remote: RLIMIT_MEMLOCK (8388608) exceeded', MAP_DMA],
      'memlock-limit',
    ],
    [
      'with too few huge pages',
      ['qemu-system-x86_64: unable to map backing store for guest RAM: Cannot allocate memory', MAP_DMA],
      'hugepages-shortage',
    ],
    [
      'when the host kills QEMU for its memory',
      [
        MAP_DMA,
        '[  121.004110] Out of memory: Killed process 4242 (qemu-system-x86) total-vm:34510112kB, anon-rss:30112004kB, file-rss:0kB, shmem-rss:0kB, UID:64055 pgtables:60112kB oom_score_adj:0',
      ],
      'hugepages-shortage',
    ],
    [
      'when the IOMMU container takes no further mapping',
      [
        'qemu-system-x86_64: vfio_dma_map(0x55d0c8a3b2f0, 0x140000000, 0x1000, 0x7f2c4c000000) = -28 (No space left on device)',
      ],
      'dma-map-failed',
    ],
  ],
  'probe failed with error -22': [
    [
      'on a host whose firmware offers no IOMMU',
      [
        '[    0.000000] Linux version 6.8.12-4-pve (build@proxmox) #1 SMP',
        '[    0.000000] Command line: BOOT_IMAGE=/boot/vmlinuz-6.8.12-4-pve ro intel_iommu=on',
        '[    0.004101] ACPI: RSDP 0x00000000000F05B0 000024 (v02 ALASKA)',
        '[    0.004105] ACPI: FACP 0x000000007A0D1B28 000114 (v06 ALASKA A M I    01072009 AMI  00010013)',
        '[    0.004109] ACPI: APIC 0x000000007A0D1C40 00012C (v03 ALASKA A M I    01072009 AMI  00010013)',
        '[    0.004113] ACPI: MCFG 0x000000007A0D1D70 00003C (v01 ALASKA A M I    01072009 MSFT 00000097)',
        PROBE,
      ],
      'iommu-disabled-firmware',
    ],
    [
      'on a kernel that was not told to use it',
      [
        '[    0.000000] Linux version 5.15.0-91-generic (buildd@lcy02) #101-Ubuntu SMP',
        '[    0.000000] Command line: BOOT_IMAGE=/boot/vmlinuz-5.15.0-91-generic ro quiet',
        '[    0.004101] ACPI: DMAR 0x000000007A0D1C40 0000A8 (v01 INTEL  EDK2     00000002      01000013)',
        PROBE,
      ],
      'iommu-disabled-kernel',
    ],
    [
      'of a bridge, whatever the IOMMU does',
      [
        '0a:00.0 PCI bridge [0604]: Intel Corporation 6th-10th Gen Core Processor PCIe Controller (x16) [8086:1901] (rev 07)',
        PROBE,
      ],
      'vm-config',
    ],
    [
      'of a device that is gone',
      ['[    1.100331] pci 0000:0a:00.0: unknown header type 7f, ignoring device', PROBE],
      'device-fell-off-bus',
    ],
    [
      'of a device with a group of its own',
      [
        '[    0.610118] pci 0000:00:1f.0: Adding to iommu group 9',
        '[    0.612204] pci 0000:0a:00.0: Adding to iommu group 14',
        PROBE,
      ],
      'device-fell-off-bus',
    ],
    [
      'of the one device that got no group',
      [
        '[    0.610118] pci 0000:00:1f.0: Adding to iommu group 9',
        '[    0.612204] pci 0000:0b:00.0: Adding to iommu group 14',
        PROBE,
      ],
      'no-iommu-hardware',
    ],
  ],
  'restoring BARs': [
    [
      'of a Radeon, told by the place of its capabilities',
      [
        '[  910.034641] vfio-pci 0000:17:00.0: vfio_ecap_init: hiding ecap 0x1b@0x2d0',
        '[  911.324311] vfio-pci 0000:17:00.0: vfio_bar_restore: reset recovery - restoring BARs',
      ],
      'amd-reset-bug',
    ],
  ],
  "can't reserve": [
    ['alone', [RESERVE], 'boot-framebuffer-owns-gpu'],
    ['with the framebuffer in iomem', [RESERVE, '  d0000000-d07fffff : BOOTFB'], 'boot-framebuffer-owns-gpu'],
    [
      'on a host without a boot framebuffer',
      [
        '[    0.000000] Command line: BOOT_IMAGE=/vmlinuz ro initcall_blacklist=sysfb_init',
        radeon('amdgpu'),
        RESERVE,
      ],
      'host-driver-bound',
    ],
    [
      'of a device without a screen',
      [
        '0a:00.0 Non-Volatile memory controller [0108]: Samsung Electronics NVMe SSD [144d:a808]\n\tKernel modules: nvme',
        "[   88.100441] vfio-pci 0000:0a:00.0: BAR 0: can't reserve [mem 0xfc500000-0xfc503fff 64bit]",
      ],
      'host-driver-bound',
    ],
  ],
  'Device or resource busy': [
    [
      'on a write to a BAR',
      [
        'qemu-system-x86_64: vfio_region_write(0000:0a:00.0:region1+0x42c4, 0x0,4) failed: Device or resource busy',
      ],
      'boot-framebuffer-owns-gpu',
    ],
    [
      'on the file of the group',
      [
        'qemu-system-x86_64: -device vfio-pci,host=0000:0a:00.0: vfio 0000:0a:00.0: failed to open /dev/vfio/21: Device or resource busy',
      ],
      'device-busy',
    ],
    [
      'on the interrupt',
      [
        '[  201.551101] genirq: Flags mismatch irq 17. 00000000 (vfio-intx(0000:0a:00.0)) vs. 00000080 (snd_hda_intel:card1)',
        'kvm: -device vfio-pci,host=0000:0a:00.0: vfio 0000:0a:00.0: Failed to set up TRIGGER eventfd signaling for interrupt INTX-0: VFIO_DEVICE_SET_IRQS failure: Device or resource busy',
      ],
      'intx-sharing',
    ],
    [
      'on the IOMMU of the group',
      [SET_IOMMU.replace('Operation not permitted', 'Device or resource busy')],
      'device-busy',
    ],
    [
      'on the discarding of guest memory',
      [
        'kvm: -device vfio-pci,host=0000:0a:00.0: vfio 0000:0a:00.0: Cannot set discarding of RAM broken: Device or resource busy',
      ],
      'vm-config',
    ],
  ],
};

describe.each(Object.entries(TABLE))('%s', (_, cases) => {
  it.each(cases)('%s', (_what, log, first) => {
    expect(diagnoseTexts({ log: log.join('\n') }).diagnoses[0]?.cause).toBe(first);
  });
});

/** Nothing beside the line: all of its roots are named, and each tells a command that would settle it. */
const ALONE: readonly (readonly [line: string, roots: readonly string[]])[] = [
  [NO_RESET, ['no-reset-mechanism', 'amd-reset-bug']],
  [D3, ['d3cold-power-transition', 'amd-reset-bug', 'device-fell-off-bus']],
  [SET_IOMMU, ['interrupt-remapping-missing', 'rmrr-locked', 'secure-boot-lockdown']],
  [MAP_DMA, ['memlock-limit', 'hugepages-shortage', 'kernel-regression']],
  [PROBE, ['iommu-disabled-kernel', 'iommu-disabled-firmware']],
  [RESERVE, ['boot-framebuffer-owns-gpu', 'host-driver-bound', 'host-display-in-use']],
];

describe('with nothing beside it', () => {
  it.each(ALONE)('%s', (line, roots) => {
    const { diagnoses } = diagnoseTexts({ log: line });
    const named = diagnoses.slice(0, 3).map((d) => d.cause);
    expect(named).toEqual(expect.arrayContaining([...roots]));
    expect(diagnoses.filter((d) => d.confirm.length === 0).map((d) => d.cause)).toEqual([]);
  });
});

describe('no intel_iommu=on on the command line', () => {
  const reason = 'booted without intel_iommu=on';
  const told = (kernel: string) =>
    diagnoseTexts({
      dmesg: [
        `[    0.000000] Linux version ${kernel} (gcc) #1 SMP`,
        '[    0.000000] Command line: BOOT_IMAGE=/boot/vmlinuz root=/dev/sda1 ro quiet',
        '[    0.010000] ACPI: DMAR 0x000000007A5C6000 0000A8 (v01 INTEL  BOARD    00000002      01000013)',
        '[    0.500000] smpboot: CPU0: Intel(R) Core(TM) i7-10700 CPU @ 2.90GHz (family: 0x6, model: 0xa5, stepping: 0x5)',
        PROBE,
      ].join('\n'),
    }).diagnoses.some((d) => d.evidence.some((e) => e.text.includes(reason)));

  it.each([
    ['a kernel of Arch', '6.15.2-arch1-1 (linux@archlinux)', true],
    ['Proxmox VE before 6.8', '6.5.13-5-pve (build@proxmox)', true],
    ['Proxmox VE since', '6.8.12-4-pve (build@proxmox)', false],
    ['Debian, which has it on by default', '6.12.48+deb13-amd64 (debian-kernel@lists.debian.org)', false],
  ])('%s', (_what, kernel, expected) => {
    expect(told(kernel)).toBe(expected);
  });
});

/** Advice of old guides that a reader is told to leave: the line, and what stands among what is not the fix. */
const OBSOLETE: readonly (readonly [advice: string, log: readonly string[]])[] = [
  [
    'amd_iommu=on',
    [
      '[    0.400000] smpboot: CPU0: AMD Ryzen 9 5900X 12-Core Processor (family: 0x19, model: 0x21, stepping: 0x0)',
      'TASK ERROR: cannot prepare PCI pass-through, IOMMU not present',
    ],
  ],
  [
    'vfio_virqfd',
    [
      '[    0.000000] Linux version 6.8.12-4-pve (build@proxmox) #1 SMP',
      'modprobe: FATAL: Module vfio_pci not found in directory /lib/modules/6.8.12-4-pve',
    ],
  ],
  [
    'usb-storage',
    [
      '0a:00.3 USB controller [0c03]: Advanced Micro Devices, Inc. [AMD] Matisse USB 3.0 Host Controller [1022:149c]\n\tKernel driver in use: xhci_hcd',
      'tee: /sys/bus/pci/drivers/vfio-pci/bind: Device or resource busy',
    ],
  ],
  ['pci-stub', ['kvm: -device vfio-pci,host=0000:0a:00.0: vfio 0000:0a:00.0: group 21 is not viable']],
  [
    'pcie_acs_override',
    ['kvm: -device vfio-pci,host=0000:0a:00.0: vfio 0000:0a:00.0: group 21 is not viable'],
  ],
  [
    'QEMU',
    [
      D3,
      "kvm: ../hw/pci/pci.c:1637: pci_irq_handler: Assertion `0 <= irq_num && irq_num < PCI_NUM_PINS' failed.",
    ],
  ],
];

describe('obsolete advice', () => {
  const told = (log: readonly string[]) =>
    diagnoseTexts({ log: log.join('\n') }).diagnoses[0]?.notTheFix.join('\n');

  it.each(OBSOLETE)('%s', (advice, log) => {
    expect(told(log)).toContain(advice);
  });

  it('vfio_virqfd is a module of its own before Linux 6.2', () => {
    const release = '5.15.0-91-generic';
    expect(
      told([
        `[    0.000000] Linux version ${release} (build@host) #1 SMP`,
        `modprobe: FATAL: Module vfio_pci not found in directory /lib/modules/${release}`,
      ]),
    ).not.toContain('vfio_virqfd');
  });
});
