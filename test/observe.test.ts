// Correlations over facts: what a pasted guest configuration shows without any error line.
import { describe, expect, it } from 'vitest';
import { diagnoseTexts } from './support/rule-base.ts';

const observed = (rule: string, ...lines: string[]) =>
  diagnoseTexts({ 'vm.conf': lines.join('\n') }).findings.filter((f) => f.rule === rule);

describe('vm-device-twice', () => {
  it('sees a function beside its whole slot', () => {
    const [finding, ...more] = observed(
      'vm-device-twice',
      'hostpci0: 0000:0a:00,pcie=1',
      'hostpci1: 0a:00.1,pcie=1',
    );
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ device: '0000:0a:00.1', lines: [1, 2] });
  });

  it('lets two functions of one slot, and two slots with like beginnings, pass', () => {
    expect(observed('vm-device-twice', 'hostpci0: 0000:0a:00.0', 'hostpci1: 0000:0a:00.1')).toEqual([]);
    expect(observed('vm-device-twice', 'hostpci0: 0000:0a:00', 'hostpci1: 0000:0a:01')).toEqual([]);
  });
});

describe('vf-on-host-driver', () => {
  const listing = (driver: string) => [
    '0b:10.0 Ethernet controller [0200]: Intel Corporation I350 Ethernet Controller Virtual Function [8086:1520]',
    `Kernel driver in use: ${driver}`,
  ];
  const failure =
    'qemu-system-x86_64: -device vfio-pci,host=0b:10.0: vfio 0000:0b:10.0: failed to open /dev/vfio/31: No such file or directory';

  it('names the virtual function of a failing line that its network driver holds', () => {
    const [finding] = observed('vf-on-host-driver', failure, ...listing('igbvf'));
    expect(finding).toMatchObject({ device: '0000:0b:10.0', captures: { driver: 'igbvf' } });
  });

  it('is quiet when the function is on vfio-pci, or when no line fails on it', () => {
    expect(observed('vf-on-host-driver', failure, ...listing('vfio-pci'))).toEqual([]);
    expect(observed('vf-on-host-driver', ...listing('igbvf'))).toEqual([]);
  });
});

describe('fault-of-absent-function', () => {
  const host = '[    0.7] pci 0000:04:00.0: [1b4b:91a4] type 00 class 0x010601';
  const fault = (bdf: string) =>
    `[    4.3] AMD-Vi: Event logged [IO_PAGE_FAULT device=${bdf} domain=0x000f address=0xfff80000 flags=0x0070]`;

  it('names a blocked function beside which only others exist', () => {
    expect(observed('fault-of-absent-function', host, fault('04:00.1'))).toMatchObject([
      { device: '0000:04:00.1' },
    ]);
  });

  it('is quiet about functions that exist and slots that nothing is known of', () => {
    expect(observed('fault-of-absent-function', host, fault('04:00.0'))).toEqual([]);
    expect(observed('fault-of-absent-function', host, fault('07:00.1'))).toEqual([]);
  });
});

describe('ids-not-unique', () => {
  const listing = (...bdfs: string[]) =>
    bdfs.flatMap((bdf) => [
      `${bdf} USB controller [0c03]: Renesas Technology Corp. uPD720201 [1912:0014] (rev 03)`,
      '\tKernel driver in use: vfio-pci',
    ]);
  const failure = (bdf: string) =>
    `vfio-pci 0000:${bdf}: Unable to change power state from D3cold to D0, device inaccessible`;

  it('tells of two functions of one id when one of them fails, or nothing tells which one is the matter', () => {
    expect(observed('ids-not-unique', failure('05:00.0'), ...listing('05:00.0', '06:00.0'))).toHaveLength(1);
    expect(observed('ids-not-unique', ...listing('05:00.0', '06:00.0'))).toHaveLength(1);
  });

  it('is quiet when it is another device that fails or is given away', () => {
    expect(observed('ids-not-unique', failure('0a:00.0'), ...listing('05:00.0', '06:00.0'))).toEqual([]);
    const given = [
      'hostpci0: 0000:0a:00.0',
      '0a:00.0 Ethernet controller [0200]: Intel Corporation I210 [8086:1533] (rev 03)',
    ];
    expect(observed('ids-not-unique', ...given, ...listing('05:00.0', '06:00.0'))).toEqual([]);
  });
});
