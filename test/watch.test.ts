// watch: bursts, rotation, restarts of the program that is followed, and how soon the diagnosis appears.
import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createDoctor } from '../src/core/engine/doctor.ts';
import { createGate } from '../src/core/engine/gate.ts';
import { followCommand, followFile } from '../src/node/follow.ts';
import { newBlock } from '../src/node/input.ts';
import { createLiveFeed } from '../src/node/live-feed.ts';
import { watchSources } from '../src/node/watch-sources.ts';
import { base, ROOT } from './support/rule-base.ts';
import { cli } from './support/run-cli.ts';
import { scratchFolder } from './support/scratch.ts';

const scratch = scratchFolder('watch');
const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms));

const HIT = 'vfio-pci 0000:01:00.0: Unable to change power state from D3cold to D0, device inaccessible';

/** Writes `seconds` of log at 50,000 lines a second, a hit in every thousand lines, the file rotated each second. */
const WRITER = `
import { appendFileSync, renameSync } from 'node:fs';
const [path, seconds] = process.argv.slice(2);
const line = (n) => 'Nov 24 12:00:00 host kernel: usb 1-1: line ' + n + ' of a burst that means nothing at all\\n';
const hit = 'Nov 24 12:00:00 host kernel: ${HIT}\\n';
const began = Date.now();
let block = 0;
const total = Number(seconds) * 50;
function write() {
  while (block < total && block * 20 <= Date.now() - began) {
    let text = '';
    for (let i = 1; i < 1000; i++) text += line(block * 1000 + i);
    appendFileSync(path, text + hit);
    block++;
    if (block % 50 === 0 && block < total) {
      renameSync(path, path + '.' + block);
      // Catching up after a wait for a CPU it would rotate twice at once, and nobody finds the file between.
      return void setTimeout(write, 400);
    }
  }
  if (block < total) setTimeout(write, 5);
  else console.log(Date.now() - began);
}
write();
`;

function doctorAndFeed() {
  const doctor = createDoctor({
    base,
    commandsFor: () => ({ commands: [], appliable: false, alreadySet: false }),
  });
  doctor.source('watch');
  return { doctor, feed: createLiveFeed(createGate(doctor.sieve, newBlock()), doctor) };
}

const hits = (doctor: ReturnType<typeof doctorAndFeed>['doctor']) =>
  doctor
    .finish()
    .findings.reduce(
      (n, f) => n + (f.device === '0000:01:00.0' && f.text.includes('D3cold') ? f.count : 0),
      0,
    );

describe('bursts', () => {
  it('keeps every rule hit at 50,000 lines a second, through rotations', async () => {
    const path = join(scratch, 'burst.log');
    writeFileSync(path, '');
    const script = join(scratch, 'writer.mjs');
    writeFileSync(script, WRITER);
    const { doctor, feed } = doctorAndFeed();
    const stop = new AbortController();
    const watching = watchSources(
      { files: [path], now: Date.now, varLog: scratch, onTrouble: () => {} },
      (log, chunk) => feed.push(log, chunk),
      stop.signal,
    );
    await sleep(200);
    const took = await new Promise<number>((done) => {
      const child = spawn(process.execPath, [script, path, '4'], { stdio: ['ignore', 'pipe', 'inherit'] });
      child.stdout.on('data', (text: Buffer) => done(Number(text)));
    });
    const limit = Date.now() + 5000;
    while (feed.lines < 200_000 && Date.now() < limit) await sleep(20);
    stop.abort();
    await watching;
    expect(feed.lines).toBe(200_000);
    expect(hits(doctor)).toBe(200);
    // The writer kept up its rate (4 s on an idle machine), so the lines really came in bursts.
    expect(took).toBeLessThan(12_000);
  });
});

