// The files that arguments name: quoted globs are spelled out here, the shell does the others.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { UserError } from '../core/user-error.ts';
import { GLOB } from './options.ts';

/** Globs are relative to `cwd`; `-` and the name of a file, such as `dmesg [1].txt`, stay. Each file is named once. */
export async function expand(patterns: readonly string[], cwd: string): Promise<string[]> {
  if (!patterns.some((p) => GLOB.test(p))) return [...patterns];
  const { glob } = (await import('fast-glob')).default;
  const files: string[] = [];
  for (const pattern of patterns) {
    if (pattern === '-' || !GLOB.test(pattern) || existsSync(resolve(cwd, pattern))) {
      files.push(pattern);
      continue;
    }
    const found = await glob(pattern, { cwd });
    if (found.length === 0)
      throw new UserError(
        `${pattern}: no file matches`,
        'Check the pattern; it is relative to this directory.',
      );
    files.push(...found.sort());
  }
  return [...new Set(files)];
}
