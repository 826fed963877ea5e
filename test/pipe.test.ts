// A long pipe is read by a thread beside: it gives the same bytes as the file, and what comes after the thread has stopped.

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { stdinSource } from '../src/node/sources.ts';
import { scratchFolder } from './support/scratch.ts';

const folder = scratchFolder('pipe');
const log = join(folder, 'long.log');
const MEGABYTE = 1024 * 1024;

/** Lines of many lengths, so that no border of a block is a border of a line. */
const lines = Array.from({ length: 5000 }, (_, i) => `[${i}.000000] line ${'x'.repeat(i % 97)}\n`).join('');
writeFileSync(log, lines.repeat(Math.ceil((20 * MEGABYTE) / lines.length)));

const hashOf = (path: string) => spawnSync('sha256sum', [path], { encoding: 'utf8' }).stdout.slice(0, 64);

it('gives the bytes of a long pipe as they were written, block by block and up to the last', async () => {
  const fifo = join(folder, 'fifo');
  spawnSync('mkfifo', [fifo]);
  const writer = spawn('sh', ['-c', `cat '${log}' > '${fifo}'`], { stdio: 'ignore' });
  const fd = openSync(fifo, 'r');
  const source = stdinSource(fd, () => Readable.from([]));
  const block = new Uint8Array(100_003);
  const hash = createHash('sha256');
  for (;;) {
    const count = await source.read(block, 3, block.length - 3);
    if (count === 0) break;
    hash.update(block.subarray(3, 3 + count));
  }
  source.close();
  closeSync(fd);
  await once(writer, 'close');
  expect(hash.digest('hex')).toBe(hashOf(log));
});