describe('following a file', () => {
  async function follow(path: string, act: () => Promise<void>): Promise<string> {
    const stop = new AbortController();
    let text = '';
    const following = followFile(
      path,
      (chunk) => {
        text += chunk.toString();
      },
      stop.signal,
    );
    await sleep(150);
    await act();
    await sleep(400);
    stop.abort();
    await following;
    return text;
  }

  it('gives what is new, not what was there', async () => {
    const path = join(scratch, 'a.log');
    writeFileSync(path, 'old\n');
    expect(await follow(path, async () => appendFileSync(path, 'new\n'))).toBe('new\n');
  });

  it('waits for a file that is not there yet', async () => {
    const path = join(scratch, 'b.log');
    expect(await follow(path, async () => writeFileSync(path, 'all of it\n'))).toBe('all of it\n');
  });

  it('reads the renamed file to its end', async () => {
    const path = join(scratch, 'c.log');
    writeFileSync(path, '');
    const text = await follow(path, async () => {
      appendFileSync(path, '1\n');
      renameSync(path, `${path}.1`);
      appendFileSync(`${path}.1`, '2\n');
      writeFileSync(path, '3\n');
    });
    expect(text).toBe('1\n2\n3\n');
  });

  it('begins anew when the file was cut', async () => {
    const path = join(scratch, 'd.log');
    writeFileSync(path, 'old\n');
    const text = await follow(path, async () => {
      truncateSync(path);
      await sleep(250);
      appendFileSync(path, 'new\n');
    });
    expect(text).toBe('new\n');
  });
});

describe('following a program', () => {
  it('starts it again from where it ended', async () => {
    const stop = new AbortController();
    const asked: (number | undefined)[] = [];
    let text = '';
    const following = followCommand(
      {
        now: Date.now,
        argv: (since) => {
          asked.push(since);
          return ['sh', '-c', `echo start ${asked.length}; sleep 0.6`];
        },
      },
      (chunk) => {
        text += chunk.toString();
        if (asked.length === 2) stop.abort();
      },
      stop.signal,
    );
    expect(await following).toBe(true);
    expect(text).toBe('start 1\nstart 2\n');
    expect(asked[0]).toBeUndefined();
    expect(asked[1]).toBeGreaterThan(Date.now() / 1000 - 10);
  });

  it('gives up when there is no such program', async () => {
    const stop = new AbortController();
    const command = { now: Date.now, argv: () => [join(scratch, 'no-such-program')] };
    expect(await followCommand(command, () => {}, stop.signal)).toBe(false);
  });
});

describe('the feed', () => {
  it('keeps the lines of two logs apart and joins pieces of one', () => {
    const { doctor, feed } = doctorAndFeed();
    const line = Buffer.from(`[  1.0] ${HIT}\n`);
    feed.push('a', line.subarray(0, 30));
    feed.push('b', Buffer.from('[  1.0] usb 1-1: new\n'));
    feed.push('a', line.subarray(30));
    feed.push('a', line.subarray(0, line.length - 1));
    expect(hits(doctor)).toBe(1);
    feed.end('a');
    expect(hits(doctor)).toBe(2);
  });

  it('survives a line without end', () => {
    const { doctor, feed } = doctorAndFeed();
    feed.push('a', Buffer.from('[  1.0] usb 1-1: new\n'));
    for (let i = 0; i < 8; i++) feed.push('a', Buffer.alloc(100_000, 'x'));
    feed.push('a', Buffer.from(`\n[  1.0] ${HIT}\n`));
    expect(hits(doctor)).toBe(1);
  });
});

