// What `watch` follows: the journal or the kernel's messages, the logs of libvirt's guests, the tasks of Proxmox VE.
import { promises as fs } from 'node:fs';
import { parseTask, taskFile } from '../core/host/logs.ts';
import { followCommand, followFile } from './follow.ts';
import { JOURNAL_MATCH } from './logs.ts';
import { reason } from './reason.ts';

export interface WatchOptions {
  /** The VMID or domain name; all guests without it. */
  readonly guest?: string;
  /** Log files to follow instead of the journal. */
  readonly files: readonly string[];
  readonly now: () => number;
  /** Folders of the host, for tests: default /var/log. */
  readonly varLog?: string;
  /** Told once of what cannot be followed, or not yet. */
  readonly onTrouble: (text: string) => void;
}

export type OnLog = (log: string, chunk: Buffer) => void;

const journal = (since: number | undefined) => [
  'journalctl',
  '-f',
  '-q',
  '--no-pager',
  '-o',
  'short-precise',
  ...(since === undefined ? ['-n', '0'] : ['--no-tail', `--since=@${since}`]),
  ...JOURNAL_MATCH,
];

async function followKernel(options: WatchOptions, onLog: OnLog, stop: AbortSignal) {
  const { now } = options;
  const readable = await fs.access('/dev/kmsg', fs.constants.R_OK).then(
    () => true,
    () => false,
  );
  const journald = await fs.stat('/run/systemd/journal').then(
    () => true,
    () => false,
  );
  if (journald) {
    await followCommand({ argv: journal, now }, (chunk) => onLog('journal', chunk), stop);
    if (stop.aborted) return;
  }
  if (readable) {
    const dmesg = { argv: () => ['dmesg', '--follow-new'], now };
    await followCommand(dmesg, (chunk) => onLog('dmesg', chunk), stop);
    if (stop.aborted) return;
  }
  options.onTrouble(
    'the messages of the kernel cannot be followed: neither journalctl nor dmesg may read them; try sudo',
  );
}

const POLL = 300;

/** Follows the logs that appear in a folder, each from where it was when the watch began. */
async function followFolder(
  dir: string,
  wanted: (name: string) => boolean,
  onLog: OnLog,
  stop: AbortSignal,
): Promise<void> {
  const followed = new Set<string>();
  const running: Promise<void>[] = [];
  for (let first = true; !stop.aborted; first = false) {
    for (const name of await fs.readdir(dir).catch(() => []))
      if (wanted(name) && !followed.has(name)) {
        followed.add(name);
        const path = `${dir}/${name}`;
        running.push(followFile(path, (chunk) => onLog(path, chunk), stop, { fromStart: !first }));
      }
    await new Promise((done) => setTimeout(done, POLL));
  }
  await Promise.all(running);
}

/** Follows the task of each start of a guest that begins from now on. */
async function followTasks(tasks: string, options: WatchOptions, onLog: OnLog, stop: AbortSignal) {
  const began = Math.floor(options.now() / 1000) - 1;
  const known = new Set<string>();
  const running: Promise<void>[] = [];
  while (!stop.aborted) {
    const text = await fs.readFile(`${tasks}/active`, 'utf8').catch(() => '');
    for (const line of text.split('\n')) {
      const task = parseTask(line);
      if (!task || known.has(task.upid) || task.began < began || task.type !== 'qmstart') continue;
      if (options.guest !== undefined && task.guest !== options.guest) continue;
      known.add(task.upid);
      const path = taskFile(task).replace('/var/log/pve/tasks', tasks);
      running.push(followFile(path, (chunk) => onLog(path, chunk), stop, { fromStart: true }));
    }
    await new Promise((done) => setTimeout(done, POLL));
  }
  await Promise.all(running);
}

/** Follows everything until `stop`. */
export async function watchSources(options: WatchOptions, onLog: OnLog, stop: AbortSignal): Promise<void> {
  const base = options.varLog ?? '/var/log';
  const isGuest = (name: string) =>
    name.endsWith('.log') && (options.guest === undefined || name === `${options.guest}.log`);
  const follow = async (path: string) => {
    await fs
      .access(path, fs.constants.R_OK)
      .catch((error) => options.onTrouble(`${path}: ${reason(error)}; it is read as soon as it can be`));
    await followFile(path, (chunk) => onLog(path, chunk), stop);
  };
  await Promise.all([
    options.files.length > 0 ? Promise.all(options.files.map(follow)) : followKernel(options, onLog, stop),
    followFolder(`${base}/libvirt/qemu`, isGuest, onLog, stop),
    followTasks(`${base}/pve/tasks`, options, onLog, stop),
  ]);
}
