// The causal chains of the sources, link by link and version by version: what the kernel, QEMU, libvirt or Proxmox VE prints
// when the first link breaks, and the root that has to be named for it. What only follows is folded under the root.
import { describe, expect, it } from 'vitest';
import { diagnoseTexts } from './support/rule-base.ts';

interface Variant {
  /** What prints it, and the versions that print it so. */
  readonly versions: string;
  readonly lines: readonly string[];
  readonly root: string;
  /** The rules whose lines raise the root: each link of the chain is missed by itself. */
  readonly by: readonly string[];
  /** Causes that have to be told as consequences of the root. */
  readonly follows?: readonly string[];
  /** Causes that must not be told at all. */
  readonly never?: readonly string[];
}

const boot = (version: string) => `[    0.000000] Linux version ${version} (build@example) #1 SMP`;
const GPU = '[    0.400000] pci 0000:01:00.0: [10de:2484] type 00 class 0x030000';
const QEMU =
  'kvm: -device vfio-pci,host=0000:01:00.0,id=hostpci0,bus=ich9-pcie-port-1,addr=0x0: vfio 0000:01:00.0:';

const CHAINS: Readonly<Record<string, readonly Variant[]>> = {
  '1 group not viable': [
    {
      versions: 'QEMU 2.12 to 10.2, one line',
      lines: [
        `${QEMU} group 14 is not viable`,
        'Please ensure all devices within the iommu_group are bound to their vfio bus driver.',
      ],
      root: 'iommu-group-shared',
      by: ['qemu-group-not-viable'],
    },
    {
      versions: 'libvirt, which only looks at its own guests',
      lines: [
        'error: Requested operation is not valid: PCI device 0000:01:00.1 is in use by driver QEMU, domain win10',
      ],
      root: 'device-busy',
      by: ['libvirt-device-in-use'],
    },
    {
      versions: 'QEMU up to 2.5: hint and message in one line',
      lines: [
        'qemu-system-x86_64: -device vfio-pci,host=01:00.0: vfio: error, group 14 is not viable, please ensure all devices within the iommu_group are bound to their vfio bus driver.',
      ],
      root: 'iommu-group-shared',
      by: ['qemu-group-not-viable', 'group-mates-reported'],
    },
  ],
  '2 probe failed with error -22': [
    {
      versions: 'Linux up to 6.8, IOMMU switched off',
      lines: [
        '[    0.000000] Kernel command line: root=/dev/sda1 amd_iommu=off',
        '[    4.100000] vfio-pci: probe of 0000:01:00.0 failed with error -22',
      ],
      root: 'iommu-disabled-kernel',
      by: ['vfio-probe-invalid'],
    },
    {
      versions: 'Linux 6.9 and later, a device that reads as all ones',
      lines: [
        '[   90.000000] pci 0000:01:00.0: unknown header type 7f, ignoring device',
        '[   91.000000] vfio-pci 0000:01:00.0: probe with driver vfio-pci failed with error -22',
      ],
      root: 'device-fell-off-bus',
      by: ['header-type-ff', 'vfio-probe-invalid'],
    },
    {
      versions: 'Linux 6.9 and later, a bridge',
      lines: [
        '[    0.400000] pci 0000:00:01.0: [8086:460d] type 01 class 0x060400',
        '[    0.500000] iommu: Default domain type: Translated',
        '[    0.600000] pci 0000:00:01.0: Adding to iommu group 2',
        '[   91.000000] vfio-pci 0000:00:01.0: probe with driver vfio-pci failed with error -22',
      ],
      root: 'vm-config',
      by: ['vfio-probe-invalid'],
    },
  ],
  '3 busy': [
    {
      versions: 'Linux, a physical function with virtual functions on',
      lines: [
        '[   50.000000] vfio-pci 0000:03:00.0: Cannot bind to PF with SR-IOV enabled',
        '[   50.000100] vfio-pci: probe of 0000:03:00.0 failed with error -16',
      ],
      root: 'sriov-vf',
      by: ['vfio-pf-sriov-enabled', 'vfio-probe-busy'],
      follows: ['host-driver-bound'],
    },
    {
      versions: 'Linux 6.2 and later through QEMU: the group has an owner',
      lines: [`${QEMU} Failed to set group container: Device or resource busy`],
      root: 'iommu-group-shared',
      by: ['qemu-set-container-failed'],
    },
  ],
  '4 BAR taken': [
    {
      versions: 'Linux and QEMU, a boot frame buffer',
      lines: [
        "[   30.000000] vfio-pci 0000:01:00.0: BAR 1: can't reserve [mem 0xd0000000-0xdfffffff 64bit pref]",
        '2026-03-01T10:00:00.000000Z qemu-system-x86_64: vfio_region_write(0000:01:00.0:region1+0x10, 0x0,8) failed: Device or resource busy',
      ],
      root: 'boot-framebuffer-owns-gpu',
      by: ['bar-cant-reserve', 'qemu-region-io-failed'],
    },
    {
      versions: 'QEMU, a region that the host has left to no frame buffer',
      lines: [
        '2026-03-01T10:00:00.000000Z qemu-system-x86_64: vfio_region_write(0000:01:00.0:region1+0x10, 0x0,8) failed: Cannot allocate memory',
      ],
      root: 'memtype-conflict',
      by: ['qemu-region-io-failed'],
    },
  ],
  '5 all ones': [
    {
      versions: 'QEMU up to 8.1 and 10.2: the assertion',
      lines: [
        "kvm: ../hw/pci/pci.c:1562: pci_irq_handler: Assertion `0 <= irq_num && irq_num < PCI_NUM_PINS' failed.",
      ],
      root: 'device-fell-off-bus',
      by: ['qemu-irq-pin-assertion'],
    },
    {
      versions: 'QEMU 10.0.13: the test before it',
      lines: [`${QEMU} invalid PCI interrupt pin 255`],
      root: 'device-fell-off-bus',
      by: ['qemu-irq-pin-assertion'],
    },
    {
      versions: 'libvirt',
      lines: ["error: internal error: Unknown PCI header type '127' for device '0000:01:00.0'"],
      root: 'device-fell-off-bus',
      by: ['header-type-ff'],
    },
    {
      versions: 'the option ROM of a device that is gone',
      lines: [
        '[   60.000000] pci 0000:01:00.0: unknown header type 7f, ignoring device',
        '[   61.000000] vfio-pci 0000:01:00.0: Invalid PCI ROM header signature: expecting 0xaa55, got 0xffff',
      ],
      root: 'device-fell-off-bus',
      by: ['header-type-ff', 'pci-rom-invalid'],
      follows: ['rom-invalid'],
    },
    {
      versions: 'QEMU 10.0.13: the pin cannot be read',
      lines: [`${QEMU} failed to read PCI_INTERRUPT_PIN: Input/output error`],
      root: 'device-fell-off-bus',
      by: ['qemu-irq-pin-assertion'],
    },
    {
      versions: 'vfio-pci walks a list of capabilities of all ones',
      lines: ['[   60.000000] vfio-pci 0000:01:00.0: vfio_cap_init: hiding cap 0xff@0xff'],
      root: 'device-fell-off-bus',
      by: ['vfio-config-all-ones'],
    },
    {
      versions: 'lspci',
      lines: [
        '01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GA104 [10de:2484] (rev ff) (prog-if ff)',
        '\t!!! Unknown header type 7f',
      ],
      root: 'device-fell-off-bus',
      by: ['header-type-ff', 'lspci-revision-ff'],
    },
    {
      versions: 'the nvme driver, given the device back',
      lines: [
        '[   60.000000] pci 0000:01:00.0: unknown header type 7f, ignoring device',
        '[   61.000000] nvme nvme1: controller is down; will reset: CSTS=0xffffffff, PCI_STATUS=0xffff',
      ],
      root: 'device-fell-off-bus',
      by: ['header-type-ff', 'nvme-controller-down'],
      follows: ['nvme-controller-dead'],
    },
  ],
  '6 D3cold': [
    {
      versions: 'Linux up to 5.4',
      lines: ['[   70.000000] vfio-pci 0000:01:00.0: Refused to change power state, currently in D3'],
      root: 'd3cold-power-transition',
      by: ['pci-power-refused'],
    },
    {
      versions: 'Linux 5.10 to 5.15',
      lines: [
        "[   70.000000] vfio-pci 0000:01:00.0: can't change power state from D3cold to D0 (config space inaccessible)",
      ],
      root: 'd3cold-power-transition',
      by: ['pci-power-up-inaccessible'],
    },
    {
      versions: 'Linux 6.1 and later, on into chain 5',
      lines: [
        '[   70.000000] vfio-pci 0000:01:00.0: Unable to change power state from D3cold to D0, device inaccessible',
        "kvm: ../hw/pci/pci.c:1562: pci_irq_handler: Assertion `0 <= irq_num && irq_num < PCI_NUM_PINS' failed.",
      ],
      root: 'd3cold-power-transition',
      by: ['pci-power-up-inaccessible', 'qemu-irq-pin-assertion'],
      follows: ['device-fell-off-bus'],
    },
    {
      versions: 'QEMU, which reads D3 out of all ones',
      lines: ['kvm: vfio: Unable to power on device, stuck in D3'],
      root: 'd3cold-power-transition',
      by: ['vfio-stuck-in-d3'],
      follows: ['device-fell-off-bus'],
    },
  ],
  '7 AML loop': [
    {
      versions: 'Linux 4.x',
      lines: [
        'ACPI Error: Method parse/execution failed [\\_SB.PCI0.PEG0.PG00._ON] (Node ffff8803b58dfd20), AE_AML_INFINITE_LOOP (20160930/psparse-543)',
      ],
      root: 'acpi-firmware-bug',
      by: ['acpi-aml-loop', 'acpi-aml-power-method'],
    },
    {
      versions: 'Linux up to 5.15, which names the device as well',
      lines: [
        '[   80.000000] ACPI Error: Aborting method \\_SB.PCI0.GP17.XHC0._PS0 due to previous error (AE_AML_LOOP_TIMEOUT) (20210730/psparse-529)',
        '[   80.000010] acpi device:16: Failed to change power state to D0',
      ],
      root: 'acpi-firmware-bug',
      by: ['acpi-aml-loop', 'acpi-aml-power-method', 'acpi-power-state-failed'],
    },
    {
      versions: 'Linux 6.1 and later, on into chain 6',
      lines: [
        '[   80.000000] ACPI Error: Aborting method \\_SB.PCI0.PEG0.PG00._ON due to previous error (AE_AML_LOOP_TIMEOUT) (20220331/psparse-529)',
        '[   81.000000] vfio-pci 0000:01:00.0: not ready 1023ms after resume; waiting',
      ],
      root: 'acpi-firmware-bug',
      by: ['acpi-aml-loop', 'acpi-aml-power-method'],
    },
  ],
  '8 no reset': [
    {
      versions: 'qemu-server up to 8.2.5 ends the start',
      lines: ["TASK ERROR: can't reset PCI device '0000:01:00.0'"],
      root: 'no-reset-mechanism',
      by: ['pve-reset-refused'],
    },
    {
      versions: 'qemu-server 8.2.6 and later goes on',
      lines: [
        "error writing '1' to '/sys/bus/pci/devices/0000:01:00.0/reset': Inappropriate ioctl for device",
        "failed to reset PCI device '0000:01:00.0', but trying to continue as not all devices need a reset",
        'kvm: vfio: Cannot reset device 0000:01:00.0, no available reset mechanism.',
      ],
      root: 'no-reset-mechanism',
      by: ['qemu-no-reset-mechanism', 'pve-reset-write-failed', 'pve-reset-skipped'],
    },
    {
      versions: 'a shell',
      lines: ['bash: echo: write error: Inappropriate ioctl for device'],
      root: 'no-reset-mechanism',
      by: ['sysfs-write-not-supported'],
    },
    {
      versions: 'QEMU, a neighbour of another group on the bus',
      lines: ['kvm: vfio: Cannot reset device 0000:01:00.0, depends on group 15 which is not owned.'],
      root: 'no-reset-mechanism',
      by: ['qemu-reset-needs-other-device'],
    },
    {
      versions: 'Linux 6.14.2 and 6.14.3 refuse bus resets by mistake',
      lines: [
        boot('6.14.2-arch1-1'),
        'kvm: vfio: Cannot reset device 0000:01:00.0, no available reset mechanism.',
      ],
      root: 'kernel-regression',
      by: ['qemu-no-reset-mechanism'],
      follows: ['no-reset-mechanism'],
    },
    {
      versions: 'Linux 6.14.4 has taken that back',
      lines: [
        boot('6.14.4-arch1-1'),
        'kvm: vfio: Cannot reset device 0000:01:00.0, no available reset mechanism.',
      ],
      root: 'no-reset-mechanism',
      by: ['qemu-no-reset-mechanism'],
      never: ['kernel-regression'],
    },
  ],
  '9 reset hangs': [
    {
      versions: 'Linux up to 4.13',
      lines: ['[   90.000000] vfio-pci 0000:01:00.0: Failed to return from FLR'],
      root: 'reset-timeout',
      by: ['pci-reset-not-ready'],
    },
    {
      versions: 'Linux 4.14 and later, then dead',
      lines: [
        '[   90.000000] vfio-pci 0000:01:00.0: not ready 1023ms after FLR; waiting',
        '[  150.000000] vfio-pci 0000:01:00.0: not ready 65535ms after FLR; giving up',
        '[  151.000000] vfio-pci 0000:01:00.0: Unable to change power state from D3cold to D0, device inaccessible',
      ],
      root: 'reset-timeout',
      by: ['pci-reset-not-ready'],
      follows: ['d3cold-power-transition'],
    },
    {
      versions: 'Linux 6.5 and later, the link does not train again',
      lines: [
        '[   90.000000] pcieport 0000:00:01.0: broken device, retraining non-functional downstream link at 2.5GT/s',
        '[   91.000000] pcieport 0000:00:01.0: retraining failed',
        '[   92.000000] vfio-pci 0000:01:00.0: not ready 65535ms after bus reset; giving up',
      ],
      root: 'reset-timeout',
      by: ['pci-reset-not-ready', 'pcie-link-no-training'],
    },
  ],
  '10 interrupt remapping': [
    {
      versions: 'type1 container',
      lines: [
        '[   40.000000] vfio_iommu_type1_attach_group: No interrupt remapping support.  Use the module param "allow_unsafe_interrupts" to enable VFIO IOMMU support on this platform',
        `${QEMU} failed to setup container for group 14: Failed to set iommu for container: Operation not permitted`,
      ],
      root: 'interrupt-remapping-missing',
      by: ['vfio-no-interrupt-remapping', 'qemu-set-iommu-failed'],
    },
    {
      versions: 'iommufd',
      lines: [
        '[   40.000000] vfio-pci 0000:01:00.0: MSI interrupts are not secure, they cannot be isolated by the platform. Check that platform features like interrupt remapping are enabled. Use the "allow_unsafe_interrupts" module parameter to override',
      ],
      root: 'interrupt-remapping-missing',
      by: ['vfio-no-interrupt-remapping'],
    },
  ],
  '11 RMRR': [
    {
      versions: 'Linux up to 6.7: the line of QEMU is that of chain 10',
      lines: [
        '[   40.000000] vfio-pci 0000:01:00.0: DMAR: Device is ineligible for IOMMU domain attach due to platform RMRR requirement.  Contact your platform vendor.',
        `${QEMU} failed to setup container for group 14: Failed to set iommu for container: Operation not permitted`,
      ],
      root: 'rmrr-locked',
      by: ['intel-rmrr-refused', 'qemu-set-iommu-failed'],
      never: ['interrupt-remapping-missing'],
    },
    {
      versions: 'Linux 6.8 and later',
      lines: [
        '[   40.000000] vfio-pci 0000:01:00.0: Firmware has requested this device have a 1:1 IOMMU mapping, rejecting configuring the device without a 1:1 mapping. Contact your platform vendor.',
        `${QEMU} Failed to set group container: Invalid argument`,
      ],
      root: 'rmrr-locked',
      by: ['intel-rmrr-refused', 'qemu-set-container-failed'],
    },
    {
      versions: 'Linux 6.8 and later, as one program breaks the line',
      lines: [
        'vfio-pci 0000:01:00.0: Firmware has requested this device have a 1:1 IOMMU mapping,',
        'rejecting configuring the device without a 1:1 mapping. Contact your platform vendor.',
      ],
      root: 'rmrr-locked',
      by: ['intel-rmrr-refused'],
    },
  ],
  '12 locked memory': [
    {
      versions: 'QEMU 5.2 to 8.1',
      lines: [
        '[   40.000000] vfio_pin_pages_remote: RLIMIT_MEMLOCK (8388608) exceeded',
        'qemu-system-x86_64: VFIO_MAP_DMA failed: Cannot allocate memory',
      ],
      root: 'memlock-limit',
      by: ['vfio-memlock-exceeded', 'qemu-dma-map-failed'],
      follows: ['dma-map-failed'],
    },
    {
      versions: 'QEMU 10.x',
      lines: [
        '[   40.000000] vfio_pin_pages_remote: RLIMIT_MEMLOCK (8388608) exceeded',
        'qemu-system-x86_64: vfio_container_dma_map(0x55d0c0a1b2c0, 0x100000, 0x7ff00000, 0x7f1200100000) = -12 (Cannot allocate memory)',
      ],
      root: 'memlock-limit',
      by: ['vfio-memlock-exceeded', 'qemu-dma-map-failed'],
      follows: ['dma-map-failed'],
    },
    {
      versions: 'the same ioctl, no mapping left',
      lines: [
        'qemu-system-x86_64: vfio_container_dma_map(0x55aa0c7e6400, 0xfedc000, 0x1000, 0x7f0aa0000000) = -28 (No space left on device)',
      ],
      root: 'dma-map-failed',
      by: ['qemu-dma-map-failed', 'qemu-dma-map-no-space'],
    },
    {
      versions: 'the same ioctl, an address that the IOMMU cannot reach',
      lines: [
        'qemu-system-x86_64: vfio_container_dma_map(0x55aa0c7e6400, 0x380000000000, 0x20000000, 0x7f0aa0000000) = -22 (Invalid argument)',
      ],
      root: 'iommu-address-width',
      by: ['qemu-dma-map-bar-window', 'qemu-dma-map-failed'],
      follows: ['dma-map-failed'],
    },
    {
      versions: 'Linux up to 6.12, which says how wide the IOMMU is',
      lines: [
        '[   40.000000] DMAR: intel_iommu_map: iommu width (39) is not sufficient for the mapped address (8000000000)',
        'qemu-system-x86_64: VFIO_MAP_DMA failed: Bad address',
      ],
      root: 'iommu-address-width',
      by: ['intel-width-too-small', 'qemu-dma-map-failed'],
      follows: ['dma-map-failed'],
    },
    {
      versions: 'the same ioctl, a mapping that is there already',
      lines: ['qemu-system-x86_64: VFIO_MAP_DMA failed: File exists'],
      root: 'dma-map-failed',
      by: ['qemu-dma-map-failed'],
    },
  ],
  '13 INTx': [
    {
      versions: 'the line is taken',
      lines: [
        '[   40.000000] genirq: Flags mismatch irq 16. 00000000 (vfio-intx(0000:01:00.0)) vs. 00000080 (ehci_hcd:usb1)',
        `${QEMU} Failed to set up TRIGGER eventfd signaling for interrupt INTX-0: VFIO_DEVICE_SET_IRQS failure: Device or resource busy`,
      ],
      root: 'intx-sharing',
      by: ['irq-flags-mismatch-vfio', 'qemu-irq-setup-failed', 'irq-flags-mismatch'],
    },
    {
      versions: 'nobody answers',
      lines: [
        '[   40.000000] irq 16: nobody cared (try booting with the "irqpoll" option)',
        '[   40.000100] Disabling IRQ #16',
      ],
      root: 'intx-sharing',
      by: ['irq-nobody-cared'],
    },
  ],
  '14 ROM': [
    {
      versions: 'Linux and QEMU',
      lines: [
        '[   40.000000] vfio-pci 0000:01:00.0: Invalid PCI ROM header signature: expecting 0xaa55, got 0x0000',
        'kvm: vfio-pci: Cannot read device rom at 0000:01:00.0',
        'Device option ROM contents are probably invalid (check dmesg).',
      ],
      root: 'rom-invalid',
      by: ['pci-rom-invalid', 'qemu-rom-unreadable'],
    },
    {
      versions: 'Linux 4.4',
      lines: ['[   40.000000] vfio-pci 0000:01:00.0: Invalid ROM contents'],
      root: 'rom-invalid',
      by: ['pci-rom-invalid'],
    },
    {
      versions: 'Linux 7.2, other bytes wanted',
      lines: [
        '[   40.000000] vfio-pci 0000:01:00.0: Invalid PCI ROM header signature: expecting 0x52494350, got 0x0000',
      ],
      root: 'rom-invalid',
      by: ['pci-rom-invalid'],
    },
  ],
  '15 AER': [
    {
      versions: 'Linux and QEMU',
      lines: [
        '[   40.000000] pcieport 0000:00:01.0: AER: Uncorrectable (Fatal) error message received from 0000:01:00.0',
        '[   40.000010] vfio-pci 0000:01:00.0: PCIe Bus Error: severity=Uncorrectable (Fatal), type=Transaction Layer, (Receiver ID)',
        'kvm: vfio_err_notifier_handler(0000:01:00.0) Unrecoverable error detected. Please collect any data possible and then kill the guest',
      ],
      root: 'pcie-link-errors',
      by: ['pcie-aer-uncorrectable', 'vfio-err-notifier', 'pcie-aer-detail'],
    },
    {
      versions: 'POWER hosts cut the device off (EEH)',
      lines: ['[   40.000000] EEH: Frozen PE#1 on PHB#3 detected'],
      root: 'pcie-link-errors',
      by: ['eeh-frozen'],
    },
    {
      versions: 'Linux up to 4.15',
      lines: [
        '[   40.000010] vfio-pci 0000:01:00.0: PCIe Bus Error: severity=Uncorrected (Fatal), type=Transaction Layer, id=0100(Requester ID)',
      ],
      root: 'pcie-link-errors',
      by: ['pcie-aer-uncorrectable', 'pcie-aer-detail'],
    },
    {
      versions: 'Linux 5.4 to 6.1',
      lines: [
        '[   40.000010] vfio-pci 0000:01:00.0: PCIe Bus Error: severity=Uncorrected (Non-Fatal), type=Transaction Layer, (Requester ID)',
        '[   40.000020] vfio-pci 0000:01:00.0:   device [10de:2484] error status/mask=00004000/00400000',
      ],
      root: 'pcie-link-errors',
      by: ['pcie-aer-uncorrectable', 'pcie-aer-detail'],
    },
  ],
  '16 link down, remove, unbind': [
    {
      versions: 'the link went down under a guest',
      lines: [
        '[   40.000000] pcieport 0000:00:01.0: pciehp: Slot(1): Link Down',
        '[   40.100000] vfio-pci 0000:01:00.0: Relaying device request to user (#0)',
      ],
      root: 'pcie-link-errors',
      by: ['pciehp-link-down'],
      follows: ['device-fell-off-bus'],
      never: ['device-busy'],
    },
    {
      versions: 'somebody unbinds the device of a running guest',
      lines: [
        '[   40.100000] vfio-pci 0000:01:00.0: Relaying device request to user (#0)',
        '[   50.100000] vfio-pci 0000:01:00.0: Device is currently in use, task "bash" (4711) blocked until device is released',
      ],
      root: 'device-busy',
      by: ['vfio-release-blocked'],
    },
    {
      versions: 'Linux 4.4 and 4.15, where the slot speaks',
      lines: ['[   40.000000] pciehp 0000:00:01.0:pcie004: Slot(1): Link Down'],
      root: 'pcie-link-errors',
      by: ['pciehp-link-down'],
      follows: ['device-fell-off-bus'],
    },
  ],
  '17 DMA faults': [
    {
      versions: 'Intel',
      lines: [
        '[   40.000000] DMAR: DRHD: handling fault status reg 2',
        '[   40.000010] DMAR: [DMA Read NO_PASID] Request device [01:00.0] fault addr 0xfd000000 [fault reason 0x06] PTE Read access is not set',
      ],
      root: 'dma-fault',
      by: ['intel-dma-fault'],
    },
    {
      versions: 'AMD, the device has a driver',
      lines: [
        '[   40.000000] vfio-pci 0000:01:00.0: AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x000a address=0xfd000000 flags=0x0010]',
      ],
      root: 'dma-fault',
      by: ['amd-io-page-fault'],
    },
    {
      versions: 'Intel, Linux 4.4: two lines',
      lines: [
        '[   40.000010] DMAR: DMAR:[DMA Read] Request device [01:00.0] fault addr fd000000 ',
        '[   40.000011] DMAR:[fault reason 06] PTE Read access is not set',
      ],
      root: 'dma-fault',
      by: ['intel-dma-fault'],
    },
    {
      versions: 'Intel, Linux 7.2: with the domain',
      lines: [
        '[   40.000010] DMAR: [DMA Write NO_PASID] Request device [0000:01:00.0] fault addr 0xfd000000 [fault reason 0x05] PTE Write access is not set',
      ],
      root: 'dma-fault',
      by: ['intel-dma-fault'],
    },
    {
      versions: 'AMD, no driver, Linux up to 5.15 and since 6.1',
      lines: [
        '[   40.000000] AMD-Vi: Event logged [IO_PAGE_FAULT device=01:00.0 domain=0x000a address=0xfd000000 flags=0x0010]',
        '[   41.000000] iommu ivhd0: AMD-Vi: Event logged [IO_PAGE_FAULT device=0000:01:00.0 domain=0x000a address=0xfd000000 flags=0x0010]',
      ],
      root: 'dma-fault',
      by: ['amd-io-page-fault'],
    },
  ],
  '18 IOMMU queue dead': [
    {
      versions: 'AMD',
      lines: [
        '[   40.000000] AMD-Vi: Completion-Wait loop timed out',
        '[   40.000010] iommu ivhd0: AMD-Vi: Event logged [IOTLB_INV_TIMEOUT device=0000:01:00.0 address=0x100215790]',
      ],
      root: 'iommu-completion-timeout',
      by: ['amd-completion-timeout'],
    },
    {
      versions: 'Intel, Linux 5.15 and later',
      lines: [
        '[   40.000000] DMAR: DRHD: handling fault status reg 40',
        '[   40.000010] DMAR: VT-d detected Invalidation Time-out Error: SID 100',
      ],
      root: 'iommu-completion-timeout',
      by: ['intel-fault-status', 'intel-invalidation-error'],
      never: ['dma-fault'],
    },
    {
      versions: 'AMD, Linux 7.2: with the IOMMU that hangs',
      lines: ['[   40.000000] AMD-Vi: IOMMU 0000:00:00.2: Completion-Wait loop timed out'],
      root: 'iommu-completion-timeout',
      by: ['amd-completion-timeout'],
    },
  ],
  '19 libvirt start': [
    {
      versions: 'a device that has no reset of its own and is not on vfio-pci',
      lines: [
        'error: internal error: Unable to reset PCI device 0000:01:00.0: no FLR, PM reset or bus reset available',
      ],
      root: 'no-reset-mechanism',
      by: ['libvirt-reset-failed'],
    },
    {
      versions: 'up to 9.0 and 11.3: no IOMMU, or no /dev/vfio/vfio',
      lines: ["error: unsupported configuration: host doesn't support passthrough of host PCI devices"],
      root: 'iommu-disabled-kernel',
      by: ['libvirt-no-vfio-support'],
    },
    {
      versions: 'the text of QEMU in the closed monitor',
      lines: [
        `error: internal error: qemu unexpectedly closed the monitor: 2026-03-01T10:00:00.000000Z qemu-system-x86_64: -device {"driver":"vfio-pci","host":"0000:01:00.0"}: vfio 0000:01:00.0: group 14 is not viable`,
      ],
      root: 'iommu-group-shared',
      by: ['qemu-group-not-viable'],
    },
    {
      versions: 'a bridge',
      lines: ['error: unsupported configuration: Non-endpoint PCI devices cannot be assigned to guests'],
      root: 'vm-config',
      by: ['libvirt-not-an-endpoint', 'libvirt-config-refused'],
    },
    {
      versions: 'managed="no" and still on its host driver',
      lines: [
        'error: Requested operation is not valid: Unmanaged PCI device 0000:01:00.0 must be manually detached from the host',
      ],
      root: 'host-driver-bound',
      by: ['libvirt-unmanaged-device'],
    },
    {
      versions: '7.0 and later: the address is gone',
      lines: [
        'error: device not found: Device 0000:01:00.0 not found: could not access /sys/bus/pci/devices/0000:01:00.0/config: No such file or directory',
      ],
      root: 'device-absent',
      by: ['libvirt-device-missing', 'device-not-found'],
    },
  ],
  '20 Proxmox VE start': [
    {
      versions: '/sys/class/iommu is empty',
      lines: ['TASK ERROR: cannot prepare PCI pass-through, IOMMU not present'],
      root: 'iommu-disabled-kernel',
      by: ['pve-iommu-not-present'],
    },
    {
      versions: 'the address is gone',
      lines: ["TASK ERROR: no pci device info for device '0000:01:00.0'"],
      root: 'device-absent',
      by: ['pve-device-not-found'],
    },
    {
      versions: 'no vfio-pci driver',
      lines: ['TASK ERROR: Cannot find vfio-pci module!'],
      root: 'vfio-module-missing',
      by: ['pve-vfio-module-missing'],
    },
    {
      versions: 'qemu-server up to 7.0-16',
      lines: ['TASK ERROR: IOMMU not present'],
      root: 'iommu-disabled-kernel',
      by: ['pve-iommu-not-present'],
    },
    {
      versions: 'the group stays with a host driver, qemu-server up to 6.2-15 and since',
      lines: [
        "can't unbind/bind pci group to vfio '0000:01:00.0'",
        "TASK ERROR: can't unbind/bind PCI group to VFIO '0000:01:00.0'",
      ],
      root: 'host-driver-bound',
      by: ['pve-cannot-bind-vfio'],
    },
    {
      versions: 'the device has no group',
      lines: [
        'Cannot open iommu_group: No such file or directory',
        "TASK ERROR: can't unbind/bind PCI group to VFIO '0000:01:00.0'",
      ],
      root: 'iommu-disabled-kernel',
      by: ['pve-iommu-not-present'],
    },
    {
      versions: 'another guest has the device, qemu-server 7.0-17 and later',
      lines: ["TASK ERROR: PCI device '0000:01:00.0' already in use by VMID '104'"],
      root: 'device-busy',
      by: ['pve-device-in-use'],
    },
  ],
};

for (const [chain, variants] of Object.entries(CHAINS)) {
  describe(`chain ${chain}`, () => {
    it.each(variants)('$versions', ({ lines, root, by, follows = [], never = [] }) => {
      const { diagnoses } = diagnoseTexts({
        log: [...(lines[0]?.includes('Linux version') ? [] : [GPU]), ...lines].join('\n'),
      });
      const told = diagnoses.flatMap((d) => [d.cause, ...d.leadsTo.map((c) => c.cause)]);
      expect(diagnoses[0]?.cause).toBe(root);
      const raised = diagnoses[0]?.evidence.filter((e) => e.effect === 'raises').map((e) => e.rule);
      expect(raised).toEqual(expect.arrayContaining([...by]));
      expect(diagnoses[0]?.leadsTo.map((c) => c.cause)).toEqual(expect.arrayContaining([...follows]));
      for (const cause of never) expect(told).not.toContain(cause);
    });
  });
}
