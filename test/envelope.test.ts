// Every envelope that logs come in, taken off line by line.
import { describe, expect, it } from 'vitest';
import { LINE_CAP, openLine } from '../src/core/text/envelope.ts';

const TEXT = 'vfio-pci 0000:01:00.0: Unable to change power state from D3cold to D0, device inaccessible';

const KERNEL_ENVELOPES = {
  printk: `[   12.345678] ${TEXT}`,
  'printk with thread': `[   12.345678] [   T1234] ${TEXT}`,
  'printk with CPU': `[   12.345678][    C3] ${TEXT}`,
  'raw priority': `<3>[   12.345678] ${TEXT}`,
  'dmesg -x': `kern  :err   : [   12.345678] ${TEXT}`,
  'dmesg -T': `[Tue Nov  3 11:22:33 2026] ${TEXT}`,
  'dmesg --time-format iso': `2026-11-03T11:22:33,123456+01:00 ${TEXT}`,
  'journal short': `Nov 03 11:22:33 node1 kernel: ${TEXT}`,
  'journal short, one-digit day': `Nov  3 11:22:33 node1 kernel: ${TEXT}`,
  'journal short-precise': `Nov 03 11:22:33.123456 node1 kernel: ${TEXT}`,
  'journal short-iso': `2026-11-03T11:22:33+0100 node1 kernel: ${TEXT}`,
  'journal short-iso-precise': `2026-11-03T11:22:33.123456+01:00 node1 kernel: ${TEXT}`,
  'journal short-monotonic': `[   12.345678] node1 kernel: ${TEXT}`,
  'journal json': JSON.stringify({
    MESSAGE: TEXT,
    _TRANSPORT: 'kernel',
    _HOSTNAME: 'node1',
    __REALTIME_TIMESTAMP: '1793700000000000',
  }),
  'rsyslog with printk stamp': `Nov  3 11:22:33 node1 kernel: [   12.345678] ${TEXT}`,
  CRLF: `[   12.345678] ${TEXT}\r`,
  'ANSI colours': `\u001b[32m[   12.345678] \u001b[0m\u001b[1;31mvfio-pci 0000:01:00.0: \u001b[0m${TEXT.slice('vfio-pci 0000:01:00.0: '.length)}`,
  'forum quote': `> [   12.345678] ${TEXT}`,
  'four-space indent': `    [   12.345678] ${TEXT}`,
  BBCode: `[CODE][   12.345678] ${TEXT}[/CODE]`,
  'HTML entities in a quote': `&gt; [   12.345678] ${TEXT}`,
};

describe('kernel envelopes', () => {
  it.each(Object.entries(KERNEL_ENVELOPES))('%s', (_, raw) => {
    const line = openLine(raw, 7);
    expect(line).toMatchObject({
      no: 7,
      text: TEXT,
      source: 'kernel',
      driver: 'vfio-pci',
      device: '0000:01:00.0',
    });
    expect(line.stamp?.at).toBeGreaterThan(0);
  });

  it('knows a driver and its device without an envelope for the kernel', () => {
    expect(openLine(TEXT, 1)).toMatchObject({ text: TEXT, source: 'kernel', device: '0000:01:00.0' });
  });

  it('keeps what has no envelope and no known beginning, of unknown source', () => {
    const text = 'device 0000:01:00.0: still in D3cold, says the script';
    expect(openLine(text, 1)).toMatchObject({ text, source: 'unknown' });
  });

  it('reads the host where the envelope names it', () => {
    for (const name of ['journal short', 'journal json', 'journal short-monotonic'] as const)
      expect(openLine(KERNEL_ENVELOPES[name], 1).host).toBe('node1');
  });
});

describe('other sources', () => {
  it.each([
    ["kvm: ../hw/pci/pci.c:1487: pci_irq_handler: Assertion `x' failed.", 'qemu'],
    ['qemu-system-x86_64: -device vfio-pci,host=01:00.0: vfio 0000:01:00.0: group 1 is not viable', 'qemu'],
    ['TASK ERROR: start failed: QEMU exited with code 1', 'proxmox'],
    ['error: internal error: qemu unexpectedly closed the monitor: x', 'libvirt'],
    ['Nov 03 11:22:33 node1 libvirtd[1234]: internal error: Unknown PCI header type', 'libvirt'],
    ['Nov 03 11:22:33 node1 pvedaemon[1234]: start failed', 'proxmox'],
    // No host stands in these: the name of the program is not one.
    [
      '2026-05-01T10:00:00.123456Z qemu-system-x86_64: vfio_region_write(0000:01:00.0:region1+0x8, 0x0,1) failed',
      'qemu',
    ],
    ['Nov 03 11:22:33 kernel: vfio-pci 0000:01:00.0: resetting', 'kernel'],
  ])('%s', (raw, source) => {
    expect(openLine(raw, 1).source).toBe(source);
  });

  it('finds the log text inside a JSON wrapper', () => {
    const raw =
      '{"component":"kata","level":"error","msg":"vfio 0000:01:00.0: group 1 is not viable\\nhint"}';
    expect(openLine(raw, 1).text).toContain('vfio 0000:01:00.0: group 1 is not viable');
  });
});

describe('hostile lines', () => {
  it('loses control characters, escapes and direction marks', () => {
    const { text } = openLine('a\u0000b\u001b]0;title\u0007c\u202ed\u009b31me', 1);
    expect(text).not.toMatch(/[\u0000-\u0008\u001b\u007f-\u009f\u202e]/);
    expect(text.startsWith('abc')).toBe(true);
  });

  it('looks at no more than the cap of a line, at its end as at its beginning', () => {
    expect(openLine('x'.repeat(1_000_000), 1).text.length).toBeLessThanOrEqual(LINE_CAP);
    const command = '-device pcie-root-port '.repeat(200);
    const { text, source } = openLine(
      `TASK ERROR: start failed: command '${command}' failed: got timeout`,
      1,
    );
    expect(text.length).toBeLessThanOrEqual(LINE_CAP);
    expect(text).toMatch(/^TASK ERROR: start failed: .* \[…\] .*' failed: got timeout$/);
    expect(source).toBe('proxmox');
  });

  it('reads broken JSON as text', () => {
    expect(openLine('{"MESSAGE": "cut', 1).text).toContain('MESSAGE');
  });
});
