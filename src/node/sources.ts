// Where bytes come from: files, pipes, gzip and UTF-16 streams, read block by block into memory that is used again.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { encodingOf } from '../core/text/encoding.ts';
import { UserError } from '../core/user-error.ts';
import type { ReadAhead } from './read-ahead.ts';
import { reason } from './reason.ts';

/** Reads up to `length` bytes into `into` at `at`; answers how many, 0 at the end. */
export interface ByteSource {
  read(into: Uint8Array, at: number, length: number): number | Promise<number>;
  close(): void;
}

const CHUNK = 256 * 1024;

/** What standard input is called. */
export const STDIN = 'stdin';

/** The name of an input within a command to type; what came through a pipe has none. */
export function inCommand(name: string): string {
  if (name === STDIN) return 'FILE';
  return /^[\w./+:@-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
}

/** What is wrong with a file that cannot be read, and what helps. */
const TROUBLES: Readonly<Record<string, (path: string) => readonly [string, string]>> = {
  ENOENT: () => ['there is no such file', 'Check the name; a quoted glob such as "logs/*.log" works too.'],
  EACCES: (path) => ['permission denied', `Read it as root: sudo cat ${inCommand(path)} | pt-doctor`],
  EISDIR: (path) => [
    'it is a directory',
    `Name the files in it, for example '${path.replace(/\/+$/, '')}/*.log'`,
  ],
};

function told(path: string, error: unknown): UserError {
  const { code } = error as NodeJS.ErrnoException;
  const [why, hint] = TROUBLES[code ?? '']?.(path) ?? [
    reason(error),
    'Copy the file to another place and try again.',
  ];
  return new UserError(`${path}: ${why}`, hint, 3);
}

/** A file, read without the detour over the event loop. What fails becomes a UserError that names the file. */
export function fileSource(path: string): ByteSource {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    throw told(path, error);
  }
  return {
    read(into, at, length) {
      try {
        return readSync(fd, into, at, length, null);
      } catch (error) {
        throw told(path, error);
      }
    },
    close: () => closeSync(fd),
  };
}

/** Any stream of bytes. */
export function streamSource(stream: AsyncIterable<Uint8Array>): ByteSource {
  const iterator = stream[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array(0);
  return {
    async read(into, at, length) {
      while (rest.length === 0) {
        const next = await iterator.next();
        if (next.done) return 0;
        rest = next.value;
      }
      const part = rest.subarray(0, length);
      into.set(part, at);
      rest = rest.subarray(part.length);
      return part.length;
    },
    close: () => void iterator.return?.(),
  };
}

/** A pipe that has given so many bytes is worth a thread of its own, which takes 20 ms to start. */
const LONG_PIPE = 8 * 1024 * 1024;

/**
 * Standard input by its descriptor: a pipe is read as fast as a file, and a long one by a thread beside. A terminal or a socket
 * that another program has set to answer at once (EAGAIN) is read as a stream from there on.
 */
export function stdinSource(fd: number, stream: () => Readable): ByteSource {
  let fallback: ByteSource | undefined;
  let ahead: ReadAhead | undefined;
  let total = 0;

  function read(into: Uint8Array, at: number, length: number): number | Promise<number> {
    if (fallback) return fallback.read(into, at, length);
    const early = ahead?.read(into, at, length);
    if (early) return early;
    try {
      if (!ahead && total >= LONG_PIPE && fstatSync(fd).isFIFO()) return readAhead(into, at, length);
      const count = readSync(fd, into, at, length, null);
      total += count;
      return count;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Windows reports the end of a pipe as an error.
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw told(STDIN, error);
      fallback = streamSource(stream());
      return fallback.read(into, at, length);
    }
  }

  async function readAhead(into: Uint8Array, at: number, length: number) {
    const { startReadAhead } = await import('./read-ahead.ts');
    ahead = startReadAhead(fd);
    return read(into, at, length);
  }

  return {
    read,
    close() {
      ahead?.close();
      fallback?.close();
    },
  };
}

async function* chunksOf(source: ByteSource, first: Uint8Array): AsyncGenerator<Buffer> {
  if (first.length > 0) yield Buffer.from(first);
  for (;;) {
    const chunk = Buffer.allocUnsafeSlow(CHUNK);
    const count = await source.read(chunk, 0, CHUNK);
    if (count === 0) return;
    yield chunk.subarray(0, count);
  }
}

async function* unzip(chunks: AsyncIterable<Buffer>, name: string): AsyncGenerator<Uint8Array> {
  const [{ createGunzip }, { Readable }] = await Promise.all([import('node:zlib'), import('node:stream')]);
  const gunzip = createGunzip({ chunkSize: CHUNK });
  const source = Readable.from(chunks, { objectMode: false, highWaterMark: 2 * CHUNK });
  source.on('error', (error) => gunzip.destroy(error));
  try {
    yield* source.pipe(gunzip) as AsyncIterable<Buffer>;
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      `${name}: the gzip data is damaged (${(error as Error).message})`,
      `Copy the file again, or read what is left of it: gzip -dc ${inCommand(name)} | pt-doctor`,
      3,
    );
  }
}

async function* fromUtf16(chunks: AsyncIterable<Buffer>, encoding: string): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of chunks) yield Buffer.from(decoder.decode(chunk, { stream: true }));
  yield Buffer.from(decoder.decode());
}

/** The text behind `source`, whose first bytes are known: gzip and UTF-16 are told by content. Undefined: it is plain. */
export function decodedSource(source: ByteSource, first: Uint8Array, name: string): ByteSource | undefined {
  const encoding = encodingOf(first);
  if (!encoding) return undefined;
  const chunks = chunksOf(source, first);
  return streamSource(encoding === 'gzip' ? unzip(chunks, name) : fromUtf16(chunks, encoding));
}
