// What somebody meant who misspelt a command.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { nearest } from '../core/text/nearest.ts';
import { UserError } from '../core/user-error.ts';
import type { Context } from './context.ts';

/** Said of a first argument that is neither a file nor a command, but nearly a command. */
export function misspeltCommand(
  context: Context,
  first: string | undefined,
  commands: readonly string[],
): UserError | undefined {
  if (!first || !/^[a-z]{2,20}$/.test(first) || commands.includes(first)) return undefined;
  if (existsSync(resolve(context.cwd, first))) return undefined;
  const command = nearest(first, commands);
  return command
    ? new UserError(
        `${first}: neither a command nor a file`,
        `Did you mean pt-doctor ${command}? pt-doctor --help lists the commands.`,
      )
    : undefined;
}
