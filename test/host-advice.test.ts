// What is advised fits the host at hand: its processor, its hypervisor, what runs the guests, and where its settings are kept.
import { describe, expect, it } from 'vitest';
import { warnOfLoss } from '../src/core/fix/advice.ts';
import { missingSection } from '../src/core/report/advice.ts';
import type { Composer } from '../src/core/report/composer.ts';
import { OTHER_HYPERVISORS } from '../src/core/text/distributions.ts';
import { base, diagnoseTexts } from './support/rule-base.ts';

const first = (...lines: string[]) => diagnoseTexts({ log: lines.join('\n') }).diagnoses[0];
const commandsOf = (fix: string, ...lines: string[]) =>
  first(...lines)
    ?.fixes.find((f) => f.id === fix)
    ?.commands.join('\n') ?? '';

const LOCKED = 'vfio-pci 0000:0a:00.0: vfio_pin_pages_remote: RLIMIT_MEMLOCK (8388608) exceeded';
const RESET = '[  88.104411] vfio-pci 0000:0a:00.0: not ready 65535ms after FLR; giving up';
const NIXOS = 'Linux version 6.12.40 (nixbld@localhost) (gcc 14.3.0) #1-NixOS SMP PREEMPT_DYNAMIC';
const UNRAID = 'Linux version 6.12.24-Unraid (root@Develop) (gcc 14.2.0) #1 SMP PREEMPT_DYNAMIC';

