// The grammar of modprobe.d(5), which the live host and the applier read by the same function.
import { describe, expect, it } from 'vitest';
import { modprobeLines } from '../src/core/text/modprobe.ts';

describe('modprobe.d', () => {
  it.each([
    ['options vfio-pci ids=10de:1b81', [[1, 'options', 'vfio-pci', 'ids=10de:1b81']]],
    [
      '# options vfio-pci ids=1\n\n  softdep nouveau pre: vfio-pci',
      [[3, 'softdep', 'nouveau', 'pre: vfio-pci']],
    ],
    [
      'options vfio-pci \\\n  ids=10de:1b81 \\\n  disable_vga=1\nblacklist nouveau\n',
      [
        [1, 'options', 'vfio-pci', 'ids=10de:1b81 disable_vga=1'],
        [4, 'blacklist', 'nouveau', ''],
      ],
    ],
    ['install nouveau /bin/false', [[1, 'install', 'nouveau', '/bin/false']]],
    ['options kvm ignore_msrs=1 \\', [[1, 'options', 'kvm', 'ignore_msrs=1 \\']]],
  ] as const)('%j', (text, expected) => {
    expect(modprobeLines(text).map((d) => [d.line, d.command, d.module, d.words.join(' ')])).toEqual(
      expected,
    );
  });
});
