// The command line as a user meets it: inputs, exit codes, and a sentence that helps for every bad input.
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ROOT } from './support/rule-base.ts';
import { cli } from './support/run-cli.ts';
import { scratchFolder } from './support/scratch.ts';

const FAULT =
  '[  12.000000] vfio-pci 0000:01:00.0: Unable to change power state from D3cold to D0, device inaccessible\n';
/** Bytes as of a picture or an archive: every value is as frequent as any other. */
const PACKED = Buffer.from(Uint8Array.from({ length: 8192 }, (_, i) => i * 131 + (i >> 8) * 17));
const CASE = join(ROOT, 'fixtures/cases/um560-d3cold');
const scratch = scratchFolder('cli');

interface Report {
  diagnoses: { cause: string }[];
  input: { lines: number; sources: { name: string; lines: number }[] };
  findings: { rule: string; count: number; lines: number[] }[];
  notices: { code: string }[];
}
const json = async (args: string[], input?: string | Buffer): Promise<Report> =>
  JSON.parse(
    (await cli([...args, '--format', 'json'], input === undefined ? {} : { input })).stdout,
  ) as Report;

describe('inputs', () => {
  it('diagnoses what is piped in and says so by exit code 1', async () => {
    const { exit, stdout } = await cli([], { input: FAULT });
    expect(exit).toBe(1);
    expect(stdout).toContain('d3cold-power-transition');
  });

  it('reads files again only as long as all of them together are small', async () => {
    const [pasted, first, second] = ['pasted', 'first', 'second'].map((name) => join(scratch, `${name}.txt`));
    writeFileSync(pasted ?? '', FAULT.replaceAll(' ', '\u00a0'));
    for (const file of [first, second]) writeFileSync(file ?? '', 'nothing to see here\n'.repeat(2000));
    const told = async (...files: (string | undefined)[]) => {
      const report = await json(files.flatMap((file) => file ?? []));
      return [report.notices.map((n) => n.code).includes('reread'), report.diagnoses[0]?.cause];
    };
    expect(await told(pasted, first)).toEqual([true, 'd3cold-power-transition']);
    expect(await told(pasted, first, second)).toEqual([false, undefined]);
    const wrapped = FAULT.replaceAll(' ', '\u00a0');
    for (const bytes of [gzipSync(wrapped), Buffer.from(`\ufeff${wrapped}`, 'utf16le')]) {
      writeFileSync(pasted ?? '', bytes);
      expect(await told(pasted)).toEqual([true, 'd3cold-power-transition']);
    }
  });

  it('says that nothing is wrong by exit code 0', async () => {
    const { exit } = await cli([], {
      input: '[    0.000000] Linux version 6.8.12-4-pve (build@proxmox) #1\n',
    });
    expect(exit).toBe(0);
  });

  it('takes files, globs and - together and numbers their lines through', async () => {
    const report = await json([join(CASE, 'dmesg.log'), `${CASE}/task*.log`, '-'], FAULT);
    expect(report.input.sources.map((s) => s.lines)).toEqual([7, 2, 1]);
    expect(report.findings.flatMap((f) => f.lines)).toContain(10);
  });

  it('takes the name of a file for a name, whatever a glob would read in it', async () => {
    const file = join(scratch, 'dmesg [1]{a}!.txt');
    writeFileSync(file, FAULT);
    expect((await json([file])).diagnoses[0]?.cause).toBe('d3cold-power-transition');
  });

  it('opens gzip by content, from a file and from a pipe', async () => {
    const file = join(scratch, 'log.txt');
    writeFileSync(file, gzipSync(FAULT));
    expect((await json([file])).diagnoses[0]?.cause).toBe('d3cold-power-transition');
    expect((await json([], gzipSync(FAULT))).diagnoses[0]?.cause).toBe('d3cold-power-transition');
  });

  it.each([
    ['as PowerShell writes it', Buffer.from(`\ufeff${FAULT}`, 'utf16le')],
    ['without a byte order mark', Buffer.from(FAULT, 'utf16le')],
    ['with the high bytes first', Buffer.from(`\ufeff${FAULT}`, 'utf16le').swap16()],
    ['with neither a mark nor the low bytes first', Buffer.from(FAULT, 'utf16le').swap16()],
  ])('opens UTF-16 by content, %s', async (_, bytes) => {
    expect((await json([], bytes)).diagnoses[0]?.cause).toBe('d3cold-power-transition');
  });

  it('tells of several files those that cannot be read, and reads the others', async () => {
    const [good, empty, cut, fine] = ['good.log', 'empty.log', 'cut.gz', 'fine.log'].map((name) =>
      join(scratch, name),
    ) as [string, string, string, string];
    writeFileSync(good, FAULT);
    writeFileSync(empty, '');
    writeFileSync(cut, gzipSync(FAULT.repeat(100)).subarray(0, 60));
    writeFileSync(fine, '[    0.000000] Linux version 6.8.12-4-pve (build@proxmox) #1\n');
    const { exit, stdout } = await cli(['--json', good, 'gone.log', empty, cut]);
    const { notices } = JSON.parse(stdout) as Report;
    expect([exit, notices.map((n) => n.code)]).toEqual([1, ['file-unread', 'file-empty', 'file-unread']]);
    // Nothing found is no answer where something was not looked at.
    expect(await cli([fine, 'gone.log'])).toMatchObject({
      exit: 3,
      stdout: expect.stringMatching(/No passthrough fault found in what could be read\./),
    });
    expect((await cli([fine, empty])).exit).toBe(0);
    expect(await cli(['plan', good, 'gone.log'])).toMatchObject({ exit: 3, stdout: '' });
  });

  it('reads a log that a crash has left a block of zeros in', async () => {
    const [zeros, fault] = [Buffer.alloc(3000), Buffer.from(FAULT)];
    for (const log of [
      [fault, zeros],
      [zeros, fault],
      [Buffer.from('[  11.0] x\n'), zeros, fault],
    ])
      expect((await json([], Buffer.concat(log))).diagnoses[0]?.cause).toBe('d3cold-power-transition');
  });

  it('reads a last line without a line break, CRLF and an empty line', async () => {
    expect((await json([], `\r\n${FAULT.trim()}`)).findings[0]?.lines).toEqual([2]);
  });

  it('counts a storm and keeps its first and last twenty lines, or all', async () => {
    const storm = FAULT.repeat(5000);
    const [short] = (await json([], storm)).findings;
    expect(short?.count).toBe(5000);
    expect(short?.lines.length).toBe(40);
    expect([short?.lines[0], short?.lines.at(-1)]).toEqual([1, 5000]);
    expect((await json(['--all-lines'], storm)).findings[0]?.lines.length).toBe(5000);
  });
});

