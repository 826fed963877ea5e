// The command line: names, arguments and options only. Each action is imported when it is called, so that
// `pt-doctor --help` and `dmesg | pt-doctor` never pay for the others.
import { Command, CommanderError } from 'commander';
import { UserError } from '../core/user-error.ts';
import type { Context, ExitCode } from './context.ts';

declare const PT_DOCTOR_VERSION: string | undefined;
export const VERSION = typeof PT_DOCTOR_VERSION === 'string' ? PT_DOCTOR_VERSION : '0.0.0-source';

/** Runs the program on `argv` (without node and script) and answers the exit code. Never throws for bad usage. */
export async function run(argv: readonly string[], context: Context): Promise<ExitCode> {
  let exit: ExitCode = 0;
  const program = new Command('pt-doctor');
  program
    .description('Reads the logs of a failed PCI passthrough and names the cause and the cure')
    .version(VERSION)
    .exitOverride()
    .configureOutput({
      writeOut: (s) => void context.stdout.write(s),
      writeErr: (s) => void context.stderr.write(s),
      getOutHelpWidth: () => context.columns,
    });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exit;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof UserError) {
      context.stderr.write(`pt-doctor: ${error.message}\n  ${error.hint}\n`);
      return error.exitCode;
    }
    throw error;
  }
}
