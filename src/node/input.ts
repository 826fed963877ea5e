// Bytes of files, pipes and gzip streams become lines; nothing is read whole into memory.
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { createGunzip } from 'node:zlib';
import { UserError } from '../core/user-error.ts';

const CHUNK = 256 * 1024;
/** Of a line without end only this much is kept; the rest is read and forgotten. */
const MAX_LINE = 64 * 1024;

async function* unzipped(chunks: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer> {
  const iterator = chunks[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done) return;
  async function* all() {
    yield first.value as Buffer;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
  }
  if (first.value[0] !== 0x1f || first.value[1] !== 0x8b) {
    yield* all();
    return;
  }
  const { Readable } = await import('node:stream');
  const gunzip = createGunzip({ chunkSize: CHUNK });
  const source = Readable.from(all());
  source.on('error', (error) => gunzip.destroy(error));
  try {
    yield* source.pipe(gunzip) as AsyncIterable<Buffer>;
  } catch (error) {
    throw new UserError(
      `${name}: the gzip data is damaged (${(error as Error).message})`,
      'Copy the file again, or unpack what can be read with: gzip -dc FILE | pt-doctor',
      3,
    );
  }
}

/** Opens a file for reading; what fails becomes a UserError that names the file. */
export async function* fileChunks(path: string): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(path, { highWaterMark: CHUNK }) as AsyncIterable<Buffer>;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why: Readonly<Record<string, string>> = {
      ENOENT: 'there is no such file',
      EACCES: 'permission denied; try sudo, or copy the log',
      EISDIR: "it is a directory; name the files in it, for example 'DIR/*.log'",
    };
    throw new UserError(
      `${path}: ${why[code ?? ''] ?? message}`,
      'Check the name; a quoted glob such as "logs/*.log" works too.',
      3,
    );
  }
}

/** Calls `onLine` for each line of the chunks, gzip opened by its content. Answers whether the input looks binary. */
export async function eachLine(
  chunks: AsyncIterable<Buffer> | Readable,
  name: string,
  onLine: (line: string) => void,
): Promise<{ bytes: number; binary: boolean }> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let bytes = 0;
  let nuls = 0;
  for await (const chunk of unzipped(chunks as AsyncIterable<Buffer>, name)) {
    if (bytes < CHUNK) for (const byte of chunk.subarray(0, 4096)) if (byte === 0) nuls++;
    bytes += chunk.length;
    const text = decoder.write(chunk);
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      onLine(rest === '' ? text.slice(start, end) : rest + text.slice(start, end));
      rest = '';
      start = end + 1;
    }
    if (rest.length < MAX_LINE) rest += text.slice(start);
  }
  rest += decoder.end();
  if (rest !== '') onLine(rest);
  return { bytes, binary: nuls > 64 };
}
