// Following logs that grow: a file through its rotation, a program that prints a log through its end.
import { spawn } from 'node:child_process';
import { promises as fs } from 'node:fs';

export type OnChunk = (chunk: Buffer) => void;

const POLL = 100;
const CHUNK = 256 * 1024;

const pause = (ms: number, stop: AbortSignal) =>
  new Promise<void>((done) => {
    const timer = setTimeout(finish, ms);
    function finish() {
      clearTimeout(timer);
      stop.removeEventListener('abort', finish);
      done();
    }
    stop.addEventListener('abort', finish);
    if (stop.aborted) finish();
  });

/**
 * Gives what is added to the file at `path` until `stop`; the file need not be there yet. A file that is renamed away is read to its
 * end before the new one of that name is begun, so that a rotation loses nothing (of two within a tenth of a second the file between
 * is lost, as it is to `tail -F`); one that is cut off is read from its start.
 */
export async function followFile(
  path: string,
  onChunk: OnChunk,
  stop: AbortSignal,
  options: { readonly fromStart?: boolean } = {},
): Promise<void> {
  const buffer = Buffer.allocUnsafeSlow(CHUNK);
  let fromStart = options.fromStart ?? false;
  /** Reads to the present end; answers where that is. */
  async function drain(file: fs.FileHandle, from: number): Promise<number> {
    let at = from;
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK, at);
      if (bytesRead === 0) return at;
      at += bytesRead;
      onChunk(buffer.subarray(0, bytesRead));
    }
  }
  while (!stop.aborted) {
    const file = await fs.open(path, 'r').catch(() => undefined);
    if (!file) {
      // What appears later is new from its first byte.
      fromStart = true;
      await pause(POLL, stop);
      continue;
    }
    try {
      const opened = await file.stat();
      let at = fromStart ? 0 : opened.size;
      fromStart = true;
      for (;;) {
        at = await drain(file, at);
        if (stop.aborted) return;
        const [now, named] = await Promise.all([file.stat(), fs.stat(path).catch(() => undefined)]);
        if (now.size < at) at = 0;
        if (named === undefined || named.ino !== opened.ino || named.dev !== opened.dev) {
          // Whoever writes may hold the old file for a moment longer.
          await pause(POLL, stop);
          await drain(file, at);
          break;
        }
        await pause(POLL, stop);
      }
    } finally {
      await file.close();
    }
  }
}

export interface Followed {
  /** The arguments; `since` is set when the program ended and is started anew: seconds since the epoch. */
  readonly argv: (since: number | undefined) => readonly string[];
  readonly now: () => number;
}

/** A program that ends sooner than this does not run at all. */
const SHORT = 500;
const MAX_FAILURES = 5;

/**
 * Runs a program that prints a log and does not end, until `stop`. When it ends all the same (the journal was vacuumed, the daemon
 * restarted), it is started again from the second before. Answers false when it never printed anything.
 */
export async function followCommand(
  command: Followed,
  onChunk: OnChunk,
  stop: AbortSignal,
): Promise<boolean> {
  let since: number | undefined;
  let printed = false;
  for (let failures = 0; !stop.aborted && failures < MAX_FAILURES; ) {
    const began = command.now();
    const [program = '', ...args] = command.argv(since);
    const code = await new Promise<number>((done) => {
      const child = spawn(program, args, {
        stdio: ['ignore', 'pipe', 'ignore'],
        env: { ...process.env, LC_ALL: 'C', SYSTEMD_COLORS: '0' },
      });
      const kill = () => void child.kill('SIGTERM');
      stop.addEventListener('abort', kill);
      child.stdout.on('data', (chunk: Buffer) => {
        printed = true;
        since = Math.floor(command.now() / 1000) - 1;
        onChunk(chunk);
      });
      child.on('error', () => done(-1));
      child.on('close', (n) => {
        stop.removeEventListener('abort', kill);
        done(n ?? -1);
      });
    });
    if (code === -1 && !printed && command.now() - began < SHORT) return false;
    failures = command.now() - began < SHORT ? failures + 1 : 0;
    since ??= Math.floor(began / 1000);
    await pause(POLL, stop);
  }
  return printed;
}
