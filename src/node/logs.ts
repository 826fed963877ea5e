// The running log of a host: this boot's journal of kernel, QEMU, libvirt and Proxmox VE, or else dmesg. Streams, never whole.
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { JOURNAL } from '../core/host/logs.ts';
import { got, isRead, type Missing, type Tree } from '../core/host/tree.ts';

/** Whose lines of the journal are about passthrough; matches joined by `+` are or'ed (journalctl(1)). */
const FIELDS = [
  '_TRANSPORT=kernel',
  'SYSLOG_IDENTIFIER=QEMU',
  'SYSLOG_IDENTIFIER=kvm',
  'SYSLOG_IDENTIFIER=pvedaemon',
  'SYSLOG_IDENTIFIER=pve-guests',
  'SYSLOG_IDENTIFIER=qm',
  '_COMM=libvirtd',
  '_COMM=virtqemud',
];
export const JOURNAL_MATCH: readonly string[] = FIELDS.flatMap((f, i) => (i === 0 ? [f] : ['+', f]));

export interface Running {
  /** What is read, as a report names it. */
  readonly name: string;
  readonly chunks: AsyncIterable<Buffer>;
}

export interface StreamedLog {
  /** The log, or nothing when it may not be read. */
  readonly log?: Running;
  /** Why it, or a better one, is not read. */
  readonly missing?: Missing;
}

interface Started {
  readonly child: ChildProcess;
  readonly stdout: Readable;
  readonly first: Buffer | undefined;
  readonly stderr: () => string;
}

/** Starts a command and waits for its first bytes, its end, or the time limit. */
async function start(argv: readonly string[], limit: number): Promise<Started> {
  const [command = '', ...args] = argv;
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C', SYSTEMD_COLORS: '0' },
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (stderr.length < 4096) stderr += text;
  });
  child.on('error', (error) => {
    stderr += error.message;
  });
  const first = await new Promise<Buffer | undefined>((done) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      done(undefined);
    }, limit);
    const settle = (value: Buffer | undefined) => {
      clearTimeout(timer);
      done(value);
    };
    child.on('error', () => settle(undefined));
    // Not at the end of its output: what it says on stderr may come a moment later.
    child.once('close', () => settle(undefined));
    child.stdout.once('data', (chunk: Buffer) => {
      child.stdout.pause();
      settle(chunk);
    });
  });
  return { child, stdout: child.stdout, first, stderr: () => stderr };
}

async function* chunksOf({ first, stdout, child }: Started): AsyncGenerator<Buffer> {
  try {
    if (first) yield first;
    yield* stdout as AsyncIterable<Buffer>;
  } finally {
    child.kill('SIGKILL');
  }
}

const LIMIT = 20_000;

/** The log of the running host: journal, else dmesg. `cut` keeps only so many of the newest lines. */
async function liveLog(cut?: number): Promise<StreamedLog> {
  const newest = cut === undefined ? [] : ['-n', String(cut)];
  const journal = await start(
    ['journalctl', '-b', '--no-pager', '-q', '-o', 'short-precise', ...newest, ...JOURNAL_MATCH],
    LIMIT,
  );
  // Somebody who may not read the system journal gets their own, without a single line of the kernel.
  if (journal.first?.includes(' kernel: ')) return { log: { name: 'journal', chunks: chunksOf(journal) } };
  journal.child.kill('SIGKILL');
  const dmesg = await start(['dmesg'], LIMIT);
  if (dmesg.first) return { log: { name: 'dmesg', chunks: chunksOf(dmesg) } };
  const denied = /not permitted|denied/i.test(dmesg.stderr());
  return {
    missing: denied
      ? { unread: 'denied', why: 'the kernel log may not be read by this user' }
      : {
          unread: 'absent',
          why: `neither journalctl nor dmesg gives it (${dmesg.stderr().trim().split('\n')[0] || 'it is empty'})`,
        },
  };
}

async function* once(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}

/** Files that hold the kernel log where there is no journal. */
const KERNEL_LOGS = ['/var/log/kern.log', '/var/log/dmesg', '/var/log/messages', '/var/log/syslog'];
const TAIL = 64 << 20;

/** The log of the host behind `tree`: streamed when it is the running one, from its files otherwise. */
export async function hostLog(tree: Tree, cut?: number): Promise<StreamedLog> {
  if (tree.live) return liveLog(cut);
  const recorded = await tree.readText(JOURNAL, TAIL);
  if (isRead(recorded)) return { log: { name: 'journal', chunks: once(recorded.value) } };
  for (const path of KERNEL_LOGS) {
    const text = got(await tree.tail(path, TAIL));
    if (text) return { log: { name: path, chunks: once(text) } };
  }
  return { missing: recorded };
}

/** All of a log as text, for a bundle. */
export async function logText(running: Running): Promise<string> {
  const parts: Buffer[] = [];
  for await (const chunk of running.chunks) parts.push(chunk);
  return Buffer.concat(parts).toString('utf8');
}