describe('several boots', () => {
  const boot = (fault: string) =>
    `[    0.000000] Linux version 6.8.12-4-pve (build@proxmox) #1\n[    1.000000] x\n${fault}`;
  const three = boot('') + boot(FAULT) + boot('');

  it('diagnoses the newest boot with a failure and says which it is', async () => {
    const report = await json([], three);
    expect(report.diagnoses[0]?.cause).toBe('d3cold-power-transition');
    expect(report.notices.map((n) => n.code)).toEqual(['several-boots']);
  });

  it('says so of the logs of several hosts, and not of two names of one', async () => {
    const log = (host: string) =>
      FAULT.replace('[  12.000000]', `Nov 26 07:00:12 ${host} kernel: [   12.000000]`);
    const files = ['pve1', 'pve2', 'pve1.example.org'].map((host) => {
      writeFileSync(join(scratch, `${host}.log`), log(host));
      return join(scratch, `${host}.log`);
    });
    const [one = '', two = '', same = ''] = files;
    expect((await json([one, same])).notices).toEqual([]);
    expect((await json([one, two])).notices).toEqual([
      { code: 'several-hosts', text: expect.stringContaining('(pve1, pve2)') },
    ]);
  });

  it('--boot picks one or takes all', async () => {
    expect((await json(['--boot', '0'], three)).diagnoses).toEqual([]);
    expect((await json(['--boot', '-1'], three)).diagnoses[0]?.cause).toBe('d3cold-power-transition');
    expect((await json(['--boot', 'all'], three)).diagnoses[0]?.cause).toBe('d3cold-power-transition');
  });
});

