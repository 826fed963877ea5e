// What the built program carries in a file beside it: the code of the main job and what V8 made of it, the rules, and the rest of
// the program. What every run needs lies in front and is read in one go, anything else when it is asked for. From the sources
// there is nothing attached.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import { UserError } from '../core/user-error.ts';
import { reason } from './reason.ts';

/** Where each part begins and how long it is, in bytes; `front` is how many bytes every run needs. */
export interface Contents {
  /** The first bytes of the file: those of another build do not fit. */
  readonly stamp: string;
  /** How many bytes the file has: a copy may have been cut off. */
  readonly size: number;
  readonly front: number;
  readonly parts: Readonly<Record<string, readonly [from: number, length: number]>>;
}

declare const PT_DOCTOR_CONTENTS: Contents | undefined;
/** In code that was attached itself: what it was run by. */
declare const PT_DOCTOR_ATTACHED: Attached | undefined;

export interface Attached {
  /** `length` characters of a part, which is ASCII, from `offset` on; without them the whole part. */
  read(name: string, offset?: number, length?: number): string;
  /** A part that is a list of numbers. */
  numbers(name: string): Uint32Array;
  /** How many bytes a part has. */
  size(name: string): number;
  /** Reads a part to the beginning of `target`. */
  readInto(name: string, target: Uint8Array): void;
  /** A text that was packed with gzip. */
  unpacked(name: string): string;
  /** Runs a part that is code, and answers what it exports. */
  run(name: string, options?: { readonly packed: boolean }): unknown;
}

const BOTH =
  'The program is two files, pt-doctor.mjs and pt-doctor.data beside it: copy both, of one version.';

function openData(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw new UserError(`the program cannot read its rules: ${reason(error)}`, BOTH, 3);
  }
}

let opened: Attached | undefined;

/** The attachments of the program that this code is of; undefined when run from the sources. */
export function openAttached(): Attached | undefined {
  if (typeof PT_DOCTOR_ATTACHED !== 'undefined') return PT_DOCTOR_ATTACHED;
  if (typeof PT_DOCTOR_CONTENTS === 'undefined') return undefined;
  if (opened) return opened;
  const { stamp, size: wholeSize, front, parts } = PT_DOCTOR_CONTENTS;
  const url = import.meta.url;
  const path = fileURLToPath(url).replace(/\.mjs$/, '.data');
  const fd = openData(path);
  const read = (from: number, length: number) => {
    const bytes = Buffer.allocUnsafeSlow(length);
    return bytes.subarray(0, readSync(fd, bytes, 0, length, from));
  };
  const inFront = read(0, front);
  if (inFront.toString('latin1', 0, stamp.length) !== stamp)
    throw new UserError(`${path} is of another version than the program`, BOTH, 3);
  if (fstatSync(fd).size !== wholeSize) throw new UserError(`${path} is not whole`, BOTH, 3);
  // A process of one command: the descriptor lives as long as it does.
  process.once('exit', () => closeSync(fd));
  function bytes(name: string, offset = 0, length?: number): Buffer {
    const [begin, whole] = parts[name] ?? [0, 0];
    const from = begin + offset;
    const end = from + (length ?? whole);
    return end <= front ? inFront.subarray(from, end) : read(from, end - from);
  }
  const size = (name: string) => parts[name]?.[1] ?? 0;
  const unpacked = (name: string) =>
    process.getBuiltinModule('node:zlib').gunzipSync(bytes(name)).toString('latin1');
  opened = {
    read: (name, offset, length) => bytes(name, offset, length).toString('latin1'),
    numbers(name) {
      const { buffer, byteOffset, length } = bytes(name);
      return new Uint32Array(buffer, byteOffset, length / Uint32Array.BYTES_PER_ELEMENT);
    },
    size,
    readInto: (name, target) => void readSync(fd, target, 0, size(name), parts[name]?.[0] ?? 0),
    unpacked,
    run(name, { packed } = { packed: true }) {
      const cachedData = packed ? undefined : bytes(`${name}.cache`);
      const script = new Script(packed ? unpacked(name) : bytes(name).toString('latin1'), {
        filename: `pt-doctor-${name}.cjs`,
        ...(cachedData ? { cachedData } : {}),
      });
      const module = { exports: {} };
      script.runInThisContext()(module, module.exports, process.getBuiltinModule, opened, url);
      return module.exports;
    },
  };
  return opened;
}
