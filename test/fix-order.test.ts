// One cause, several roots: the fix that stands first is the one that the lines at hand ask for.
import { describe, expect, it } from 'vitest';
import { base, diagnoseTexts } from './support/rule-base.ts';

const fixesOf = (...lines: string[]) => {
  const [first] = diagnoseTexts({ log: lines.join('\n') }).diagnoses;
  return [first?.cause, ...(first?.fixes.map((f) => f.id) ?? [])];
};

describe('the first fix fits the lines', () => {
  it.each([
    [
      'a pool without a free function gets more of them',
      "error: internal error: network 'vf-pool' requires exclusive access to interfaces, but none are available",
      ['sriov-vf', 'vf-pool-larger'],
    ],
    [
      'a request that a port refuses is no matter of contacts',
      '[  178.309152] pcieport 0000:00:03.2:    [20] UnsupReq               (First)',
      ['pcie-link-errors', 'update-kernel'],
    ],
    [
      'code that the processor cannot run is mostly an option ROM',
      'KVM internal error. Suberror: 1',
      ['vm-config', 'vm-rombar-off'],
    ],
    [
      'a drive without a place moves to another bus',
      "kvm: -device ide-cd,bus=ide.1,unit=1,drive=drive-ide3,id=ide3: Can't create IDE unit 1, bus supports only 1 units",
      ['vm-config', 'vm-drive-other-bus'],
    ],
    [
      'Proxmox VE without an IOMMU looks into the firmware first',
      'No IOMMU detected, please activate it. See Documentation for further information.',
      ['iommu-disabled-kernel', 'enable-iommu-firmware', 'intel-iommu-on'],
    ],
    [
      'a container is given the file that it lacks',
      'Error: QMP command failed: vfio 0000:3b:10.4: failed to open /dev/vfio/72: Operation not permitted: OCI runtime permission denied error',
      ['vfio-permission', 'vfio-into-container'],
    ],
    [
      'KubeVirt brings its own QEMU',
      'lstat /dev/vfio/devices/vfio0: no such file or directory',
      ['qemu-regression', 'kubevirt-release'],
    ],
    [
      'a part of the chipset is no device of a guest',
      'DMAR: [DMA Read] Request device [00:14.0] fault addr df63e000 [fault reason 06] PTE Read access is not set',
      ['dma-fault', 'iommu-pt'],
    ],
    [
      'a virtual card without room is in a guest',
      'pci 0000:01:00.0: [1b36:0100] type 00 class 0x038000\npci 0000:01:00.0: BAR 0: failed to assign [mem size 0x04000000]',
      ['bar-space-exhausted', 'guest-mmio-window'],
    ],
    [
      'a module without a signature is signed',
      'Lockdown: modprobe: unsigned module loading is restricted; see man kernel_lockdown.7',
      ['secure-boot-lockdown', 'sign-module', 'disable-secure-boot'],
    ],
    [
      'a refused key is enrolled',
      "modprobe: ERROR: could not insert 'vendor_reset': Key was rejected by service",
      ['secure-boot-lockdown', 'sign-module', 'disable-secure-boot'],
    ],
    [
      'no signature opens the registers of a device',
      'Lockdown: setpci: direct PCI access is restricted; see man kernel_lockdown.7',
      ['secure-boot-lockdown', 'disable-secure-boot'],
    ],
    [
      'a card that vendor-reset does not know is not given it',
      'RX 6800 XT passed to a Windows guest. It works once, then needs a reboot of the host.',
      ['amd-reset-bug', 'full-power-off', 'guest-gpu-eject'],
    ],
    [
      'an earlier kernel leads where it is told to work',
      'GPU passthrough with vfio-pci: the guest works fine with kernel 6.5.13 and hangs with 6.8.4',
      ['kernel-regression', 'older-kernel'],
    ],
    [
      'elsewhere a later one does',
      '[  812.001000] RIP: 0010:vfio_pci_core_disable+0x3a/0x210 [vfio_pci_core]',
      ['kernel-regression', 'update-kernel'],
    ],
    [
      'a size that the guest does not stand is made smaller',
      'With ReBAR enabled the guest shows a black screen',
      ['resizable-bar', 'shrink-rebar', 'guest-mmio-window'],
    ],
    [
      'a unit of VT-d that hangs is no device without an answer',
      'Kernel panic - not syncing: DMAR hardware is malfunctioning',
      ['iommu-completion-timeout', 'firmware-update', 'update-kernel'],
    ],
    [
      'nor is one of AMD that stands still before any driver is there',
      '[    0.180000] AMD-Vi: Command buffer timeout',
      ['iommu-completion-timeout', 'full-power-off', 'firmware-update'],
    ],
    [
      'a driver that makes virtual functions comes before their number',
      '-bash: echo: write error: No such file or directory',
      ['sriov-vf', 'sriov-pf-driver'],
    ],
    [
      'a driver for the other side is built for this one',
      'icp_qa_al err: adf_subsystemInit: Invalid SRIOV_Enabled value, driver is built with SRIOV.',
      ['sriov-vf', 'qat-driver-side'],
    ],
    [
      'WSL is given no IOMMU of its own',
      'PCI passthrough is not possible inside WSL2',
      ['no-iommu-hardware', 'use-iommu-hardware'],
    ],
    [
      'hugepages that ran out are reserved',
      'qemu-system-x86_64: -mem-path /dev/hugepages: os_mem_prealloc: Insufficient free host memory pages available to allocate guest RAM',
      ['hugepages-shortage', 'reserve-hugepages'],
    ],
    [
      'a device of a host driver is not kept awake by vfio-pci',
      '[   40.000000] nvme 0000:06:00.0: Unable to change power state from D3cold to D0, device inaccessible',
      ['d3cold-power-transition', 'full-power-off', 'd3cold-allowed-off'],
    ],
    [
      'a command that virsh does not know is written as it is called',
      "error: unknown command: 'nodedev-dettach'",
      ['vm-config', 'correct-virsh-command'],
    ],
    [
      'what ESXi does not find is enabled and added anew',
      'Module DevicePowerOn power on failed. Failed to start the virtual machine. Device 6:0.0 is not a passthrough device.',
      ['host-driver-bound', 'esxi-device-anew'],
    ],
    [
      'a token is handed over, the functions stay',
      '[   70.100000] vfio-pci 0000:3b:02.1: VF token required to access device',
      ['sriov-vf', 'vf-token'],
    ],
    [
      'without room no number of functions fits',
      '[    9.100000] igb 0000:3b:00.0: not enough MMIO resources for SR-IOV',
      ['sriov-vf', 'sriov-firmware'],
    ],
    [
      'the physical function has to be up',
      '[   12.500000] ixgbevf 0000:3b:10.0: PF still in reset state.  Is the PF interface up?',
      ['sriov-vf', 'pf-interface-up'],
    ],
    [
      'a word that is gone is taken out of the list',
      "==> ERROR: module not found: 'vfio_virqfd'",
      ['vfio-module-missing', 'drop-vfio-virqfd'],
    ],
    [
      'a chipset whose interrupt remapping is faulty is not mended by its firmware',
      'DMAR-IR: This system BIOS has enabled interrupt remapping',
      ['interrupt-remapping-missing', 'allow-unsafe-interrupts'],
    ],
    [
      'who may not open /dev/kvm joins its group',
      'Could not access KVM kernel module: Permission denied',
      ['vfio-permission', 'kvm-group'],
    ],
    [
      'modprobe tells whether the firmware is at fault',
      'Could not access KVM kernel module: No such file or directory',
      ['virtualization-disabled', 'load-kvm-module', 'enable-virtualization-firmware'],
    ],
    [
      'a lock of the firmware is lifted there',
      'kvm_amd: SVM not supported by CPU 2, SVM disabled (by BIOS) in MSR_VM_CR',
      ['virtualization-disabled', 'enable-virtualization-firmware', 'load-kvm-module'],
    ],
    [
      'an address that the host reserves is no matter of the number of mappings',
      'qemu-system-aarch64: vfio_dma_map(0x55aa0c7e6400, 0x40000000, 0x80000000, 0x7f0aa0000000) = -22 (Invalid argument)',
      ['dma-map-failed', 'guest-memory-off-reserved', 'plain-guest-memory'],
    ],
    [
      'a reset that Proxmox VE goes on without may do no harm',
      "error writing '1' to '/sys/bus/pci/devices/0000:0a:00.0/reset': Inappropriate ioctl for device",
      ['no-reset-mechanism', 'cold-boot-between-guests', 'pass-whole-slot'],
    ],
    [
      'nothing on the root bus has neighbours that bring a reset',
      'qemu-system-x86_64: vfio: Cannot reset device 0000:00:1b.0, no available reset mechanism.',
      ['no-reset-mechanism', 'cold-boot-between-guests'],
    ],
    [
      'a table of the firmware has nothing to do with sleep',
      'Your BIOS is broken; DMAR reported at address fed91000 returns all ones!',
      ['acpi-firmware-bug', 'firmware-update'],
    ],
    [
      'a guest of Xen is looked for with the tools of Xen',
      'Requested operation is not valid: PCI device 0000:03:00.0 is in use by driver xenlight, domain sys-usb',
      ['device-busy', 'stop-xen-holder'],
    ],
    [
      'no host driver is on a line that two guests want',
      'genirq: Flags mismatch irq 16. 00000000 (vfio-intx(0000:0a:00.0)) vs. 00000000 (vfio-intx(0000:0b:00.0))',
      ['intx-sharing', 'other-slot-or-device'],
    ],
    [
      'an address without its domain is written in full',
      './bind.sh: 8: cannot create /sys/bus/pci/devices/0a:00.0/driver/unbind: Directory nonexistent',
      ['device-id-mismatch', 'full-pci-address'],
    ],
    [
      'an entry that is refused is corrected',
      "error: unsupported configuration: chardev 'spicevmc' not supported without spice graphics",
      ['vm-config', 'vm-correct-entry', 'vm-minimal-config'],
    ],
    [
      'a name that libvirt does not write is written anew',
      "error: Node device not found: no node device with matching name 'pci_0000_0a:00.1'",
      ['device-absent', 'nodedev-name', 'vm-device-new-address'],
    ],
    [
      'virtual functions need a driver that makes them',
      'ixgbe 0000:03:00.0: no driver bound to device; cannot configure SR-IOV',
      ['sriov-vf', 'sriov-pf-driver', 'sriov-recreate'],
    ],
    [
      'a USB device is opened by its own file',
      'qemu-kvm: -device {"driver":"usb-host","hostdevice":"/dev/bus/usb/003/004"}: failed to open /dev/bus/usb/003/004: Permission denied',
      ['vfio-permission', 'usb-device-access', 'mac-policy-for-vfio'],
    ],
    [
      'a region of I/O ports finds no room above 4 GB',
      'pci 0000:01:00.0: BAR 0: failed to assign [io size 0x0100]',
      ['bar-space-exhausted', 'other-slot-or-device', 'pci-realloc'],
    ],
    [
      'a device of the host reaches its memory by iommu=pt',
      '[    4.281004] DMAR: [DMA Read] Request device [05:00.0] fault addr df63e000 [fault reason 06] PTE Read access is not set',
      ['dma-fault', 'iommu-pt', 'reset-before-use'],
    ],
    [
      'long after the boot it may as well be that of a guest',
      '[ 9281.442910] DMAR: [DMA Read] Request device [05:00.0] fault addr df63e000 [fault reason 06] PTE Read access is not set',
      ['dma-fault', 'reset-before-use', 'update-guest-driver', 'iommu-pt'],
    ],
    [
      'a driver of the host in front of the fault has the device',
      '[ 9281.442910] nvme 0000:05:00.0: AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x0011 address=0xfd5c0000 flags=0x0000]',
      ['dma-fault', 'iommu-pt'],
    ],
    [
      'a fault of a device on vfio-pci is its guest',
      '[    9.442910] vfio-pci 0000:05:00.0: AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x0011 address=0xfd5c0000 flags=0x0000]',
      ['dma-fault', 'reset-before-use'],
    ],
    [
      'what came after the boot gets no room from the firmware',
      '[ 2107.180400] pci 0000:3a:00.0: BAR 0: no space for [mem size 0x00200000 64bit]',
      ['bar-space-exhausted', 'pci-realloc', 'above-4g-decoding'],
    ],
    [
      'a window below 4 GB gets none above',
      '[    1.180400] pci 0000:3a:00.0: BAR 14: no space for [mem size 0x00300000]',
      ['bar-space-exhausted', 'pci-realloc'],
    ],
    [
      'a guest without room gets a larger window',
      'Code 12: This device cannot find enough free resources that it can use.',
      ['bar-space-exhausted', 'guest-mmio-window', 'above-4g-decoding'],
    ],
    [
      'several devices of one id are told apart by address',
      'Your boot/primary GPU has the same id as one of the GPUs you are trying to bind to vfio-pci!',
      ['device-id-mismatch', 'bind-to-vfio-by-address'],
    ],
    [
      'what helped is named first',
      'I changed the PCI device settings and removed ROM-Bar. The VM boots properly',
      ['rom-invalid', 'vm-rombar-off'],
    ],
    [
      'a firmware that is named as the lock is opened there',
      'dmesg reports that KVM is disabled by my bios',
      ['virtualization-disabled', 'enable-virtualization-firmware'],
    ],
    [
      'memory that is lacking is no matter of hugepages',
      "qemu-system-x86_64: cannot set up guest memory 'pc.ram': Cannot allocate memory",
      ['hugepages-shortage', 'shrink-guest-memory', 'reserve-hugepages'],
    ],
    [
      'a register that the guest touches is ignored',
      '[  102.441802] kvm [4182]: vcpu0, guest rIP: 0xfffff80512345678 unhandled rdmsr: 0x1aa',
      ['guest-unhandled-msr', 'kvm-ignore-msrs'],
    ],
    [
      'one that QEMU sets goes with the CPU model',
      'qemu-system-x86_64: error: failed to set MSR 0x38d to 0x0',
      ['guest-unhandled-msr', 'vm-cpu-host', 'update-kernel'],
    ],
    [
      'insmod takes a file: modprobe finds it',
      'insmod: ERROR: could not load module vfio-pci: No such file or directory',
      ['vfio-module-missing', 'load-vfio-modules'],
    ],
    [
      'a GPU that still runs is reset',
      'NVRM: GPU3 _kgspBootGspRm: unexpected WPR2 already up, cannot proceed with booting GSP',
      ['no-reset-mechanism', 'reset-before-use', 'full-power-off'],
    ],
    [
      'interrupts of the card are left to its virtual functions',
      'ice 0000:3b:00.0: Only 4 MSI-X interrupts available for SR-IOV. Not enough to support minimum of 2 MSI-X interrupts per VF for 8 VFs',
      ['sriov-vf', 'sriov-fewer-vectors'],
    ],
    [
      'a full guest gets more ports',
      'error: internal error: No more available PCI slots',
      ['vm-config', 'vm-pcie-ports'],
    ],
    [
      'what libvirt asks by itself is answered in libvirt',
      'error: internal error: PCI device 0000:41:00.0 is not assignable',
      ['acs-missing', 'libvirt-relaxed-acs', 'other-slot-or-device'],
    ],
    [
      'a monitor that stops is replaced, not QEMU',
      "thread 'vmm' panicked at 'called `Option::unwrap()` on a `None` value', pci/src/vfio.rs:1127:40",
      ['qemu-regression', 'vmm-update'],
    ],
    [
      'a mapping that is there already is the monitor itself',
      'Error booting VM: VmBoot(DeviceManager(VfioDmaMap(IommuDmaMap(Error(17)))))',
      ['dma-map-failed', 'vmm-update', 'update-kernel'],
    ],
    [
      'an argument that switches the IOMMU off is taken out',
      'AMD-Vi: AMD IOMMU disabled on kernel command-line',
      ['iommu-disabled-kernel', 'amd-iommu-not-off'],
    ],
    [
      'a cluster is told of the device',
      '0/4 nodes are available: 4 Insufficient nvidia.com/GA102GL.',
      ['host-driver-bound', 'kubevirt-permit-device', 'bind-to-vfio'],
    ],
    [
      'what KVM ignores already is not ignored anew',
      '[  102.441802] kvm [4182]: vcpu0, guest rIP: 0xfffff80512345678 ignored rdmsr: 0x1aa\n[  102.541802] kvm [4182]: vcpu0 hyper-v crash (0x1e 0xffffffffc0000096 0x0 0x0 0x0)',
      ['guest-unhandled-msr', 'vm-cpu-host'],
    ],
    [
      'memory that lies in a file is lacking hugepages',
      'qemu-system-x86_64: unable to map backing store for guest RAM: Cannot allocate memory',
      ['hugepages-shortage', 'reserve-hugepages', 'shrink-guest-memory'],
    ],
    [
      'a stream id that the table lacks comes with the firmware',
      'arm-smmu-v3 arm-smmu-v3.1.auto: event 0x02 received:',
      ['dma-fault', 'firmware-update'],
    ],
    [
      'processor graphics have no ROM to read',
      'qemu-system-x86_64: vfio-pci: Cannot read device rom at 0000:00:02.0',
      ['rom-invalid', 'vm-rombar-off'],
    ],
    [
      'a guest without the extension is given it from outside',
      'wsl: nested virtualization is not supported on this computer',
      ['virtualization-disabled', 'enable-nested-virtualization'],
    ],
    [
      'GVT-g is loaded before it is asked',
      "ls: cannot access '/sys/devices/pci0000:00/0000:00:02.0/mdev_supported_types': No such file or directory",
      ['mdev-vgpu', 'gvt-enable'],
    ],
    [
      'modprobe takes a name, not a file',
      'modprobe: FATAL: Module vfio-pci.ko not found in directory /lib/modules/6.12.38',
      ['vfio-module-missing', 'load-vfio-modules'],
    ],
    [
      'a GPU of the host is kept awake by its own driver',
      '[   88.104411] radeon 0000:01:00.0: not ready 2047ms after resume; waiting\nACPI Error: Aborting method \\AMD3._ON due to previous error (AE_AML_LOOP_TIMEOUT)',
      ['acpi-firmware-bug', 'gpu-runpm-off', 'firmware-update'],
    ],
    [
      'registers that the kernel keeps closed are opened by no signature',
      'pcilib: sysfs_write: write failed: Operation not permitted',
      ['secure-boot-lockdown', 'disable-secure-boot'],
    ],
    [
      'a mapping of the host is no matter of a guest',
      'DMAR: ERROR: DMA PTE for vPFN 0x61a2c already set (to 3e1bc003 not 3e1bc003)',
      ['dma-map-failed', 'update-kernel', 'iommu-pt'],
    ],
    [
      'the mount of the huge pages is opened, not the group',
      "qemu-kvm: can't open backing store /dev/hugepages/libvirt/qemu for guest RAM: Permission denied",
      ['vfio-permission', 'hugepage-mount-access'],
    ],
    [
      'a pod gets its limit from the cluster',
      'server error. command SyncVMI failed: "LibvirtError(Code=1): internal error: process exited while connecting to monitor: qemu-kvm: -device vfio-pci,host=0000:41:00.0: VFIO_MAP_DMA failed: Cannot allocate memory" from virt-launcher',
      ['memlock-limit', 'kubevirt-memlock'],
    ],
    [
      'a cloud machine has no IOMMU to switch on',
      '0000:00:1f.0 (1d0f 8061): failed to bind to vfio-pci, aborting',
      ['no-iommu-hardware', 'vfio-noiommu-mode'],
    ],
  ])('%s', (_, line, expected) => {
    expect(fixesOf(line).slice(0, expected.length)).toEqual(expected);
  });

  it('hides no hypervisor twice', () => {
    const code43 = 'The GTX 1060 shows Code 43 in the guest';
    expect(fixesOf(code43)).toContain('hide-hypervisor');
    expect(fixesOf(code43, '-cpu host,kvm=off,hv_vendor_id=whatever')).not.toContain('hide-hypervisor');
  });

  it('is typed for the device and not for the port above it', () => {
    const [first] = diagnoseTexts({
      log: [
        '[   40.100000] vfio-pci 0000:10:00.0: Unable to change power state from D3cold to D0, device inaccessible',
        '[   40.300000] pcieport 0000:0f:00.0: Data Link Layer Link Active not set in 100 msec',
      ].join('\n'),
    }).diagnoses;
    expect(first?.devices).toEqual(['0000:10:00.0', '0000:0f:00.0']);
    expect(first?.confirm[0]?.run).toContain('0000:10:00.0');
  });

  it.each([
    [
      'a virtual function does not take the physical one along',
      [
        'kvm: -device vfio-pci,host=0000:3b:10.0: vfio 0000:3b:10.0: group 15 is not viable',
        '3b:10.0 Ethernet controller [0200]: Intel Corporation 82576 Virtual Function [8086:10ca] (rev 01)',
      ],
      'bind-whole-group',
    ],
    [
      'an integrated device is not put into another slot',
      ['vfio-pci 0000:00:02.0: not ready 65535ms after FLR; giving up'],
      'reseat-card',
    ],
    [
      'vendor-reset is not installed a second time',
      ['vfio-pci 0000:0b:00.0: AMD_VEGA10: version 1.1', 'vfio-pci 0000:0b:00.0: SMU error 0x0'],
      'vendor-reset',
    ],
    [
      'a table is not mended by keeping devices awake',
      ['Your BIOS is broken; DMAR reported at address fed91000 returns all ones!'],
      'disable-idle-d3',
    ],
    [
      'a device of the root bus is not given away with its slot',
      ['qemu-system-x86_64: vfio: Cannot reset device 0000:00:1b.0, no available reset mechanism.'],
      'pass-whole-slot',
    ],
    [
      'an NVMe drive has no other interrupt than MSI-X',
      ['nvme nvme0: I/O tag 4 (0004) QID 1 timeout, completion polled'],
      'guest-msi',
    ],
  ])('%s', (_, lines, absent) => {
    expect(fixesOf(...lines)).not.toContain(absent);
  });

  it('keeps a card awake before its firmware is touched', () => {
    const method =
      'ACPI Error: Aborting method \\_SB.PCI0.PEG0.PG00._ON due to previous error (AE_AML_LOOP_TIMEOUT)';
    const card = 'vfio-pci 0000:01:00.0: not ready 1023ms after resume; waiting';
    expect(fixesOf(method).slice(0, 2)).toEqual(['acpi-firmware-bug', 'firmware-update']);
    expect(fixesOf(method, card).slice(0, 2)).toEqual(['acpi-firmware-bug', 'disable-idle-d3']);
  });

  it('switches on no decoding that is on', () => {
    const window = 'pci_bus 0000:00: root bus resource [mem 0x4000000000-0x7fffffffff window]';
    const full = 'pci 0000:03:00.0: BAR 2: no space for [mem size 0x400000000 64bit pref]';
    expect(fixesOf(full).slice(0, 2)).toEqual(['bar-space-exhausted', 'above-4g-decoding']);
    expect(fixesOf(window, full)).not.toContain('above-4g-decoding');
  });

  it('types no command twice', () => {
    const held = [
      'options vfio-pci ids=10de:1b81',
      '01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GP104 [10de:1b81] (rev a1)',
      '\tKernel driver in use: nouveau',
      'user@host:~$ uname -a',
      'Linux host 6.12.38+deb13-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.12.38-1 x86_64 GNU/Linux',
    ];
    expect(fixesOf(...held).slice(0, 3)).toEqual([
      'host-driver-bound',
      'softdep-host-driver',
      'rebuild-initramfs',
    ]);
  });

  it('makes the functions that the command line asks for', () => {
    const cmdline =
      '[    0.000000] Command line: BOOT_IMAGE=/boot/vmlinuz-6.14.11-1-pve root=/dev/mapper/pve-root ro i915.max_vfs=5';
    const gone = "TASK ERROR: no pci device info for device '0000:00:02.3'";
    expect(fixesOf(gone, cmdline).slice(0, 2)).toEqual(['device-absent', 'sriov-recreate']);
    expect(fixesOf(gone).slice(0, 2)).toEqual(['device-absent', 'vm-device-new-address']);
  });

  it('takes lockdown off the command line that has it', () => {
    const refused = 'Lockdown: setpci: direct PCI access is restricted; see man kernel_lockdown.7';
    const cmdline = (args: string) =>
      `[    0.000000] Command line: BOOT_IMAGE=/vmlinuz root=/dev/sda2 ro ${args}`;
    expect(fixesOf(cmdline('lockdown=integrity'), refused)).toEqual([
      'secure-boot-lockdown',
      'remove-lockdown',
    ]);
    expect(fixesOf(cmdline('quiet'), refused)).toEqual(['secure-boot-lockdown', 'disable-secure-boot']);
  });

  it('leaves the line to the device whose interrupt mask fails', () => {
    const cared = 'irq 17: nobody cared (try booting with the "irqpoll" option)';
    const vfio = '[<000000006b1d77ae>] vfio_intx_handler [vfio_pci_core]';
    const usb = '[<00000000a5a5cb13>] usb_hcd_irq [usbcore]';
    expect(fixesOf(cared, 'handlers:', vfio).slice(0, 2)).toEqual(['intx-sharing', 'vfio-nointxmask']);
    expect(fixesOf(cared, 'handlers:', vfio, usb).slice(0, 2)).toEqual([
      'intx-sharing',
      'free-interrupt-line',
    ]);
  });

  it('goes forward where a later version has the correction', () => {
    const crash = [
      'BUG: kernel NULL pointer dereference, address: 0000000000000010',
      'CPU: 3 PID: 912 Comm: CPU 0/KVM Tainted: P           OE     5.6.0-rc2-1-custom #1',
      'RIP: 0010:svm_refresh_apicv_exec_ctrl+0xe4/0x110 [kvm_amd]',
    ];
    expect(fixesOf(...crash).slice(0, 3)).toEqual(['kernel-regression', 'update-kernel', 'older-kernel']);
  });

  it('gives away no group with the chipset in it', () => {
    const listing = [
      'IOMMU Group 12:',
      '\t00:1f.0 ISA bridge [0601]: Intel Corporation B660 Chipset LPC Controller [8086:7a86] (rev 11)',
      '\t00:1f.3 Audio device [0403]: Intel Corporation Alder Lake-S HD Audio Controller [8086:7ad0] (rev 11)',
    ];
    const failed = 'kvm: -device vfio-pci,host=0000:00:1f.3: vfio 0000:00:1f.3: group 12 is not viable';
    const fixes = fixesOf(failed, ...listing);
    expect(fixes.slice(0, 2)).toEqual(['iommu-group-shared', 'other-slot-or-device']);
    expect(fixes).not.toContain('bind-whole-group');
  });
});