describe('new logs of guests', () => {
  it('follows the task of a guest that is started, and libvirt logs that appear', async () => {
    const varLog = join(scratch, 'var');
    mkdirSync(join(varLog, 'pve/tasks/A'), { recursive: true });
    mkdirSync(join(varLog, 'libvirt/qemu'), { recursive: true });
    writeFileSync(join(varLog, 'libvirt/qemu/old.log'), 'old\n');
    const began = Math.floor(Date.now() / 1000);
    const hex = (began - (began % 16) + 26).toString(16).toUpperCase();
    const upid = (id: string) => `UPID:pve:0001E240:000F4240:${hex}:qmstart:${id}:root@pam:`;
    const stop = new AbortController();
    const seen: Record<string, string> = {};
    const watching = watchSources(
      { guest: '100', files: [join(scratch, 'none.log')], now: Date.now, varLog, onTrouble: () => {} },
      (log, chunk) => {
        const name = log.slice(varLog.length + 1);
        seen[name] = (seen[name] ?? '') + chunk.toString();
      },
      stop.signal,
    );
    await sleep(100);
    writeFileSync(join(varLog, 'libvirt/qemu/100.log'), 'of libvirt\n');
    writeFileSync(join(varLog, 'pve/tasks', hex.slice(-1), upid('100')), 'TASK ERROR: start failed\n');
    writeFileSync(join(varLog, 'pve/tasks', hex.slice(-1), upid('101')), 'another guest\n');
    writeFileSync(join(varLog, 'pve/tasks/active'), `${upid('100')} 1\n${upid('101')} 1\n`);
    await sleep(900);
    stop.abort();
    await watching;
    expect(seen).toEqual({
      'libvirt/qemu/100.log': 'of libvirt\n',
      [`pve/tasks/${hex.slice(-1)}/${upid('100')}`]: 'TASK ERROR: start failed\n',
    });
  });
});

describe('the command', () => {
  it('tells the diagnosis within a second of the line, and ends with the report', async () => {
    const path = join(scratch, 'kern.log');
    writeFileSync(path, '');
    const stop = new AbortController();
    const { Writable } = await import('node:stream');
    let text = '';
    let told = 0;
    const stdout = new Writable({
      write(chunk: Buffer, _encoding, done) {
        text += chunk.toString();
        if (told === 0 && text.includes('d3cold-power-transition')) told = Date.now();
        done();
      },
    });
    let ready = false;
    const stderr = new Writable({
      write(chunk: Buffer, _encoding, done) {
        ready ||= chunk.toString().includes('Watching');
        done();
      },
    });
    const running = cli(['watch', '--follow', path], {
      stop: stop.signal,
      stdout,
      stderr,
      platform: 'linux',
      now: Date.now,
    });
    while (!ready) await sleep(20);
    const log = readFileSync(join(ROOT, 'fixtures/cases/um560-d3cold/dmesg.log'), 'utf8');
    const written = Date.now();
    appendFileSync(path, log);
    while (told === 0 && Date.now() - written < 5000) await sleep(10);
    expect(told - written).toBeLessThan(1000);
    expect(told).toBeGreaterThan(0);
    stop.abort();
    const { exit } = await running;
    expect(exit).toBe(1);
    expect(text).toMatch(/^\d\d:\d\d:\d\d {2}\w+: .*\[d3cold-power-transition\]/);
    expect(text).toContain('What to do');
  });

  it('loses nothing that is written while the host is still being read', async () => {
    const path = join(scratch, 'early.log');
    writeFileSync(path, '');
    const stop = new AbortController();
    const running = cli(['watch', '--follow', path], { stop: stop.signal, platform: 'linux', now: Date.now });
    await sleep(300);
    appendFileSync(path, readFileSync(join(ROOT, 'fixtures/cases/um560-d3cold/dmesg.log')));
    await sleep(1000);
    stop.abort();
    const { exit, stdout } = await running;
    expect(exit).toBe(1);
    expect(stdout).toContain('d3cold-power-transition');
  });

  it('says that a file to follow is not there', async () => {
    const stop = new AbortController();
    const options = { stop: stop.signal, platform: 'linux', now: Date.now };
    const running = cli(['watch', '--follow', join(scratch, 'gone.log')], options);
    await sleep(300);
    stop.abort();
    expect((await running).stderr).toMatch(/gone\.log: no such file or directory; it is read as soon as/);
  });

  it('asks which guest --start means', async () => {
    expect(await cli(['watch', '--start'])).toMatchObject({ exit: 2 });
  });
});
