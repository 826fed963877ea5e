// Tarballs for the web page, where no library of Node's runs: files, folders and links of a bundle, long names included.
import type { Entry } from './memory-tree.ts';

const BLOCK = 512;
const MAGIC = 257;

const ascii = (bytes: Uint8Array) => {
  let text = '';
  for (const byte of bytes) {
    if (byte === 0) break;
    text += String.fromCharCode(byte);
  }
  return text;
};

/** Whether the first bytes are those of a tar archive (POSIX ustar, GNU). */
export const isTar = (head: Uint8Array): boolean =>
  head.length >= MAGIC + 5 && ascii(head.subarray(MAGIC, MAGIC + 5)) === 'ustar';

/** Fields of a pax header: `length key=value\n` records, the length counts bytes. */
function pax(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (let at = 0; at < text.length; ) {
    const length = Number.parseInt(text.slice(at), 10);
    if (!(length > 0)) break;
    const record = text.slice(text.indexOf(' ', at) + 1, at + length - 1);
    const equals = record.indexOf('=');
    fields.set(record.slice(0, equals), record.slice(equals + 1));
    at += length;
  }
  return fields;
}

/** What a tarball holds, by absolute path. Names that lead out of it are dropped; a cut archive gives what is whole. */
export function untar(archive: Uint8Array, decode: (bytes: Uint8Array) => string): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  let long = new Map<string, string>();
  for (let at = 0; at + BLOCK <= archive.length; ) {
    const header = archive.subarray(at, at + BLOCK);
    const field = (from: number, length: number) => ascii(header.subarray(from, from + length));
    const name = field(0, 100);
    const size = Number.parseInt(field(124, 12).trim() || '0', 8);
    if (name === '' || !(size >= 0) || at + BLOCK + size > archive.length) break;
    const body = archive.subarray(at + BLOCK, at + BLOCK + size);
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    const type = field(156, 1);
    if (type === 'x') {
      long = pax(decode(body));
      continue;
    }
    const prefix = field(345, 155);
    const path = long.get('path') ?? (prefix === '' ? name : `${prefix}/${name}`);
    const parts = path.split('/').filter((p) => p !== '' && p !== '.');
    const link = long.get('linkpath') ?? field(157, 100);
    long = new Map();
    if (parts.length === 0 || parts.includes('..')) continue;
    const key = `/${parts.join('/')}`;
    if (type === '5') entries.set(key, 'dir');
    else if (type === '2') entries.set(key, { link });
    else if (type === '0' || type === '')
      entries.set(
        key,
        body.subarray(0, 4096).includes(0) ? { bytes: new Uint8Array(body) } : { text: decode(body) },
      );
  }
  return entries;
}
