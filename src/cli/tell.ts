// What the user can mend is told in a sentence and an exit code; anything else is a bug and keeps its stack.
import { sanitize } from '../core/text/sanitize.ts';
import { UserError } from '../core/user-error.ts';
import type { Context, ExitCode } from './context.ts';

/** A mistake is told in the words of whoever made it: names of files and arguments may hold escapes. */
export const harmless = (text: string) => text.split('\n').map(sanitize).join('\n');

export async function tellMistakes(context: Context, work: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    context.stderr.write(harmless(`pt-doctor: ${error.message}\n  ${error.hint}\n`));
    return error.exitCode;
  }
}
