// What the first bytes of a file say that it is: text as it stands, text in a wrapping that can be opened, or no text.

/** How to get at the text; undefined: it is there as UTF-8. */
export type Encoding = 'gzip' | 'utf-16le' | 'utf-16be';

/** PowerShell's `>` writes UTF-16 with a byte order mark; without one, every second byte of a log is zero. */
function utf16(first: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if (first[0] === 0xff && first[1] === 0xfe) return 'utf-16le';
  if (first[0] === 0xfe && first[1] === 0xff) return 'utf-16be';
  const begin = first.subarray(0, 256);
  let [even, odd] = [0, 0];
  for (let at = begin.indexOf(0); at >= 0; at = begin.indexOf(0, at + 1))
    if (at % 2 === 0) even++;
    else odd++;
  if (Math.min(even, odd) > 0 || even + odd < 2 || (even + odd) * 2.2 <= begin.length) return undefined;
  return odd > 0 ? 'utf-16le' : 'utf-16be';
}

export function encodingOf(first: Uint8Array): Encoding | undefined {
  return first[0] === 0x1f && first[1] === 0x8b ? 'gzip' : utf16(first);
}

/** What a file is that holds no log as it stands, and what to do instead; `{file}` is its name. */
export interface NoLog {
  readonly what: string;
  readonly instead: string;
}

const packed = (how: string, command: string): NoLog => ({
  what: `packed with ${how}`,
  instead: `Unpack it first: ${command} {file} | pt-doctor`,
});
const PICTURE: NoLog = {
  what: 'a picture',
  instead: 'Copy the text from the terminal, or type the lines that matter: a picture cannot be read.',
};
const BINARY: NoLog = {
  what: 'a binary file, not a log',
  instead: 'Export the log as text first, for example: journalctl -b > log.txt',
};

/** By the bytes that each format begins with. */
const FORMATS: readonly (readonly [string, NoLog])[] = [
  ['\xfd7zXZ\0', packed('xz', 'xz -dc')],
  ['\x28\xb5\x2f\xfd', packed('zstd', 'zstd -dc')],
  ['BZh', packed('bzip2', 'bzip2 -dc')],
  ['PK\x03\x04', packed('zip', 'unzip -p')],
  [
    'LPKSHHRH',
    { what: 'a journal file', instead: 'Export it as text: journalctl --file {file} | pt-doctor' },
  ],
  ['\x89PNG', PICTURE],
  ['\xff\xd8\xff', PICTURE],
];

/** Of the first bytes every so many are looked at by themselves: that is done at every start. */
const STRIDE = 8;

/**
 * Zeros here and there, or characters that no text has: a log holds a few at most, and of packed data they are a tenth. A run of
 * zeros is what a crash leaves in a log.
 */
function looksBinary(first: Uint8Array): boolean {
  const begin = first.subarray(0, 4096);
  let runs = 0;
  for (let at = begin.indexOf(0); at >= 0; at = begin.indexOf(0, at + 1)) if (begin[at - 1] !== 0) runs++;
  if (runs === 1 && begin[0] === 0 && first.every((byte) => byte === 0)) return true;
  let controls = 0;
  for (let at = 0; at < begin.length; at += STRIDE) {
    const byte = begin[at] ?? 0;
    if (byte > 0 && byte < 32 && (byte < 7 || byte > 13) && byte !== 27) controls++;
  }
  return runs > 64 || controls > 20;
}

/** Undefined for a text, whatever it says. */
export function noLog(first: Uint8Array): NoLog | undefined {
  for (const [magic, format] of FORMATS) {
    let at = 0;
    while (at < magic.length && first[at] === magic.charCodeAt(at)) at++;
    if (at === magic.length) return format;
  }
  return looksBinary(first) ? BINARY : undefined;
}
