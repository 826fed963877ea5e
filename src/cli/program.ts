// The command line: names, arguments and options only. Each action is imported when it is called, so that
// `pt-doctor --help` and `dmesg | pt-doctor` never pay for the others.
import { Command, CommanderError, Option } from 'commander';
import { UserError } from '../core/user-error.ts';
import type { Context, ExitCode } from './context.ts';

declare const PT_DOCTOR_VERSION: string | undefined;
export const VERSION = typeof PT_DOCTOR_VERSION === 'string' ? PT_DOCTOR_VERSION : '0.0.0-source';

/** As core/report/places.ts has them, which is not loaded for the terminal report. */
const PLACES = ['proxmox', 'reddit', 'reddit-comment', 'level1techs', 'arch', 'unraid', 'github'];

const RULES_COMMANDS = [
  ['list', '[dir]', 'list the rules and causes; with DIR those of a directory of your own too'],
  ['lint', '[dir]', 'check rule files'],
  ['test', '[dir]', 'run the examples of every rule, or the rules on logs of your own'],
  ['new', '<id>', 'write a rule file from a log line'],
] as const;

/** Runs the program on `argv` (without node and script) and answers the exit code. Never throws for bad usage. */
export async function run(argv: readonly string[], context: Context): Promise<ExitCode> {
  let exit: ExitCode = 0;
  const program = new Command('pt-doctor');
  program
    .description(
      'Reads the logs of a failed PCI passthrough (dmesg, journal, QEMU, libvirt, Proxmox VE)\nand names the cause and the cure.',
    )
    .usage('[options] [FILE|GLOB...]\n       dmesg | pt-doctor')
    .version(VERSION)
    .exitOverride()
    .enablePositionalOptions()
    .configureOutput({
      writeOut: (s) => void context.stdout.write(s),
      writeErr: (s) => void context.stderr.write(s),
      getOutHelpWidth: () => context.columns,
    })
    .argument('[FILE...]', 'log files or quoted globs, gzip too; - is standard input')
    .addOption(
      new Option('--format <format>', 'how to print the report').choices([
        'terminal',
        'json',
        'markdown',
        'bbcode',
        'text',
        'html',
      ]),
    )
    .addOption(new Option('--for <place>', 'write a report to post there').choices(PLACES))
    .option('--limit <n[c|b]>', 'at most so many characters or bytes; less important parts are left out')
    .option('--split', 'several parts of that size instead')
    .option('-o, --output <file>', 'write to a file instead')
    .option('--no-redact', 'do not mask what is private in a report to post')
    .option(
      '--redact-also <word>',
      'mask this word too (may be given several times)',
      (w, all: string[]) => [...all, w],
      [],
    )
    .option('-v, --verbose', 'print every finding, the harmless ones too')
    .option('--boot <n|all>', 'of several boots: 0 the newest, -1 the one before, or all')
    .option('--all-lines', 'keep every line number of a repeated message')
    .option('--rules <dir>', 'add the rules of a directory on top of the built-in ones')
    .action(async (files: string[], options) => {
      const { diagnoseAction } = await import('./commands/diagnose.ts');
      exit = await diagnoseAction(context, files, options);
    });
  program
    .command('explain')
    .description('explain a rule or a cause, with its fixes and sources')
    .argument('<id>', 'id of a rule or cause, as the report names it')
    .option('--rules <dir>', 'add the rules of a directory')
    .action(async (id: string, options) => {
      const { explainAction } = await import('./commands/explain.ts');
      exit = await explainAction(context, id, options);
    });
  const rules = program.command('rules').description('list, check, test and write rules');
  for (const [name, argument, summary] of RULES_COMMANDS) {
    const command = rules.command(name).description(summary).argument(argument);
    if (name === 'test') command.option('--against <dir>', 'run the rules on the logs of this folder');
    if (name === 'new')
      command
        .requiredOption('--from <file:line>', 'the log line that the rule is about')
        .option('--area <area>', 'folder under rules/', 'own');
    command.action(async (value: string | undefined, options) => {
      const { RULES_COMMANDS: run } = await import('./commands/rules/index.ts');
      exit = await run[name](context, value, options);
    });
  }
  const ROOT = ['--root <path>', 'look at a bundle, or at a directory that holds a host'] as const;
  program
    .command('check')
    .description('is this host, one device or one guest ready for passthrough?')
    .argument('[device-or-vmid]', 'PCI address such as 01:00.0, or a VMID or name of a guest')
    .option('--vm <id>', 'check a guest: will it start with its devices, and if not, why')
    .option(...ROOT)
    .option('--json', 'print JSON')
    .action(async (asked: string | undefined, options) => {
      const { checkAction } = await import('./commands/check.ts');
      exit = await checkAction(context, asked, options);
    });
  program
    .command('groups')
    .description('the IOMMU groups, and which devices can be passed on their own')
    .option('--usb', 'the USB controllers instead, with what is plugged in')
    .option(...ROOT)
    .option('--json', 'print JSON')
    .action(async (options) => {
      const { groupsAction } = await import('./commands/groups.ts');
      exit = await groupsAction(context, options);
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
