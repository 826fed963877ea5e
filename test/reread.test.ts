// What pasting does to a log: no rule knows the text as it stands, the second look does; what is harmless stays quiet in it.
import { describe, expect, it } from 'vitest';
import { onlyByWords } from '../src/core/engine/by-words.ts';
import { reread } from '../src/core/engine/reread.ts';
import { commandsFor } from '../src/core/fix/commands.ts';
import { base, diagnoseTexts } from './support/rule-base.ts';

const again = (text: string) =>
  reread(diagnoseTexts({ paste: text }), [{ name: 'paste', text }], { base, commandsFor });
/** What rules say, not words alone. */
const causes = (text: string) => {
  const { diagnoses } = again(text);
  return onlyByWords(diagnoses) ? [] : diagnoses.map((d) => d.cause);
};

const BUSY =
  'qemu-system-x86_64: -device vfio-pci,host=0000:2d:00.0,id=hostdev0,bus=pci.5,addr=0x0: vfio 0000:2d:00.0: failed to open /dev/vfio/27: Device or resource busy';
const D3 =
  '[  310.204117] vfio-pci 0000:2d:00.0: Unable to change power state from D3cold to D0, device inaccessible';

/** `text` broken at `width`, between words or anywhere. */
function broken(text: string, width: number, anywhere: boolean): string {
  const lines: string[] = [];
  for (let rest = text; rest !== ''; ) {
    const blank = rest.length > width && !anywhere ? rest.lastIndexOf(' ', width) : -1;
    const at = blank > 0 ? blank : width;
    lines.push(rest.slice(0, at));
    rest = rest.slice(blank > 0 ? at + 1 : at);
  }
  return lines.join('\n');
}

const DISGUISES: Readonly<Record<string, (text: string) => string>> = {
  'broken between words': (t) => broken(t, 72, false),
  'broken in a mail': (t) => broken(t, 70, false).replace(/^/gm, '> '),
  'broken in an answer to a mail': (t) => broken(t, 70, false).replace(/^/gm, '>>> '),
  'broken by a terminal': (t) => broken(t, 80, true),
  'padded by a terminal': (t) => broken(t, 76, true).replaceAll('\n', ' '.repeat(50)),
  'with the punctuation of Chinese': (t) => t.replaceAll(': ', '\uff1a').replaceAll(', ', '\uff0c'),
  'with blanks that do not break': (t) => t.replaceAll(' ', '\u00a0'),
  'as HTML, twice': (t) => t.replace(/[\s/:]/g, (c) => `&amp;#${c.charCodeAt(0)};`),
  'with tags around its words': (t) => t.replace(/\S+/g, '<span class="w">$&</span>'),
  'in bold words': (t) => t.replace(/\b(?:open|change|failed|state)\b/g, '**$&**'),
  'with the escapes of Markdown': (t) => t.replace(/[_*[\]./-]/g, '\\$&'),
  'with colours that lost their escape': (t) => t.replace(/\b(?:open|change)\b/g, '[01;31m[K$&[m[K'),
  'in one string of JSON': (t) =>
    JSON.stringify({ rc: 1, stderr: `starting\nguest\n${t}` }).replace('open', '\\u006fpen'),
};

describe('a disguised log is known again', () => {
  for (const [name, disguise] of Object.entries(DISGUISES))
    it.each([
      [BUSY, 'device-busy'],
      [D3, 'd3cold-power-transition'],
    ])(`${name}: %s`, (text, cause) => {
      expect(diagnoseTexts({ log: text }).diagnoses[0]?.cause).toBe(cause);
      expect(causes(disguise(text))[0]).toBe(cause);
    });

  it('when the lines that were not broken say something less, too', () => {
    const log = [
      '[   61.220417] pcieport 0000:00:01.1: Data Link Layer Link Active not set in 1000 msec',
      "[   61.220533] pcieport 0000:02:00.0: bridge window [mem size 0x00400000]: can't assign; no space",
      '[   61.220601] vfio-pci 0000:2d:00.0: Unable to change power state from D3cold to D0, device inaccessible',
    ].join('\n');
    const mailed = broken(log, 88, false)
      .replace('from D3cold ', 'from\nD3cold ')
      .replace('device inaccessible', 'device\ninaccessible');
    expect(diagnoseTexts({ log: mailed }).diagnoses[0]?.cause).not.toBe('d3cold-power-transition');
    expect(causes(mailed)).toContain('d3cold-power-transition');
  });

  it.each([
    [D3, 'd3cold-power-transition'],
    [BUSY, 'device-busy'],
  ])('in small letters and in capitals: %s', (text, cause) => {
    expect(causes(text.toLowerCase())[0]).toBe(cause);
    expect(causes(text.toUpperCase())[0]).toBe(cause);
  });
});

