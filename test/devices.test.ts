// Device notes: known trouble by id speaks for or against a cause, and only for the device that the cause is about.
import { describe, expect, it } from 'vitest';
import { matchesId } from '../src/core/engine/condition.ts';
import { base, diagnoseTexts } from './support/rule-base.ts';

const NO_RESET = 'kvm: vfio: Cannot reset device 0000:0a:00.0, no available reset mechanism.';
const FLR = 'vfio-pci 0000:0a:00.0: not ready 65535ms after FLR; giving up';
const listed = (bdf: string, what: string, id: string) => `${bdf} ${what}: Some Maker Some Name [${id}]`;
const USB = 'USB controller [0c03]';
const GPU = 'VGA compatible controller [0300]';

/** What the notes say of `cause` in this log: the effects of evidence that names a device by its id. */
function effects(log: string, cause: string): string[] {
  const diagnosis = diagnoseTexts({ log }).diagnoses.find((d) => d.cause === cause);
  return (diagnosis?.evidence ?? []).filter((e) => /\[\w{4}:\w{4}\]:/.test(e.text)).map((e) => e.effect);
}

describe('device notes', () => {
  it.each<[string, string, string, string, string[]]>([
    [
      'a device without function level reset',
      listed('0a:00.0', USB, '1022:149c'),
      NO_RESET,
      'no-reset-mechanism',
      ['raises'],
    ],
    [
      'another function of the slot that the line is about',
      listed('0a:00.3', USB, '1022:149c'),
      NO_RESET,
      'no-reset-mechanism',
      ['raises'],
    ],
    [
      'a troublesome device that the line is not about',
      listed('0b:00.0', USB, '1022:149c'),
      NO_RESET,
      'no-reset-mechanism',
      [],
    ],
    ['an unknown device', listed('0a:00.0', USB, '1022:ffff'), NO_RESET, 'no-reset-mechanism', []],
    [
      'a device with a reset of its own',
      listed('0a:00.0', 'Ethernet controller [0200]', '8086:10ed'),
      NO_RESET,
      'no-reset-mechanism',
      ['lowers'],
    ],
    [
      'a GPU whose function level reset may hang',
      listed('0a:00.0', GPU, '10de:2b85'),
      FLR,
      'reset-timeout',
      ['raises'],
    ],
    ['a GPU of the generation before', listed('0a:00.0', GPU, '10de:2684'), FLR, 'reset-timeout', []],
    [
      'a SATA controller on a kernel without its quirk',
      `Linux version 6.8.12-4-pve (b) #1 SMP\n${listed('0a:00.0', 'SATA controller [0106]', '1b21:1164')}`,
      'vfio-pci 0000:0a:00.0: not ready 65535ms after bus reset; giving up',
      'reset-timeout',
      ['raises'],
    ],
    [
      'the same on a kernel that has it',
      `Linux version 6.12.75 (b) #1 SMP\n${listed('0a:00.0', 'SATA controller [0106]', '1b21:1164')}`,
      'vfio-pci 0000:0a:00.0: not ready 65535ms after bus reset; giving up',
      'reset-timeout',
      [],
    ],
    [
      'a line without an address, when a guest has the device',
      `hostpci0: 0000:0a:00,pcie=1\n${listed('0a:00.0', 'Ethernet controller [0200]', '8086:1572')}`,
      'kvm: vfio: Error: Failed to setup INTx fd: Device or resource busy',
      'intx-sharing',
      ['raises'],
    ],
    [
      'a line without an address, when no guest has it',
      listed('0a:00.0', 'Ethernet controller [0200]', '8086:1572'),
      'kvm: vfio: Error: Failed to setup INTx fd: Device or resource busy',
      'intx-sharing',
      [],
    ],
  ])('%s', (_name, known, line, cause, expected) => {
    expect(effects(`${known}\n${line}\n`, cause)).toEqual(expected);
  });

  it('name each trait of a device once, by the narrowest ids', () => {
    for (const note of base.devices)
      for (const [i, id] of note.ids.entries())
        expect(
          note.ids.filter((p, j) => j !== i && matchesId(id, p)),
          `${note.id} ${id}`,
        ).toEqual([]);
  });

  it('know which AMD GPUs vendor-reset knows', () => {
    const traits = (id: string) =>
      base.devices.filter((n) => n.ids.some((p) => matchesId(id, p))).flatMap((n) => n.traits);
    for (const known of ['1002:67df', '1002:687f', '1002:66af', '1002:731f', '1002:7340', '1002:7362'])
      expect(traits(known)).toEqual(expect.arrayContaining(['reset-bug', 'vendor-reset']));
    for (const unknown of [
      '1002:73bf',
      '1002:744c',
      '1002:7550',
      '1002:164e',
      '1002:15bf',
      '1002:7300',
      '1002:67b0',
    ])
      expect(traits(unknown)).toEqual(expect.arrayContaining(['no-vendor-reset']));
  });
});