describe('a hypervisor that is none of Linux', () => {
  const ON_LINUX = new Set(['kernel-arg', 'modprobe-option', 'driver-bind', 'modules-load', 'sysfs-value']);

  const foreign = base.rules.filter((r) => OTHER_HYPERVISORS.some((h) => h === r.sets['guest-manager']));

  it.each(foreign.map((r) => [r.id, r.examples.match] as const))(
    '%s leads to no setting of vfio',
    (_, lines) => {
      for (const line of lines) {
        const fixes = diagnoseTexts({ log: line }).diagnoses.flatMap((d) => d.fixes.map((f) => f.id));
        expect(fixes.filter((id) => ON_LINUX.has(base.fixes.get(id)?.action.do ?? ''))).toEqual([]);
      }
    },
  );

  it('is given the words of a step alone where it is no Linux', () => {
    const steps = commandsOf(
      'other-slot-or-device',
      'traffic from this device may be redirected to other devices in the system. Not assignable',
    );
    expect(steps).toContain('# Power off, move the card');
    expect(steps).not.toMatch(/^[^#]/m);
  });

  it('is told its own settings', () => {
    const [line = ''] = foreign.find((r) => r.id === 'esxi-passthrough-bars-too-large')?.examples.match ?? [];
    expect(commandsOf('guest-mmio-window', line)).toContain('pciPassthru.use64bitMMIO');
  });
});

describe('what confirms a cause', () => {
  const checks = (...lines: string[]) => first(...lines)?.confirm.map((c) => c.run) ?? [];
  const ADDRESS = "qemu-system-x86_64: -device vfio-pci,host=0a:00.0,bus=pcie.0: Bus 'pcie.0' not found";

  it('is typed where the host has the command', () => {
    expect(checks(ADDRESS, 'pve-manager/8.4.1/2a5fa54a8503f96d (running kernel: 6.8.12-9-pve)')).toEqual([
      'qm config VMID',
    ]);
    expect(checks(ADDRESS, 'Using library: libvirt 11.3.0')).toEqual(['virsh dumpxml NAME']);
  });

  it('says whose it is where the input does not tell', () => {
    expect(first(ADDRESS)?.confirm.map(({ run, host }) => [host, run])).toEqual([
      ['Proxmox VE', 'qm config VMID'],
      ['libvirt', 'virsh dumpxml NAME'],
    ]);
  });

  it.each(OTHER_HYPERVISORS)('asks %s for no file of vfio', (hypervisor) => {
    const lines = base.rules
      .filter((r) => r.sets['guest-manager'] === hypervisor)
      .flatMap((r) => r.examples.match);
    const asked = lines.flatMap((log) => diagnoseTexts({ log }).diagnoses.flatMap((d) => d.confirm));
    expect(lines.length).toBeGreaterThan(0);
    expect(asked.filter(({ run }) => /\/dev\/vfio|iommu_groups?\b|\bqm\b|\bvirsh\b/.test(run))).toEqual([]);
    if (hypervisor !== 'xen')
      expect(asked.filter(({ run }) => /\/(?:proc|sys)\/|\bdmesg\b|^lspci/.test(run))).toEqual([]);
  });
});

describe('the processor of the host', () => {
  const SMMU =
    'qemu-system-aarch64: -device vfio-pci,host=01:00.0: vfio 0000:01:00.0: no iommu_group found: No such file or directory';
  const steps = (...lines: string[]) => commandsOf('enable-iommu-firmware', ...lines);

  it('is the one of its QEMU', () => {
    expect(steps(SMMU)).toContain('SMMU');
  });

  it.each([
    ['TCG', '$ qemu-system-aarch64 -M virt,accel=tcg -device vfio-pci,host=01:00.0'],
    [
      'a processor of x86',
      '[    0.300000] smpboot: CPU0: Intel(R) Core(TM) i7-10700 CPU @ 2.90GHz (family: 0x6, model: 0xa5, stepping: 0x5)',
    ],
  ])('is not the one that it emulates: %s', (_, line) => {
    expect(steps(line, SMMU)).toContain('VT-d');
  });
});

describe('who runs the guests', () => {
  it('is libvirt where the device has its name', () => {
    const refused =
      'qemu-kvm: -device vfio-pci,host=0000:0a:00.0,id=hostdev0,bus=pci.6,addr=0x0: vfio: error opening /dev/vfio/12: Permission denied';
    expect(first(refused)?.fixes.map((f) => f.id)).toContain('libvirt-device-access');
    expect(first(refused.replace('hostdev0', 'hostpci0'))?.fixes.map((f) => f.id)).not.toContain(
      'libvirt-device-access',
    );
  });

  it('is Xen where it speaks itself', () => {
    const lines = [
      '(XEN) [VT-D]DMAR:[DMA Write] Request device [0000:03:00.1] fault addr fffc0000',
      '(XEN) [VT-D]DMAR: reason 02 - Present bit in context entry is clear',
    ];
    expect(first(...lines)?.confirm.map((c) => c.run)).toContainEqual(expect.stringMatching(/^xl dmesg/));
    expect(first(...lines)?.fixes.map((f) => f.id)).not.toContain('iommu-pt');
  });
});

describe('what the input lacks', () => {
  const asked = (log: string) =>
    JSON.stringify(missingSection({ result: diagnoseTexts({ log }) } as Composer).blocks);

  it('is asked of Xen in its own words', () => {
    const refused =
      'libxl: error: libxl_pci.c:1498:pci_add_dm_done: Domain 3:xc_assign_device failed: Operation not permitted';
    expect(asked(refused)).toContain('xl dmesg');
    expect(asked(refused)).not.toContain('/sys/kernel/iommu_groups');
  });

  it('is asked of a host with vfio by its groups', () => {
    expect(asked(LOCKED)).toContain('/sys/kernel/iommu_groups');
  });
});

describe('a plan', () => {
  it('says what `qm set` replaces in the steps for a person', () => {
    const steps = ['qm set VMID --hostpci0 0000:0a:00,pcie=1', 'qm start VMID'];
    expect(warnOfLoss(steps)[0]).toMatch(/^# qm set replaces/);
    expect(warnOfLoss(['qm start VMID'])).toEqual(['qm start VMID']);
  });
});

describe('the processor', () => {
  const NO_GROUP = 'vfio-pci 0002:01:00.0: probe with driver vfio-pci failed with error -22';

  it('is an Arm one where QEMU or the SMMU says so', () => {
    const told =
      'qemu-system-aarch64: -device vfio-pci,host=0002:01:00.0: vfio 0002:01:00.0: no iommu_group found';
    const ids = first(told, NO_GROUP)?.fixes.map((f) => f.id) ?? [];
    expect(ids.length).toBeGreaterThan(0);
    expect(ids).not.toContain('intel-iommu-on');
  });

  it('is taken for x86 where nothing tells it', () => {
    const steps = commandsOf(
      'enable-iommu-firmware',
      'kvm: -device vfio-pci,host=0000:0a:00.0: vfio 0000:0a:00.0: no iommu_group found',
    );
    expect(steps).toContain('VT-d');
    expect(steps).not.toContain('SMMU');
  });
});

describe('a host that keeps nothing under /etc', () => {
  it('NixOS is told the option of its configuration', () => {
    const steps = commandsOf('set-reset-method', NIXOS, RESET);
    expect(steps).toContain('services.udev.extraRules');
    expect(steps).not.toContain('/etc/udev/rules.d');
  });

  it('Unraid is told where a file lasts', () => {
    expect(commandsOf('set-reset-method', UNRAID, RESET)).toContain('/boot/config/go');
  });

  it('every other host writes the file', () => {
    expect(commandsOf('set-reset-method', RESET)).toContain('>> /etc/udev/rules.d/80-reset-method.rules');
  });
});

describe('what runs the guests', () => {
  it('libvirt is known by a message that only it prints', () => {
    const message =
      "error: Failed to start domain 'win11'\nerror: internal error: Unable to reset PCI device 0000:0a:00.0: no FLR, PM reset or bus reset available";
    expect(commandsOf('pass-whole-slot', message)).not.toContain('qm set');
    expect(commandsOf('pass-whole-slot', message)).toContain('virsh edit');
  });

  it('libvirt sets the limit of locked memory itself', () => {
    const xml = "<domain type='kvm'>";
    expect(first(xml, LOCKED)?.fixes[0]?.id).toBe('libvirt-hard-limit');
    expect(first(LOCKED)?.fixes[0]?.id).toBe('raise-memlock-limit');
  });

  it('a cluster is given no settings of libvirt', () => {
    const ids = first(`virt-launcher: ${LOCKED}`)?.fixes.map((f) => f.id);
    expect(ids).toEqual(['kubevirt-memlock']);
  });
});

describe('a cause is told as the lines show it', () => {
  it.each([
    [
      'Your BIOS is broken; DMAR reported at address fed91000 returns all ones!',
      "The firmware's table of the IOMMU is wrong",
    ],
    [
      'ACPI Error: Aborting method \\_SB.PCI0.PEG0.PG00._ON due to previous error (AE_AML_LOOP_TIMEOUT)',
      'A method of the firmware (ACPI) fails',
    ],
    [
      'qemu-system-x86_64: error: failed to set MSR 0x38d to 0x0',
      "KVM refuses a register that QEMU sets for the guest's CPU",
    ],
    ['NVRM: RmInitAdapter failed! (0x24:0x72:1568)', 'The NVIDIA driver could not start the GPU'],
    ['I removed ROM-Bar, and the VM boots properly', "The card's option ROM hangs the firmware of the guest"],
  ])('%s', (line, title) => {
    expect(first(line)?.title).toBe(title);
  });

  it('every form of a cause says something of its own', () => {
    for (const cause of base.causes.values())
      for (const form of cause.forms) {
        expect(form.title ?? '').not.toBe(cause.title);
        expect(form.why ?? '').not.toBe(cause.why);
      }
  });
});

describe('a kernel that uses VT-d without being asked', () => {
  const causeOn = (release: string, args = 'ro quiet') =>
    first(
      `[    0.000000] Linux version ${release}-generic (buildd@lcy02) (gcc) #45-Ubuntu SMP PREEMPT_DYNAMIC`,
      `[    0.000000] Command line: BOOT_IMAGE=/vmlinuz root=/dev/sda1 ${args}`,
      '[    0.100000] smpboot: CPU0: Intel(R) Core(TM) i7-9700K CPU @ 3.60GHz (family: 0x6, model: 0x9e, stepping: 0xc)',
      'vfio: No IOMMU group for device 0000:01:00.0',
    )?.cause;

  it('has no groups because the firmware offers no IOMMU', () => {
    expect(causeOn('6.8.0-45')).toBe('iommu-disabled-firmware');
    expect(causeOn('6.5.0-45')).toBe('iommu-disabled-kernel');
    expect(causeOn('6.8.0-45', 'intel_iommu=off')).toBe('iommu-disabled-kernel');
  });
});

it('gives the screen of a vGPU in the words of Proxmox VE', () => {
  const steps = commandsOf(
    'vgpu-display',
    'proxmox-ve: 8.2.0 (running kernel: 6.8.4-2-pve)',
    'kvm: -device vfio-pci,sysfsdev=/sys/bus/mdev/devices/0f1e2d3c,display=on: vfio-display-dmabuf: opengl not available',
  );
  expect(steps).toContain('qm set VMID --vga virtio-gl');
  expect(steps).not.toContain('virsh');
});
