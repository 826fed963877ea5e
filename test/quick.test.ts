// The quick start reads plain arguments as commander does, and leaves all others to it.
import { describe, expect, it } from 'vitest';
import { DIAGNOSE_OPTIONS, quickArguments } from '../src/cli/options.ts';

const read = (line: string) => quickArguments(line.split(' ').filter(Boolean), ['explain', 'rules', 'help']);

describe('quickArguments', () => {
  it.each([
    ['', [], {}],
    ['-', ['-'], {}],
    ['a.log b.log', ['a.log', 'b.log'], {}],
    ['a.log -v', ['a.log'], { verbose: true }],
    ['--all-lines a.log explain', ['a.log', 'explain'], { allLines: true }],
    ['--format json --boot -1', [], { format: 'json', boot: '-1' }],
  ])('reads "%s"', (line, files, options) => {
    expect(read(line)).toEqual({ files, options });
  });

  it.each([
    'explain x',
    'rules',
    'help',
    '--help',
    '-h',
    '--rules d',
    '*.log',
    'a{b,c}',
    '--format',
    '--format xml',
    '--format html',
    '--for proxmox',
    '--format=json',
    '--boot --verbose',
    '-vv',
    '--nonsense',
    '--',
  ])('leaves "%s" to commander', (line) => {
    expect(read(line)).toBeUndefined();
  });

  it('knows every option of the main job', () => {
    for (const { flags, choices, quick } of DIAGNOSE_OPTIONS) {
      const [name = ''] = /--[a-z-]+/.exec(flags) ?? [];
      for (const value of choices ?? ['0']) {
        const line = flags.includes('<') ? `${name} ${value}` : name;
        expect(read(line) !== undefined, line).toBe(quick === true || (quick?.includes(value) ?? false));
      }
    }
  });
});
