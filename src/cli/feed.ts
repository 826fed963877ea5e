// Files of the command line, and standard input, into a doctor.
import { PASTE_BYTES } from '../core/engine/by-words.ts';
import type { Doctor } from '../core/engine/doctor.ts';
import type { Gate } from '../core/engine/gate.ts';
import { FILE_UNREAD } from '../core/engine/notices.ts';
import type { Pasted } from '../core/engine/reread.ts';
import type { Notice } from '../core/model.ts';
import { UserError } from '../core/user-error.ts';
import { readLog } from '../node/input.ts';
import { type ByteSource, fileSource, STDIN, stdinSource, streamSource } from '../node/sources.ts';
import type { Context } from './context.ts';

function sourceOf(context: Context, file: string): ByteSource {
  if (file !== '-') return fileSource(file);
  const stream = () => context.stdin;
  return context.stdinFd === undefined ? streamSource(stream()) : stdinSource(context.stdinFd, stream);
}

/** What was fed to a doctor. */
interface Fed {
  /** The texts, when all of them together are small. */
  readonly texts: readonly Pasted[] | undefined;
  /** What is to be said of single files. */
  readonly notices: readonly Notice[];
  /** What is wrong when there was nothing to read. */
  readonly nothing: UserError | undefined;
}

const nothingIn = (name: string) =>
  new UserError(
    name === STDIN ? 'the pipe was empty' : `${name}: the file is empty`,
    'Reading the kernel log may need root: sudo dmesg | pt-doctor, or: sudo journalctl -b | pt-doctor',
  );

/** Feeds log files; what cannot be read becomes a notice. */
export async function feedFiles(
  context: Context,
  files: readonly string[],
  doctor: Doctor,
  gate: Gate<Buffer>,
): Promise<Fed> {
  let texts: Pasted[] | undefined = [];
  let total = 0;
  let first: UserError | undefined;
  const notices: Notice[] = [];
  const miss = (code: string, error: UserError) => {
    first ??= error;
    notices.push({ code, text: error.message });
  };
  for (const file of files) {
    const name = file === '-' ? STDIN : file;
    try {
      const source = sourceOf(context, file);
      doctor.source(name);
      const { bytes, text } = await readLog(source, name, gate, doctor, PASTE_BYTES - total);
      total += bytes;
      if (bytes === 0) miss('file-empty', nothingIn(name));
      if (text === undefined) texts = undefined;
      else texts?.push({ name, text });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      miss(FILE_UNREAD, error);
    }
  }
  return { texts, notices, nothing: notices.length === files.length ? first : undefined };
}
