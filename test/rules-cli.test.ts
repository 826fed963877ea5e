// `rules new`, `lint` and `test` as the author of a rule meets them: a folder of own rules, with and without mistakes.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { cli } from './support/run-cli.ts';

const made: string[] = [];
afterAll(() => {
  for (const dir of made) rmSync(dir, { recursive: true });
});

/** A folder with these files; the commands are run in it. */
function folder(files: Readonly<Record<string, string | Buffer>>): string {
  const dir = mkdtempSync(join(tmpdir(), 'pt-doctor-rules-'));
  made.push(dir);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  return dir;
}

const LINE = '[   12.345678] vfio-pci 0000:01:00.0: frobnicator stuck in state 77\n';
/** Nothing of it speaks of passthrough, so that nothing is guessed by its words. */
const HOST_LINE = LINE.replace('vfio-pci', 'frob');
const SOUND = `title: The frobnicator is stuck
severity: error
source: kernel
match: "frobnicator stuck in state {n:int}"
means: The device hangs.
causes: [{ cause: d3cold-power-transition, strength: strong }]
refs: ["drivers/frob.c, frob_wait()"]
examples:
  match: ["vfio-pci 0000:01:00.0: frobnicator stuck in state 77"]
  no_match: ["vfio-pci 0000:01:00.0: frobnicator is in state 77"]
`;
const NEVER = SOUND.replaceAll('frobnicator stuck', 'gizmo stuck').replaceAll('frobnicator is', 'gizmo is');

describe('rules new and rules lint', () => {
  it('a draft is not sound until its author has written the rest', async () => {
    const cwd = folder({ 'log.txt': LINE });
    expect((await cli(['rules', 'new', 'frob-stuck', '--from', 'log.txt:1'], { cwd })).exit).toBe(0);
    const path = join(cwd, 'rules/own/frob-stuck.yaml');
    const draft = await cli(['rules', 'lint', 'rules'], { cwd });
    expect(draft.stdout.trim().split('\n')).toEqual([
      'rules/own/frob-stuck.yaml: means: still the words of the draft',
      'rules/own/frob-stuck.yaml: refs: still the words of the draft',
      expect.stringContaining('no near miss: write a line'),
    ]);
    expect(draft.exit).toBe(1);
    const written = readFileSync(path, 'utf8')
      .replace('What the line says, in a sentence.', 'The device hangs.')
      .replace('file of the source, function()', 'drivers/frob.c, frob_wait()')
      .replace('a line that looks like it and means something else', 'frobnicator is in state 77');
    writeFileSync(path, written);
    expect(await cli(['rules', 'lint', 'rules'], { cwd })).toMatchObject({ exit: 0, stdout: '' });
  });

  it.each<[string, Record<string, string>, RegExp]>([
    [
      'a near miss that is missing',
      { 'own/x.yaml': SOUND.replace(/ {2}no_match.*\n/, '') },
      /own\/x\.yaml:\d+:\d+ examples\.no_match: wants a near miss/,
    ],
    [
      'a list of near misses without one',
      { 'own/x.yaml': SOUND.replace(/no_match:.*/, 'no_match: []') },
      /own\/x\.yaml:10:13 examples\.no_match: wants a near miss/,
    ],
    [
      'a fix that does not say how to take it back',
      {
        'fixes/my-fix.yaml':
          'do: manual\ntitle: Mine\neffect: does it\nrisk: low\nneeds: nothing\nsteps: [{ text: do it }]\nrefs: [abc]\n',
      },
      /confirm: wants a list[\s\S]*undo: wants a sentence/,
    ],
    [
      'two files of one id',
      { 'own/x.yaml': SOUND, 'other/x.yml': SOUND },
      /own\/x\.yaml:1:1 .*other\/x\.yml has the same id/,
    ],
    ['a file name that is no id', { 'own/My_Rule.yaml': SOUND }, /"My_Rule" is none: lower-case words/],
    ['a file that is no YAML', { 'own/x.yaml': 'title: [unclosed\n' }, /own\/x\.yaml:2:1 /],
    [
      'a rule that steals lines of a built-in one',
      {
        'own/x.yaml': SOUND.replace(/match: "frob.*/, 'match: "refused to change power state from"').replace(
          'frobnicator stuck in state 77',
          'refused to change power state from D0 to D3hot',
        ),
      },
      /is shadowed by x|matched by x as well|matched by .* as well/,
    ],
  ])('tells of %s', async (_name, files, complaint) => {
    const ran = await cli(['rules', 'lint', '.'], { cwd: folder(files) });
    expect(ran.stdout).toMatch(complaint);
    expect(ran.exit).toBe(1);
    expect(ran.stderr).toMatch(/complaints? about \d+ rules/);
  });

  it('what a faulty file would have held is not called missing', async () => {
    const cause = 'title: Mine\nwhy: because\nprior: common\nfixes: [my-fix]\nrefs: [abc]\n';
    const cwd = folder({ 'causes/mine.yaml': cause, 'fixes/my-fix.yaml': 'do: manual\n' });
    const { stdout } = await cli(['rules', 'lint', '.'], { cwd });
    expect(stdout).toMatch(/fixes\/my-fix\.yaml:1:1 title: /);
    expect(stdout).not.toMatch(/no such fix/);
  });

  it.each([
    ['a file', 'log.txt', /log\.txt is no folder/],
    ['a folder without rules', 'empty', /no rule files/],
    ['nothing', 'gone', /there is no such folder/],
  ])('a name of %s instead of a folder is told in a sentence', async (_name, dir, words) => {
    const cwd = folder({ 'log.txt': LINE, 'empty/readme.txt': 'x' });
    for (const args of [
      ['rules', 'lint', dir],
      ['rules', 'test', dir],
      ['rules', 'list', dir],
    ]) {
      const ran = await cli(args, { cwd });
      expect(ran.stderr).toMatch(words);
      expect(ran.exit).toBe(2);
    }
  });
});

