// Order of events: the newest attempt to start the guest counts most, boot and start are told apart, and the first error
// after the start outranks the cascade behind it.
import { describe, expect, it } from 'vitest';
import { diagnoseTexts } from './support/rule-base.ts';

const causes = (log: string) => diagnoseTexts({ log }).diagnoses.map((d) => d.cause);
const first = (...lines: string[]) => causes(lines.join('\n'))[0];

describe('the newest attempt counts most', () => {
  it('in a task log without a clock', () => {
    const busy =
      'kvm: -device vfio-pci,host=0000:0a:00.0: vfio 0000:0a:00.0: failed to open /dev/vfio/21: Device or resource busy';
    const shared = 'kvm: -device vfio-pci,host=0000:0a:00.0: vfio 0000:0a:00.0: group 21 is not viable';
    const run = (line: string) => [
      'root@node1:~# qm start 108',
      line,
      'start failed: QEMU exited with code 1',
    ];
    expect(first(...run(busy), ...run(shared))).toBe('iommu-group-shared');
    expect(first(...run(shared), ...run(busy))).toBe('device-busy');
  });

  it("in QEMU's log of libvirt", () => {
    const start = (at: string) =>
      `${at}+0000: starting up libvirt version: 11.3.0, package: 3 (Debian), qemu version: 10.0.3, kernel: 6.12.38+deb13-amd64, hostname: node1`;
    const none =
      'qemu-system-x86_64: -device {"driver":"vfio-pci","host":"0000:0a:00.0"}: vfio 0000:0a:00.0: no iommu_group found: No such file or directory';
    const memory =
      'qemu-system-x86_64: -device {"driver":"vfio-pci","host":"0000:0a:00.0"}: VFIO_MAP_DMA failed: Cannot allocate memory';
    const end = (at: string) => `${at}+0000: shutting down, reason=failed`;
    const [early, late] = ['2026-05-01 10:00:00.100', '2026-05-01 11:30:00.100'] as const;
    expect(first(start(early), none, end(early), start(late), memory, end(late))).toBe('memlock-limit');
    expect(first(start(early), memory, end(early), start(late), none, end(late))).toBe(
      'iommu-disabled-kernel',
    );
  });

  it('in dmesg', () => {
    const open = (at: string) => `[${at}] vfio-pci 0000:0a:00.0: enabling device (0000 -> 0003)`;
    const log = [
      open('  100.000000'),
      "[  100.200000] vfio-pci 0000:0a:00.0: BAR 0: can't reserve [mem 0xd0000000-0xdfffffff 64bit pref]",
      open('  900.000000'),
      '[  905.000000] AMD-Vi: Completion-Wait loop timed out',
    ];
    expect(first(...log)).toBe('iommu-completion-timeout');
  });

  it('in what a terminal shows of virsh', () => {
    const failed = (why: string) => `error: Failed to start domain 'win11'\nerror: ${why}`;
    const off = failed("unsupported configuration: host doesn't support passthrough of host PCI devices");
    const group = failed(
      'internal error: qemu unexpectedly closed the monitor: 2026-05-01T10:00:00.100000Z qemu-system-x86_64: -device {"driver":"vfio-pci","host":"0000:0a:00.0"}: vfio 0000:0a:00.0: group 21 is not viable',
    );
    expect(first(off, group)).toBe('iommu-group-shared');
  });
});

describe('boot and start', () => {
  it('an error of the boot gives way to one of the start', () => {
    const log = [
      '[    1.204000] Lockdown: modprobe: unsigned module loading is restricted; see man kernel_lockdown.7',
      '[  300.000000] vfio-pci 0000:0a:00.0: enabling device (0000 -> 0003)',
      "[  300.200000] vfio-pci 0000:0a:00.0: BAR 0: can't reserve [mem 0xd0000000-0xdfffffff 64bit pref]",
    ];
    expect(first(...log)).toBe('boot-framebuffer-owns-gpu');
  });

  it('several boots: the newest one with a failure is told', () => {
    const boot = (id: string, ...lines: string[]) => [`-- Boot ${id.repeat(32)} --`, ...lines];
    const at = (time: string, text: string) => `May 01 ${time} node1 kernel: ${text}`;
    const log = [
      ...boot('a', at('08:00:00', 'vfio-pci 0000:0a:00.0: not ready 65535ms after FLR; giving up')),
      ...boot('b', at('09:00:00', "vfio-pci 0000:0a:00.0: BAR 0: can't reserve [mem 0xd0000000-0xdfffffff]")),
      ...boot('c', at('10:00:00', 'vfio-pci 0000:0a:00.0: enabling device (0000 -> 0003)')),
    ];
    expect(first(...log)).toBe('boot-framebuffer-owns-gpu');
  });
});

describe('the first error outranks the cascade', () => {
  it('when a card falls off the bus and everything after it fails', () => {
    const log = [
      '[  500.000000] vfio-pci 0000:0a:00.0: enabling device (0000 -> 0003)',
      '[  512.100000] pcieport 0000:00:03.1: AER: Uncorrected (Fatal) error received: 0000:0a:00.0',
      '[  512.100100] vfio-pci 0000:0a:00.0: PCIe Bus Error: severity=Uncorrected (Fatal), type=Transaction Layer, (Requester ID)',
      '[  513.400000] vfio-pci 0000:0a:00.0: vfio_bar_restore: reset recovery - restoring BARs',
      '[  514.000000] vfio-pci 0000:0a:00.0: not ready 65535ms after bus reset; giving up',
      '[  514.100000] vfio-pci 0000:0a:00.0: Unable to change power state from D0 to D3hot, device inaccessible',
    ];
    expect(first(...log)).toBe('pcie-link-errors');
  });

  it('when the IOMMU is off and a journal tells of every step', () => {
    const log = [
      'May 01 10:00:00 node1 pvedaemon[812]: start VM 108: UPID:node1:0000A1B2:00C3D4E5:65A0B1C2:qmstart:108:root@pam:',
      'May 01 10:00:00 node1 pvedaemon[9011]: cannot prepare PCI pass-through, IOMMU not present',
      'May 01 10:00:00 node1 pvedaemon[812]: <root@pam> end task UPID:node1:0000A1B2:00C3D4E5:65A0B1C2:qmstart:108:root@pam: cannot prepare PCI pass-through, IOMMU not present',
    ];
    expect(first(...log)).toBe('iommu-disabled-kernel');
  });

  it('when the reset fails first and the guest then dies of an empty config space', () => {
    const log = [
      'root@node1:~# qm start 108',
      '[  240.100001] vfio-pci 0000:0a:00.0: not ready 65535ms after FLR; giving up',
      '[  240.200001] vfio-pci 0000:0a:00.0: Unable to change power state from D3cold to D0, device inaccessible',
      "kvm: ../hw/pci/pci.c:1633: pci_irq_handler: Assertion `0 <= irq_num && irq_num < PCI_NUM_PINS' failed.",
    ];
    expect(first(...log)).toBe('reset-timeout');
  });

  it('a cause is not one when it came after its effect', () => {
    const log = [
      '[  100.000000] vfio-pci 0000:0a:00.0: Unable to change power state from D3cold to D0, device inaccessible',
      '[  900.000000] vfio-pci 0000:0a:00.0: not ready 65535ms after FLR; giving up',
    ];
    expect(first(...log)).toBe('d3cold-power-transition');
  });
});
