// What the built file carries behind its code, in a comment that Node skips: rules, and the parts of the program that most
// runs never need. Each is read from the file when it is asked for. From the sources there is nothing attached.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Name to [distance of its beginning from the end of the file, length], in bytes; all of it is ASCII. */
declare const PT_DOCTOR_ATTACHED: Readonly<Record<string, readonly [number, number]>> | undefined;

export interface Attached {
  /** `length` characters of a part from `offset` on; without them the whole part. */
  read(name: string, offset?: number, length?: number): string;
  /** A part written in base64, in memory of its own, so that lists of numbers in it are aligned. */
  bytes(name: string): Uint8Array;
}

let opened: Attached | undefined;

/** The attachments of the file that this code is in; undefined when run from the sources. */
export function openAttached(): Attached | undefined {
  if (typeof PT_DOCTOR_ATTACHED === 'undefined') return undefined;
  if (opened) return opened;
  const table = PT_DOCTOR_ATTACHED;
  const path = fileURLToPath(import.meta.url);
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
  opened = { read, bytes: (name) => new Uint8Array(Buffer.from(read(name), 'base64')) };
  return opened;
}