describe('rules lint', () => {
  it('counts a rule that replaces a built-in one once', async () => {
    const builtin = await cli(['rules', 'lint']);
    const over = await cli(['rules', 'lint', 'rules']);
    expect(builtin.stderr).toMatch(/^\d+ rules, all sound/);
    expect(over.stderr).toBe(builtin.stderr);
  });
});

describe('rules test --against', () => {
  const files = {
    'rules/own/frob-stuck.yaml': SOUND,
    'rules/own/never-seen.yaml': NEVER,
    'logs/a.log': HOST_LINE,
    'logs/deep/b.log.gz': gzipSync(HOST_LINE),
    'logs/c.log': 'usb 1-2: new high-speed USB device number 4 using xhci_hcd\n',
    'logs/picture.bin': Buffer.alloc(4096),
  };

  it('tells of each log what is found, what own rules change, and which of them found nothing', async () => {
    const ran = await cli(['rules', 'test', 'rules', '--against', 'logs'], { cwd: folder(files) });
    expect(ran.exit).toBe(0);
    const found = (name: string) => [
      `${name}: 1 line; d3cold-power-transition`,
      '  without rules: no diagnosis',
      '* frob-stuck 0000:01:00.0 x1, line 1',
    ];
    const lines = ran.stdout.trimEnd().split('\n');
    expect(lines.slice(0, 3).map((l) => l.replace(/ \(.*/, ''))).toEqual(found('logs/a.log'));
    expect(lines[3]).toBe('logs/c.log: 1 line; no diagnosis');
    expect(lines.slice(4, 7).map((l) => l.replace(/ \(.*/, ''))).toEqual(found('logs/deep/b.log.gz'));
    expect(lines[7]).toBe('logs/picture.bin: left out, this is a binary file, not a log');
    expect(ran.stderr.trimEnd().split('\n')).toEqual([
      '3 files read, 2 with a diagnosis, 2 told otherwise by rules, 1 left out',
      'frob-stuck: found in 2 files',
      'never-seen: found in no file',
    ]);
  });

  it('takes a single file, and the built-in rules alone', async () => {
    const cwd = folder(files);
    const one = await cli(['rules', 'test', 'rules', '--against', 'logs/a.log'], { cwd });
    expect(one.stdout).toMatch(/^logs\/a\.log: 1 line; d3cold/);
    const builtin = await cli(['rules', 'test', '--against', 'logs'], { cwd });
    expect(builtin.stderr).toBe('3 files read, 0 with a diagnosis, 1 left out\n');
  });

  it.each([
    ['gone', /gone: there is no such folder/],
    ['empty', /empty: no files in it/],
  ])('a folder %s is told', async (dir, words) => {
    const cwd = folder(files);
    mkdirSync(join(cwd, 'empty'));
    const ran = await cli(['rules', 'test', '--against', dir], { cwd });
    expect(ran.stderr).toMatch(words);
    expect(ran.exit).toBe(2);
  });

  it('lets no control character of a file name out', async () => {
    const cwd = folder({
      'logs/new\nline\u001b[31m.log': 'kvm: vfio 0000:01:00.0: group 14 is not viable\n',
    });
    const ran = await cli(['rules', 'test', '--against', 'logs'], { cwd });
    expect(ran.stdout).toMatch(/^logs\/newline\.log: 1 line; iommu-group-shared/);
  });
});
