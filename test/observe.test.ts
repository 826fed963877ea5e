// Correlations over facts: what a pasted guest configuration shows without any error line.
import { describe, expect, it } from 'vitest';
import { diagnoseTexts } from './rule-base.ts';

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