describe('a command to paste', () => {
  it('leaves what stands in a file that others write too', () => {
    const steps = [...base.fixes.values()].flatMap(({ id, action }) =>
      action.do === 'manual' ? action.steps.map((s) => ({ id, run: s.run ?? [] })) : [],
    );
    const shared = /[^>]> \/etc\/(?!udev\/rules\.d\/\d|modules-load\.d\/)\S+/;
    const lost = steps.filter(
      ({ run }) => run.some((c) => shared.test(c)) && !run.some((c) => /^cp \/etc\//.test(c)),
    );
    expect(lost.map((s) => s.id)).toEqual([]);
  });

  it('names no driver that another card may need', () => {
    const runs = [...base.fixes.values()].flatMap(({ id, action }) =>
      action.do === 'manual' ? action.steps.flatMap((s) => (s.run ?? []).map((r) => `${id}: ${r}`)) : [],
    );
    expect(runs.filter((r) => /\|\| modprobe -r/.test(r))).toEqual([]);
  });
});

describe('a text without a device', () => {
  it('reads as a sentence', () => {
    // `The controller {device}` would become "The controller the device".
    const noun = /\b(?:controller|card|device|function|drive|port|bridge) \{devices?\}/;
    const texts = [
      ...base.rules.map((r) => [r.id, r.means] as const),
      ...[...base.causes.values()].map((c) => [c.id, c.why] as const),
      ...[...base.fixes.values()].flatMap((f) => [f.title, f.effect].map((t) => [f.id, t] as const)),
    ];
    expect(texts.filter(([, text]) => noun.test(text)).map(([id]) => id)).toEqual([]);
  });
});