describe('bad input gets a sentence that helps, an exit code, and no stack', () => {
  const ownRules = join(scratch, 'rules');
  writeFileSync(join(scratch, 'nothing.log'), '');
  writeFileSync(join(scratch, 'a b.journal'), 'LPKSHHRH\0\0\0\0');

  it.each([
    ['no input at all', [], undefined, 2, /dmesg \| pt-doctor/],
    ['an empty pipe', [], '', 2, /pipe was empty[\s\S]*sudo dmesg/],
    [
      'an empty file',
      [join(scratch, 'nothing.log')],
      undefined,
      2,
      /nothing\.log: the file is empty[\s\S]*sudo dmesg/,
    ],
    [
      'an id that is like none',
      ['explain', 'nosuch'],
      undefined,
      2,
      /nothing has the id "nosuch"\s+pt-doctor rules list/,
    ],
    ['a missing file', ['no-such.log'], undefined, 3, /no-such\.log: there is no such file/],
    ['a directory', [`${scratch}/`], undefined, 3, /it is a directory[^']*'\/[^']*[^/]\/\*\.log'/],
    ['a glob without a match', ['nothing*.log'], undefined, 2, /no file matches/],
    ['binary data', [], Buffer.alloc(8192), 2, /binary file[\s\S]*journalctl/],
    ['packed data', [], PACKED, 2, /binary file/],
    [
      'xz',
      [],
      Buffer.from('\xfd7zXZ\0', 'latin1'),
      2,
      /packed with xz\s+Unpack it first: xz -dc FILE \| pt-doctor/,
    ],
    [
      'a journal file',
      [join(scratch, 'a b.journal')],
      undefined,
      2,
      /journalctl --file '.*a b\.journal' \| pt/,
    ],
    ['a screenshot', [], Buffer.from('\x89PNG\r\n', 'latin1'), 2, /a picture/],
    ['damaged gzip', [], gzipSync(FAULT.repeat(100)).subarray(0, 60), 3, /gzip data is damaged/],
    ['an unknown format', ['--format', 'xml'], '', 2, /Allowed choices/],
    ['an unknown option', ['--nonsense'], '', 2, /^pt-doctor: unknown option/],
    ['a boot that is none', ['--boot', 'last'], FAULT, 2, /--boot last: not a boot/],
    [
      'an unknown id',
      ['explain', 'd3cold-powr-transition'],
      undefined,
      2,
      /Did you mean d3cold-power-transition\?/,
    ],
    [
      'an id without its end',
      ['explain', 'd3cold-powr'],
      undefined,
      2,
      /Did you mean d3cold-power-transition\?/,
    ],
    [
      'a misspelt command',
      ['explian', 'x'],
      undefined,
      2,
      /neither a command[\s\S]*mean pt-doctor explain\?/,
    ],
    ['a misspelt command with options', ['chek', '--vm', '100'], undefined, 2, /mean pt-doctor check\?/],
    ['a word that is no command', ['journal'], undefined, 3, /journal: there is no such file/],
    ['a rules directory without rules', ['--rules', scratch], FAULT, 2, /no rule files/],
  ] as const)('%s', async (_, args, input, code, message) => {
    const { exit, stderr, stdout } = await cli(args, input === undefined ? {} : { input });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(stdout).toBe('');
    expect(exit).toBe(code);
  });

  it('helps with every command, by option and by name', async () => {
    const { exit, stdout } = await cli(['help', 'check']);
    expect([exit, stdout]).toEqual([0, (await cli(['check', '--help'])).stdout]);
    expect(await cli(['help'])).toMatchObject({ exit: 0, stdout: (await cli(['--help'])).stdout });
  });

  it.each([
    ['a file', ['no\u001b[31m\u202e.log']],
    ['an option', ['--x\u001b]0;owned\u0007']],
    ['an id', ['explain', 'x\u001b[2J']],
  ])('no escape in the name of %s reaches the terminal', async (_, args) => {
    const { stderr } = await cli(args);
    expect(stderr).not.toBe('');
    expect(stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });

  it('a broken rule file is told with file, line, column and the place in it', async () => {
    const { mkdirSync } = await import('node:fs');
    mkdirSync(join(ownRules, 'own'), { recursive: true });
    writeFileSync(join(ownRules, 'own/x.yaml'), 'title: A thing\nseverity: terrible\n');
    const { exit, stderr } = await cli(['--rules', ownRules], { input: FAULT });
    expect(stderr).toMatch(/x\.yaml:2:11 severity: /);
    expect(exit).toBe(2);
  });

  it('a text without a single line of kernel or QEMU is read, and the report says so', async () => {
    const report = await json([], 'Dear diary\nnothing happened\n');
    expect(report.diagnoses).toEqual([]);
    expect(report.notices.map((n) => n.code)).toEqual(['no-log']);
  });

  it('a line of 10 MB is cut and told', async () => {
    const report = await json([], `${'x'.repeat(10_000_000)}\n${FAULT}`);
    expect(report.notices.map((n) => n.code)).toContain('long-lines');
    expect(report.findings[0]?.lines).toEqual([2]);
  });
});

describe('rules of a directory', () => {
  it('come on top of the built-in ones, and a replaced id is told', async () => {
    const { mkdirSync } = await import('node:fs');
    const dir = join(scratch, 'mine');
    mkdirSync(join(dir, 'power'), { recursive: true });
    const own = readFileSync(join(ROOT, 'rules/power/pci-power-up-inaccessible.yaml'), 'utf8');
    writeFileSync(join(dir, 'power/pci-power-up-inaccessible.yaml'), own);
    expect((await json(['--rules', dir], FAULT)).notices.map((n) => n.code)).toContain('rules-replaced');
  });

  it('rules new drafts a rule from a log line and never overwrites one', async () => {
    const args = ['rules', 'new', 'my-rule', '--from', `${CASE}/dmesg.log:6`];
    const first = await cli(args, { cwd: scratch });
    expect(first.exit).toBe(0);
    expect(readFileSync(join(scratch, 'rules/own/my-rule.yaml'), 'utf8')).toContain(
      '(from {:pstate} to {:pstate})',
    );
    const again = await cli(args, { cwd: scratch });
    expect(again.exit).toBe(2);
    expect(again.stderr).toMatch(/exists already/);
  });
});

describe('the built program', () => {
  const program = join(ROOT, 'dist/pt-doctor.mjs');

  it('reads a pipe', () => {
    const ran = spawnSync('node', [program], { input: FAULT, encoding: 'utf8' });
    expect(ran.status).toBe(1);
    expect(ran.stdout).toContain('d3cold-power-transition');
    expect(ran.stderr).toBe('');
  });

  const said = (path: string) => spawnSync('node', [path], { input: FAULT, encoding: 'utf8' });

  /** A copy of the program whose data is what `change` makes of them. */
  function copied(change: (data: Buffer) => Buffer | undefined): string {
    const folder = mkdtempSync(join(scratch, 'copy-'));
    const copy = join(folder, 'pt-doctor.mjs');
    copyFileSync(program, copy);
    const data = change(readFileSync(program.replace(/mjs$/, 'data')));
    if (data) writeFileSync(join(folder, 'pt-doctor.data'), data);
    return copy;
  }

  it('says the same where V8 does not take the code that it made at the build', () => {
    const copy = copied((data) => {
      const source = readFileSync(program, 'utf8');
      const [, from, length] = /"?main\.cache"?:\[([\de]+),([\de]+)\]/.exec(source)?.map(Number) ?? [];
      return data.fill('not what V8 has made ', from, (from ?? 0) + (length ?? 0));
    });
    expect(said(copy)).toMatchObject({ status: 1, stdout: said(program).stdout, stderr: '' });
  });

  it.each([
    ['lacks its data', () => undefined, /cannot read its rules: no such file/],
    ['has data that were cut off', (data: Buffer) => data.subarray(0, -100), /is not whole/],
    ['has the data of another build', (data: Buffer) => data.fill('0', 0, 8), /of another version/],
  ])('says what to do when it %s', (_, change, message) => {
    const { status, stdout, stderr } = said(copied(change));
    expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/copy both/);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('reads every example of its rules, words of other writings too', () => {
    const { status, stdout } = spawnSync('node', [program, 'rules', 'lint', 'rules'], { encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  });

  it('answers --version and --help as the whole program does', async () => {
    const said = (flag: string) => spawnSync('node', [program, flag], { encoding: 'utf8' }).stdout;
    for (const flag of ['--version', '-V', '--help', '-h'])
      expect(said(flag)).toBe((await cli([flag])).stdout);
  });

  it('tells that a report found no room', () => {
    const ran = spawnSync('sh', ['-c', `node '${program}' > /dev/full`], { input: FAULT, encoding: 'utf8' });
    expect(ran.stderr).toMatch(/could not be written: no space left on device\n/);
    expect(ran.stderr).not.toMatch(/\n\s+at /);
    expect(ran.status).toBe(3);
  });

  it('takes a closed pipe for no error', async () => {
    const child = spawn('sh', ['-c', `node '${program}' --format json --all-lines | head -c 10`], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (d: Buffer) => {
      stderr += d.toString();
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(FAULT.repeat(100_000));
    const exit = await new Promise((resolve) => child.on('close', resolve));
    expect(stderr).toBe('');
    expect(exit).toBe(0);
  });
});
