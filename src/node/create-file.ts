// Writes a new file with its folders; an existing file is never touched.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UserError } from '../core/user-error.ts';
import { reason } from './reason.ts';

export async function createFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(path, text, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST')
      throw new UserError(`${path} exists already`, 'Choose another id, or remove the file first.');
    throw new UserError(`${path}: ${reason(error)}`, 'Check that the folder can be written.', 3);
  }
}
