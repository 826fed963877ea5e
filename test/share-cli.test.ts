// Reports to post from the command line: places, limits, parts, files, masking, and a sentence for every wrong use.
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { limitOption } from '../src/cli/share.ts';
import { fixture, ROOT } from './support/rule-base.ts';
import { cli } from './support/run-cli.ts';
import { scratchFolder } from './support/scratch.ts';

const GROUP = ['journal.log', 'vm.conf', 'lspci.txt'].map((f) =>
  join(ROOT, 'fixtures/reports/group-shared', f),
);
const scratch = scratchFolder('share-cli');

describe('reports to post', () => {
  it('are written for a place, masked, with exit code 1', async () => {
    const { exit, stdout, stderr } = await cli([...GROUP, '--for', 'proxmox']);
    expect(exit).toBe(1);
    expect(stdout).toMatch(/^\[heading=1\]/);
    expect(stdout).not.toMatch(/9c:6b:00:12:34:56|8f0f4f0e/i);
    expect(stdout).toMatch(/Masked: .*host name/);
    expect([...stdout].length).toBeLessThanOrEqual(10_000);
    expect(stderr).toBe('');
  });

  it('are not masked when that is asked for, and masked further by words', async () => {
    const open = await cli([...GROUP, '--format', 'markdown', '--no-redact']);
    expect(open.stdout).toContain('9c:6b:00:12:34:56');
    const more = await cli([
      ...GROUP,
      '--format',
      'text',
      '--redact-also',
      'gaming',
      '--redact-also',
      'aorus',
    ]);
    expect(more.stdout).not.toMatch(/gaming|aorus/i);
  });

  it('show the whole VM configuration, although only some lines of it pass the gate', async () => {
    const { stdout } = await cli([...GROUP, '--format', 'text']);
    for (const line of ['cores: 8', 'name: gaming', 'net0: virtio=<mac-']) expect(stdout).toContain(line);
  });

  it('keep a limit in characters or bytes', async () => {
    for (const [limit, size] of [
      ['3000', (s: string) => [...s].length],
      ['3000b', (s: string) => Buffer.byteLength(s)],
    ] as const) {
      const { stdout } = await cli([...GROUP, '--format', 'markdown', '--limit', limit]);
      expect(size(stdout)).toBeLessThanOrEqual(3000);
      expect(stdout).toContain('Left out for the limit of 3,000');
    }
  });

  it('are written to files, in parts', async () => {
    const one = join(scratch, 'report.html');
    const html = await cli([...GROUP, '-o', one]);
    expect(html).toMatchObject({ exit: 1, stdout: '' });
    expect(html.stderr).toMatch(/report\.html: [\d,]+ characters\n$/);
    expect(readFileSync(one, 'utf8')).toMatch(/^<!doctype html>/);
    await cli([
      ...GROUP,
      '--for',
      'reddit-comment',
      '--limit',
      '2500',
      '--split',
      '-o',
      join(scratch, 'part.md'),
    ]);
    expect(readFileSync(join(scratch, 'part-1.md'), 'utf8')).toMatch(/^\*\*Part 1 of \d+\*\*/);
    expect(statSync(join(scratch, 'part-2.md')).size).toBeLessThanOrEqual(2600);
    expect(existsSync(join(scratch, 'part.md'))).toBe(false);
  });

  it('never take the place of the log', async () => {
    const log = join(scratch, 'dmesg.log');
    writeFileSync(log, 'x\n');
    expect(await cli([log, '-o', 'dmesg.log'], { cwd: scratch })).toMatchObject({ exit: 2, stdout: '' });
    expect(readFileSync(log, 'utf8')).toBe('x\n');
  });

  it('read from a pipe as well', async () => {
    const { stdout } = await cli(['--for', 'github'], {
      input: fixture('cases/um560-d3cold')['dmesg.log'] ?? '',
    });
    expect(stdout).toContain('```mermaid');
  });

  it.each([
    [['--for', 'nowhere'], /Allowed choices are proxmox/],
    [['--for', 'proxmox', '--format', 'markdown'], /is written in bbcode, not in markdown/],
    [['--for', 'proxmox', '--format', 'html'], /takes no HTML/],
    [['--format', 'html', '--limit', '5000'], /not for HTML/],
    [['--format', 'json', '--limit', '5000'], /are for reports to post/],
    [['--split'], /are for reports to post/],
    [['--redact-also', 'gaming'], /are for reports to post/],
    [['--format', 'text', '--split'], /--split needs a size/],
    [['--format', 'text', '--limit', '12'], /--limit 12: not a size/],
    [['--format', 'text', '--limit', '210'], /the verdict alone takes \d+ characters/],
    [['--format', 'text', '-o', '/nowhere/at/all.txt'], /all\.txt: no such file or directory\n/],
  ] as const)('%j is answered with a sentence', async (args, message) => {
    const { exit, stdout, stderr } = await cli([...GROUP, ...args]);
    expect(exit).toBeGreaterThanOrEqual(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n +at /);
  });
});

it('reads sizes', () => {
  expect(limitOption('10000')).toEqual({ size: 10_000, unit: 'characters' });
  expect(limitOption('10kc')).toEqual({ size: 10_000, unit: 'characters' });
  expect(limitOption('65535b')).toEqual({ size: 65_535, unit: 'bytes' });
  expect(limitOption(undefined)).toBeUndefined();
});
