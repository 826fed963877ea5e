// Where a run begins. The main job with plain arguments starts at once; anything else is read by commander.
import { UserError } from '../core/user-error.ts';
import { builtinRules } from '../node/builtin-rules.ts';
import { type DiagnoseOptions, diagnoseAction } from './commands/diagnose.ts';
import type { Context, ExitCode } from './context.ts';
import { mayMeanHost } from './host-asked.ts';
import { quickArguments } from './options.ts';
import { tellMistakes } from './tell.ts';

declare const PT_DOCTOR_COMMANDS: string | undefined;

/** Runs the program on `argv` (without node and script) and answers the exit code. Never throws for bad usage. */
export async function run(argv: readonly string[], context: Context): Promise<ExitCode> {
  // Built, the names of the commands are known without commander; from the sources it is there anyway.
  const commands =
    typeof PT_DOCTOR_COMMANDS === 'undefined'
      ? (await import('./program.ts')).commandNames(context)
      : PT_DOCTOR_COMMANDS.split(' ');
  const quick = quickArguments(argv, commands);
  if (quick && !mayMeanHost(context, quick.files))
    return tellMistakes(context, async () => {
      const rules = { base: await builtinRules(), replaced: [] };
      const options = quick.options as unknown as DiagnoseOptions;
      return diagnoseAction(context, quick.files, options, rules).catch(async (error) => {
        if (!(error instanceof UserError)) throw error;
        // A file that cannot be read may be a command that was meant.
        const { misspeltCommand } = await import('./misspelt.ts');
        throw misspeltCommand(context, quick.files[0], commands) ?? error;
      });
    });
  const { runProgram } = await import('./program.ts');
  return runProgram(argv, context);
}
