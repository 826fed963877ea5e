// What the built file carries behind its first lines, in a comment that Node skips: the program in parts, the rules, and
// texts. Each part is read from the file when it is asked for. From the sources there is nothing attached.
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';

/** Name to [distance of its beginning from the end of the file, length], in bytes; all of it is ASCII. */
declare const PT_DOCTOR_ATTACHED: Readonly<Record<string, readonly [number, number]>> | undefined;

export interface Attached {
  /** `length` characters of a part from `offset` on; without them the whole part. */
  read(name: string, offset?: number, length?: number): string;
  /** A part written in base64, aligned for lists of numbers. */
  bytes(name: string): Uint8Array;
  /** A text that was packed with gzip. */
  unpacked(name: string): string;
  /** Runs a part that is code, and answers what it exports. */
  run(name: string, options?: { readonly packed: boolean }): unknown;
}

let opened: Attached | undefined;

/** What V8 made of a part of the program when it was built, beside the file; only this version of Node can use it. */
function codeCache(path: string): Buffer | undefined {
  try {
    return readFileSync(path.replace(/\.mjs$/, '.cache'));
  } catch {
    return undefined;
  }
}

/** The attachments of the file that this code is in; undefined when run from the sources. */
export function openAttached(): Attached | undefined {
  if (typeof PT_DOCTOR_ATTACHED === 'undefined') return undefined;
  if (opened) return opened;
  const table = PT_DOCTOR_ATTACHED;
  const url = import.meta.url;
  const path = fileURLToPath(url);
  const fd = openSync(path, 'r');
  const { size } = fstatSync(fd);
  // A process of one command: the descriptor lives as long as it does.
  process.once('exit', () => closeSync(fd));
  const read = (name: string, offset = 0, length?: number) => {
    const [distance, whole] = table[name] ?? [0, 0];
    const bytes = Buffer.allocUnsafe(length ?? whole);
    const count = readSync(fd, bytes, 0, bytes.length, size - distance + offset);
    return bytes.toString('latin1', 0, count);
  };
  const require = createRequire(url);
  const unpacked = (name: string) => {
    const { gunzipSync } = require('node:zlib') as typeof import('node:zlib');
    return gunzipSync(Buffer.from(read(name), 'base64')).toString('latin1');
  };
  opened = {
    read,
    bytes(name) {
      const bytes = Buffer.from(read(name), 'base64');
      // What is small lies in Node's pool, at any place.
      return bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
    },
    unpacked,
    run(name, { packed } = { packed: true }) {
      const code = JSON.parse(packed ? unpacked(name) : read(name)) as string;
      const cachedData = packed ? undefined : codeCache(path);
      const script = new Script(code, {
        filename: `pt-doctor-${name}.cjs`,
        ...(cachedData ? { cachedData } : {}),
      });
      const module = { exports: {} };
      script.runInThisContext()(module, module.exports, require, table, url);
      return module.exports;
    },
  };
  return opened;
}
