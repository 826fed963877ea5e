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
  ])('%s', (_, line, expected) => {
    expect(fixesOf(line).slice(0, expected.length)).toEqual(expected);
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
