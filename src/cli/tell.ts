// What the user can mend is told in a sentence and an exit code; anything else is a bug and keeps its stack.
import { UserError } from '../core/user-error.ts';
import type { Context, ExitCode } from './context.ts';

export async function tellMistakes(context: Context, work: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    context.stderr.write(`pt-doctor: ${error.message}\n  ${error.hint}\n`);
    return error.exitCode;
  }
}
