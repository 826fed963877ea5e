// The files that arguments name: quoted globs are spelled out here, the shell does the others.
import { UserError } from '../core/user-error.ts';
import { GLOB } from './options.ts';

/** Globs are relative to `cwd`; `-` stays. Each file is named once. */
export async function expand(patterns: readonly string[], cwd: string): Promise<string[]> {
  if (!patterns.some((p) => GLOB.test(p))) return [...patterns];
  const { glob } = (await import('fast-glob')).default;
  const files: string[] = [];
  for (const pattern of patterns) {
    if (pattern === '-' || !GLOB.test(pattern)) {
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
