// Whether words about a host are a statement is told by what stands in front of them.
import { describe, expect, it } from 'vitest';
import { hasAdvice, isAdvice } from '../src/core/text/advice.ts';

describe('what stands in front of "IOMMU is not enabled"', () => {
  it.each([
    'If ',
    'if your ',
    'This fails when the ',
    'Make sure that the Intel VT-d/',
    'If u',
    'If the card that you want is ',
    'Prüfen Sie, ob die ',
    'Проверьте: если ',
    '如果 ',
    '请检查主板 ',
  ])('makes advice of it: %s', (before) => {
    expect(isAdvice(before)).toBe(true);
  });

  it.each([
    '',
    'Error: ',
    'when I start the guest it says ',
    'If in doubt, ask. The ',
    'I am not sure what happens, but the ',
    'motif ',
    'preflight check: ',
    '直通失败:',
  ])('leaves it a statement: %s', (before) => {
    expect(isAdvice(before)).toBe(false);
  });
});

describe('a line that a pattern matches from its beginning on', () => {
  it.each([
    'If the Radeon hangs at the second start of the guest, try vendor-reset',
    'Make sure that the card comes back after a reboot of the guest',
    'the card might stay dead until the host reboots',
    'Если карта не сбрасывается после выключения ВМ',
  ])('is advice: %s', (line) => {
    expect(hasAdvice(line)).toBe(true);
  });

  it.each([
    'my Radeon hangs at the second start of the guest, works once per boot of the host',
    'motif and preflight are no conditions',
  ])('is a statement: %s', (line) => {
    expect(hasAdvice(line)).toBe(false);
  });
});
