// The template language: holes, braces, literals, and that no line makes matching slow.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parseTemplate,
  TemplateError,
  templateLiterals,
  templateNames,
  templateSource,
  withHoles,
} from '../src/core/rules/template.ts';

const groups = (template: string, line: string) => new RegExp(templateSource(template)).exec(line)?.groups;

describe('templates', () => {
  it.each([
    [
      '{device:bdf}: not ready {ms:int}ms after {kind:text}; giving up',
      '0000:01:00.0: not ready 65535ms after PM D3hot->D0; giving up',
      { device: '0000:01:00.0', ms: '65535', kind: 'PM D3hot->D0' },
    ],
    [
      'Failed to set iommu for container: {errno:errno}',
      'Failed to set iommu for container: Operation not permitted',
      { errno: 'Operation not permitted' },
    ],
    [
      'error getting device from group {group:int}: {errno:errno}',
      'error getting device from group 13: Input/output error Verify all devices in group 13 are bound',
      { group: '13', errno: 'Input/output error' },
    ],
    [
      'dma_map(...) = {ret:int} ({errno:errno})',
      'dma_map(...) = -123 (No medium found)',
      { errno: 'No medium found' },
    ],
    [
      "BAR {bar:int}: can't reserve {res:res}",
      "BAR 0: can't reserve [mem 0xd0000000-0xdfffffff 64bit pref]",
      { bar: '0', res: '[mem 0xd0000000-0xdfffffff 64bit pref]' },
    ],
    ['{what:is|was} here {{yes}}', 'it was here {yes}', { what: 'was' }],
    ['driver {name:word}: gone', 'driver xhci_hcd: gone', { name: 'xhci_hcd' }],
  ])('%s', (template, line, captures) => {
    expect(groups(template, line)).toMatchObject(captures);
  });

  it.each([
    [
      'error getting device from group {group:int}: {errno:errno}',
      '`error getting device from group 13` again',
    ],
    ['error getting device from group {group:int}: {errno:errno}', 'error getting device from group <N>'],
    ['VFIO_MAP_DMA failed: {errno:errno}', 'qemu: VFIO_MAP_DMA failed:'],
    ['{device:bdf}: not ready {ms:int} ms', '0000:XX:00.0: not ready NN ms'],
  ])('reads %s in what a text quotes of it: %s', (template, line) => {
    expect(new RegExp(templateSource(template)).test(line)).toBe(true);
  });

  it.each([
    [
      'error getting device from group {group:int}: {errno:errno}',
      'error getting device from group 13 of the host',
    ],
    ['/dev/iommu: {errno:errno}', 'crw------- 1 root root 10, 123 Nov 25 10:00 /dev/iommu'],
    ['group {group:int} is not viable', 'group Xenon is not viable'],
  ])('does not read %s in %s', (template, line) => {
    expect(new RegExp(templateSource(template)).test(line)).toBe(false);
  });

  it('lets runs of blanks stretch', () => {
    expect(
      new RegExp(templateSource('requirement.  Contact your vendor')).test(
        'requirement. \t  Contact your vendor',
      ),
    ).toBe(true);
  });

  it('takes the literal with the rarest words as the pre-filter', () => {
    expect(templateLiterals('{a:word} not ready {ms:int} ms: {b:word}')).toEqual([' not ready ']);
    expect(templateLiterals('the driver failed to start {n:int} on vfio bus {m:int}')).toEqual([
      ' on vfio bus ',
    ]);
    expect(templateLiterals('gone  and away')).toEqual(['and away']);
    expect(templateNames('{a:word} x {:int} {b}')).toEqual(['a', 'b']);
  });

  it('spells the choices around a fixed text out', () => {
    expect(templateLiterals('DPC: {why:ERR_FATAL|ERR_NONFATAL} detected')).toEqual([
      'DPC: ERR_FATAL detected',
      'DPC: ERR_NONFATAL detected',
    ]);
    expect(templateLiterals('a {:b|c} {n:int}: Unable to change power state')).toEqual([
      ': Unable to change power state',
    ]);
    expect(templateLiterals('x {:a|b|c} y {:d|e|f} z {n:int}')).toEqual([' y d z ', ' y e z ', ' y f z ']);
  });

  it.each(['{a:nosuch} text', 'open { brace', '{a:text}{b:word}'])('refuses %s', (template) => {
    expect(() => parseTemplate(template)).toThrow(TemplateError);
  });

  it('stays linear on lines made of its own pieces', () => {
    const template = 'vfio {a:text}: error {b:word}: {c:text}; giving up';
    const pattern = new RegExp(templateSource(template));
    const piece = fc.constantFrom('vfio ', ': error ', 'x: ', '; giving', ' ', 'a');
    fc.assert(
      fc.property(fc.array(piece, { minLength: 100, maxLength: 400 }), (pieces) => {
        const line = pieces.join('').slice(0, 2048);
        const start = performance.now();
        pattern.test(line);
        expect(performance.now() - start).toBeLessThan(200);
      }),
      { numRuns: 50 },
    );
  });
});

describe('a choice at the end', () => {
  it('is a whole word where it is captured, and may be the beginning of one where it is not', () => {
    const captured = new RegExp(templateSource('held by {driver:amdgpu|xe}'));
    expect(captured.exec('held by xe.')?.groups?.driver).toBe('xe');
    expect(captured.test('held by xenlight')).toBe(false);
    expect(captured.exec('held by amdgpu_xcp')?.groups?.driver).toBe('amdgpu');
    expect(new RegExp(templateSource('IOMMU {:activ|inactiv}')).test('IOMMU inactivo')).toBe(true);
  });
});

describe('a hole in a regex', () => {
  it('stands for what the hole of a template holds', () => {
    const held = new RegExp(withHoles('held by (?<driver>{:host-driver})'));
    expect(held.exec('0000:01:00.0 is held by snd_hda_intel')?.groups?.driver).toBe('snd_hda_intel');
    expect(held.test('0000:01:00.0 is held by xenial')).toBe(false);
    expect(withHoles('\\d{2} {:no-such}')).toBe('\\d{2} {:no-such}');
  });
});
