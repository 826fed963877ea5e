// Messages broken over lines: what belongs together, and what only stands below.
import { describe, expect, it } from 'vitest';
import { createDoctor } from '../src/core/engine/doctor.ts';
import type { Near } from '../src/core/engine/excerpt.ts';
import { base } from './rule-base.ts';

const lines = (log: string) => log.split('\n');

/** The rules that are found, by a reader that hands every line over, and by one that tells what stands behind each. */
function found(log: readonly string[], told: boolean): string[] {
  const doctor = createDoctor({
    base,
    commandsFor: () => ({ commands: [], appliable: false, alreadySet: false }),
  });
  doctor.source('log');
  log.forEach((line, i) => {
    const near: Near = (from, to) =>
      from < 0 ? log.slice(Math.max(0, i + from), i + to + 1) : log.slice(i + from, i + to + 1);
    doctor.line(line, told ? near : undefined);
  });
  return doctor.finish().findings.map((f) => f.rule);
}

const BROKEN: readonly (readonly [what: string, log: string, rule: string])[] = [
  [
    'a mail',
    '> [  310.204117] vfio-pci 0000:0a:00.0: Unable to change power state from D3cold to\n> D0, device inaccessible',
    'pci-power-up-inaccessible',
  ],
  [
    'quoted-printable',
    '[  310.204117] vfio-pci 0000:0a:00.0: Unable to change power state from D3co=\nld to D0, device inaccessible',
    'pci-power-up-inaccessible',
  ],
  [
    'a comment of a script',
    '# qemu-system-x86_64: -device vfio-pci,host=0a:00.0: vfio 0000:0a:00.0: error getting device\n# from group 21: Invalid argument',
    'qemu-get-device-failed',
  ],
  [
    'three lines',
    '[  310.204117] vfio-pci 0000:0a:00.0: Unable to change power state from\nD3cold to D0,\ndevice inaccessible',
    'pci-power-up-inaccessible',
  ],
  [
    'an errno of its own line',
    'qemu-system-x86_64: -device vfio-pci,host=0000:0a:00.0: vfio_dma_map(0x55aa00c0ffee,\n0x100000000, 0x180000000, 0x7f0a00000000) = -22 (Invalid argument)',
    'qemu-dma-map-failed',
  ],
];

describe('a broken message is read on', () => {
  it.each(BROKEN)('%s', (_, log, rule) => {
    for (const told of [true, false]) expect(found(lines(log), told)).toContain(rule);
  });
});

describe('what only stands below is not part of it', () => {
  it.each([
    ['another line of the log', '[  310.310002] D0, device inaccessible'],
    ['the item of a list', '- D0, device inaccessible'],
    ['what a program says', 'kvm: D0, device inaccessible'],
    ['what a driver says of a device', 'vfio-pci 0000:0b:00.0: D0, device inaccessible'],
    ['the end of the block', '```\nD0, device inaccessible'],
    ['an empty line', '\nD0, device inaccessible'],
  ])('%s', (_, below) => {
    const log = lines(
      `[  310.204117] vfio-pci 0000:0a:00.0: Unable to change power state from D3cold to\n${below}`,
    );
    for (const told of [true, false]) expect(found(log, told)).not.toContain('pci-power-up-inaccessible');
  });
});
