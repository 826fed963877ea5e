// Trees on disk: the running host, or a directory that holds one (an unpacked bundle, a mounted disk).
// Every question has a time limit: a read that hangs in the kernel costs its answer, not the program.
import { createReadStream, promises as fs } from 'node:fs';
import { createInterface } from 'node:readline';
import { ABSENT, type Answer, join, type Missing, resolveIn, type Tree } from '../core/host/tree.ts';
import { PROBES_DIR, runProbe } from './probes.ts';

export interface RootOptions {
  /** Milliseconds for one read; default 2000. */
  readonly timeout?: number;
  /** Run the commands of probes.ts for the files that only they can give. Only for `/`. */
  readonly probes?: boolean;
  /** A read did not come back in time: it keeps the program from ending by itself. */
  readonly onHang?: () => void;
}

/** A hung read keeps one of libuv's four threads for ever; from this many on nothing more is asked. */
const MAX_HUNG = 3;

const WHY: Readonly<Record<string, Missing>> = {
  ENOENT: ABSENT,
  ENOTDIR: ABSENT,
  EISDIR: ABSENT,
  EINVAL: { unread: 'absent', why: 'not a link' },
  ENODEV: { unread: 'absent', why: 'no such device' },
  ENXIO: { unread: 'absent', why: 'no such device' },
  EACCES: { unread: 'denied', why: 'permission denied' },
  EPERM: { unread: 'denied', why: 'not permitted (kernel lockdown or a container)' },
};

function missing(error: unknown): Missing {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return WHY[code] ?? { unread: 'error', why: code || message };
}

/** The tree below `root`; `/` is the running host. */
export function rootTree(root: string, options: RootOptions = {}): Tree {
  const live = root === '/';
  const timeout = options.timeout ?? 2000;
  let hung = 0;

  async function limited<T>(work: (signal: AbortSignal) => Promise<T>, limit = timeout): Promise<Answer<T>> {
    if (hung >= MAX_HUNG)
      return { unread: 'timeout', why: 'not asked: earlier reads of this host have not come back' };
    const abort = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Answer<T>>((done) => {
      timer = setTimeout(() => {
        hung++;
        options.onHang?.();
        abort.abort();
        done({ unread: 'timeout', why: `no answer within ${limit / 1000} s` });
      }, limit);
    });
    const asked = work(abort.signal).then(
      (value): Answer<T> => ({ value }),
      (error: unknown): Answer<T> => missing(error),
    );
    // Late or not, a read that ends gives its thread back.
    const finished = asked.then((answer) => {
      if (abort.signal.aborted) hung--;
      return answer;
    });
    const answer = await Promise.race([finished, late]);
    clearTimeout(timer);
    return answer;
  }

  const linkAt = (path: string) => fs.readlink(root + path).catch(() => undefined);
  /** The kernel follows links of the live host; below a directory they are followed by hand, to stay inside it. */
  async function place(path: string, last = true): Promise<string> {
    if (live) return join('/', path);
    const real = await resolveIn(path, linkAt, last);
    if (real === undefined) throw Object.assign(new Error('too many links'), { code: 'ELOOP' });
    return root + real;
  }

  async function readBytes(path: string, limit = 1 << 20): Promise<Answer<Uint8Array>> {
    return limited(async () => {
      const file = await fs.open(await place(path), 'r');
      try {
        // sysfs and proc give no sizes: read until nothing more comes.
        const parts: Buffer[] = [];
        for (let size = 0; size < limit; ) {
          const { bytesRead, buffer } = await file.read(
            Buffer.alloc(Math.min(65536, limit - size)),
            0,
            null,
            null,
          );
          if (bytesRead === 0) break;
          parts.push(buffer.subarray(0, bytesRead));
          size += bytesRead;
        }
        return new Uint8Array(Buffer.concat(parts));
      } finally {
        await file.close();
      }
    });
  }
  const probe = (path: string) =>
    live && options.probes && path.startsWith(`${PROBES_DIR}/`)
      ? path.slice(PROBES_DIR.length + 1)
      : undefined;

  return {
    name: live ? 'this host' : root,
    live,
    readBytes,
    async readText(path, limit) {
      const name = probe(path);
      if (name !== undefined) return runProbe(name);
      const answer = await readBytes(path, limit);
      return 'value' in answer ? { value: Buffer.from(answer.value).toString('utf8') } : answer;
    },
    readLink: (path) => limited(async () => fs.readlink(await place(path, false))),
    list: (path) => limited(async () => (await fs.readdir(await place(path))).sort()),
    exists: (path) =>
      limited(async () => {
        await fs.stat(await place(path));
        return true as const;
      }),
    tail: (path, limit) =>
      limited(async () => {
        const file = await fs.open(await place(path), 'r');
        try {
          const { size } = await file.stat();
          const from = Math.max(0, size - limit);
          const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
          const text = buffer.toString('utf8', 0, bytesRead);
          return from === 0 ? text : text.slice(text.indexOf('\n') + 1);
        } finally {
          await file.close();
        }
      }),
    async pick(path, keep) {
      const name = probe(path);
      if (name !== undefined) {
        const answer = await runProbe(name);
        return 'value' in answer ? { value: answer.value.split('\n').filter(keep).join('\n') } : answer;
      }
      return limited(async (signal) => {
        const input = createReadStream(await place(path), { signal });
        const kept: string[] = [];
        // A stream's error does not reach the loop over its lines: it is carried over by hand.
        const failed = new Promise<never>((_, reject) => input.once('error', reject));
        const lines = (async () => {
          for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }))
            if (keep(line)) kept.push(line);
        })();
        await Promise.race([lines, failed]);
        return kept.join('\n');
      }, timeout * 4);
    },
  };
}