it.each([
  ['fio-pci: probe of 0000:0a:00.0 failed with error -22', 'iommu-disabled-kernel'],
  [BUSY.slice(1), 'device-busy'],
])('the first letter was not marked: %s', (text, cause) => {
  expect(causes(text)[0]).toBe(cause);
});

it('blanks were left out', () => {
  const squeezed =
    'failed to create shim task:QMP command failed:vfio 0000:2d:00.0: failed to setup container for group 23: memory listener initialization failed:Region dimm1:vfio_dma_map(0x5599aa10b3e0,0x100000000,0x800000000,0x7e11c0000000)=-14(Bad address):unknown';
  expect(causes(squeezed)[0]).toBe('dma-map-failed');
});

describe('a message broken over lines is read to its end', () => {
  it.each([
    [
      'quoted-printable',
      '[  310.204117] vfio-pci 0000:0a:00.0: Unable to change power state from D3co=\nld to D0, device inaccessible',
      'd3cold-power-transition',
    ],
    [
      'quoted-printable, whose pieces have a meaning of their own',
      'error: internal error: qemu unexpectedly closed the monitor: qemu-syst=\nem-x86_64: -device vfio-pci,host=3D0000:0a:00.0,id=3Dhostdev0: vfio 00=\n00:0a:00.0: error getting device from group 21: Device or resource bus=\ny\nVerify all devices in group 21 are bound to vfio-<bus> or pci-stub and=\n not already in use',
      'device-busy',
    ],
    [
      'a comment of a script',
      '# qemu-system-x86_64: -device vfio-pci,host=0a:00.0: vfio 0000:0a:00.0: failed to open\n# /dev/vfio/27: Device or resource busy',
      'device-busy',
    ],
    [
      'three lines',
      `[  310.204117] vfio-pci 0000:0a:00.0: Unable to change power state from\nD3cold to D0,\ndevice inaccessible`,
      'd3cold-power-transition',
    ],
    [
      'an errno of its own line',
      'qemu-system-x86_64: -device vfio-pci,host=0000:0a:00.0: vfio_dma_map(0x55aa00c0ffee,\n0x100000000, 0x180000000, 0x7f0a00000000) = -22 (Invalid argument)',
      'dma-map-failed',
    ],
  ])('%s', (_, text, cause) => {
    expect(causes(text)[0]).toBe(cause);
  });

  it.each([
    ['another line of the log', '[  310.310002] D0, device inaccessible'],
    ['the item of a list', '- D0, device inaccessible'],
    ['what a program says', 'kvm: D0, device inaccessible'],
    ['what a driver says of a device', 'vfio-pci 0000:0b:00.0: D0, device inaccessible'],
    ['the end of the block', '```\nD0, device inaccessible'],
    ['an empty line', '\nD0, device inaccessible'],
  ])('but not on into %s', (_, below) => {
    const result = again(
      `[  310.204117] vfio-pci 0000:0a:00.0: Unable to change power state from D3cold to\n${below}`,
    );
    expect(result.findings.map((f) => f.rule)).not.toContain('pci-power-up-inaccessible');
  });
});

describe('the lines of the input stay what they were', () => {
  it('when lines are joined', () => {
    const result = again(`Hello,\n\n${broken(D3, 72, false)}\n\nthanks`);
    expect(result.input.lines).toBe(6);
    expect(result.diagnoses[0]?.evidence[0]?.lines).toEqual([3]);
    expect(result.notices.map((n) => n.code)).toContain('reread');
  });

  it('when one line holds many', () => {
    const result = again(`{\n"out": "one\\ntwo\\n${D3.toLowerCase()}\\nfour"\n}`);
    expect(result.input.lines).toBe(3);
    expect(result.diagnoses[0]?.evidence[0]?.lines).toEqual([2]);
  });
});

describe('what stands for itself is not joined', () => {
  it('lspci: a driver belongs to the device above it', () => {
    const lspci = [
      '05:00.0 VGA compatible controller [0300]: ASPEED Technology, Inc. ASPEED Graphics Family [1a03:2000] (rev 41)',
      '\tSubsystem: Super Micro Computer Inc ASPEED Graphics Family [15d9:1b0f]',
      '\tKernel driver in use: ast',
      '2d:00.0 VGA compatible controller [0300]: NVIDIA Corporation GA102 [GeForce RTX 3090] [10de:2204] (rev a1)',
      '\tKernel driver in use: vfio-pci',
    ].join('\n');
    expect(causes(lspci)).toEqual([]);
  });
});

it('leaves a whole log alone that nobody touched', () => {
  const log = (line: string) =>
    Array.from({ length: 100 }, (_, i) => `[${i}.000000] usb 1-1: new device ${i}`)
      .concat(line)
      .join('\n');
  expect(again(log(D3.toUpperCase())).notices.map((n) => n.code)).not.toContain('reread');
  expect(causes(log(D3).replaceAll(' ', '\u00a0'))[0]).toBe('d3cold-power-transition');
});
