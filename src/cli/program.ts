// The command line: names, arguments and options only. Each action is imported when it is called, so that
// `pt-doctor --help` and `dmesg | pt-doctor` never pay for the others.
import { Command, CommanderError, Option } from 'commander';
import type { Context, ExitCode } from './context.ts';
import { misspeltCommand } from './misspelt.ts';
import { DIAGNOSE_OPTIONS, several } from './options.ts';
import { registerApplier } from './program-apply.ts';
import { harmless, tellMistakes } from './tell.ts';
import { VERSION } from './version.ts';

const OWN_RULES = 'folder with rule files of your own; without it the built-in rules';
const RULES_COMMANDS = [
  ['list', '[dir]', 'list the rules and causes', OWN_RULES],
  ['lint', '[dir]', 'check rule files', OWN_RULES],
  ['test', '[dir]', 'run the examples of every rule, or the rules on logs of your own', OWN_RULES],
  [
    'new',
    '<id>',
    'write a rule file from a log line',
    'id of the new rule: lower-case words joined by dashes',
  ],
] as const;

interface Built {
  readonly program: Command;
  /** What the action that was called has answered. */
  exit: ExitCode;
}

function build(context: Context): Built {
  const program = new Command('pt-doctor');
  const built: Built = { program, exit: 0 };
  program
    .description(
      'Reads the logs of a failed PCI passthrough (dmesg, journal, QEMU, libvirt, Proxmox VE) and names the cause and the cure.',
    )
    .usage('[options] [FILE|GLOB...]\n       dmesg | pt-doctor')
    .version(VERSION)
    .exitOverride()
    .enablePositionalOptions()
    .helpCommand('help [command]', 'display help for command')
    .configureOutput({
      writeOut: (s) => void context.print(s),
      writeErr: (s) => void context.stderr.write(harmless(s)),
      outputError: (s, write) => write(s.replace(/^error: /, 'pt-doctor: ')),
      getOutHelpWidth: () => context.columns,
      getErrHelpWidth: () => context.columns,
    })
    .argument('[FILE...]', 'log files or quoted globs, gzip too; - is standard input')
    .addHelpText('after', '\nExit code: 0 nothing found, 1 findings, 2 bad usage, 3 could not finish.');
  for (const spec of DIAGNOSE_OPTIONS) {
    const option = new Option(spec.flags, spec.text);
    if (spec.choices) option.choices([...spec.choices]);
    if (spec.several) option.argParser(several);
    program.addOption(option);
  }
  program.action(async (args: string[], options) => {
    const { diagnoseAction } = await import('./commands/diagnose.ts');
    const { ruleBase } = await import('./rule-base.ts');
    const { expand } = await import('./files.ts');
    const rules = await ruleBase(options.rules, context.cwd);
    built.exit = await diagnoseAction(context, await expand(args, context.cwd), options, rules);
  });
  program
    .command('explain')
    .description('explain a cause, a rule or a fix, with its sources')
    .argument('<id>', 'id of a cause, rule or fix, as the report names it')
    .option('--rules <dir>', 'add the rules of a directory')
    .action(async (id: string, options) => {
      const { explainAction } = await import('./commands/explain.ts');
      built.exit = await explainAction(context, id, options);
    });
  const rules = program.command('rules').description('list, check, test and write rules');
  for (const [name, argument, summary, about] of RULES_COMMANDS) {
    const command = rules.command(name).description(summary).argument(argument, about);
    if (name === 'test') command.option('--against <dir>', 'run the rules on the logs of this folder');
    if (name === 'new')
      command
        .requiredOption('--from <file:line>', 'the log line that the rule is about')
        .option('--area <area>', 'folder under rules/', 'own');
    command.action(async (value: string | undefined, options) => {
      const { RULES_COMMANDS: run } = await import('./commands/rules/index.ts');
      built.exit = await run[name](context, value, options);
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
      built.exit = await checkAction(context, asked, options);
    });
  program
    .command('collect')
    .description('gather all that helpers ask for into a masked tarball')
    .requiredOption('-o, --output <file>', 'the bundle to write, such as bundle.tgz; - is standard output')
    .option('--no-redact', 'mask nothing: host and user names, addresses and serial numbers stay')
    .option(...ROOT)
    .action(async (options) => {
      const { collectAction } = await import('./commands/collect.ts');
      built.exit = await collectAction(context, options);
    });
  program
    .command('groups')
    .description('the IOMMU groups, and which devices can be passed on their own')
    .option('--usb', 'the USB controllers instead, with what is plugged in')
    .option(...ROOT)
    .option('--json', 'print JSON')
    .action(async (options) => {
      const { groupsAction } = await import('./commands/groups.ts');
      built.exit = await groupsAction(context, options);
    });
  program
    .command('gpu')
    .description('who uses the graphics cards: engines and memory per process, guests by name')
    .option('--interval <seconds>', 'time between two looks', '2')
    .option(...ROOT)
    .option('--json', 'print one look as JSON')
    .action(async (options) => {
      const { gpuAction } = await import('./commands/gpu.ts');
      built.exit = await gpuAction(context, options);
    });
  program
    .command('watch')
    .description('follow the logs while a guest is started: the diagnosis appears as it happens')
    .option('--vm <id>', 'follow this guest only: VMID or name')
    .option('--start', 'start it too, and end with the report')
    .option('--follow <file>', 'follow this log instead of the journal (may be given several times)', several)
    .option('--rules <dir>', 'add the rules of a directory')
    .action(async (options) => {
      const { watchAction } = await import('./commands/watch.ts');
      built.exit = await watchAction(context, options);
    });
  registerApplier(program, context, (exit) => {
    built.exit = exit;
  });
  return built;
}

/** The first words that are commands and no files. */
export const commandNames = (context: Context): string[] => namesOf(build(context).program);

const namesOf = (program: Command): string[] => [
  'help',
  ...program.commands.flatMap((c) => [c.name(), ...c.aliases()]),
];

/** Reads `argv` with commander, runs the action and answers the exit code. Never throws for bad usage. */
export function runProgram(argv: readonly string[], context: Context): Promise<ExitCode> {
  return tellMistakes(context, async () => {
    const built = build(context);
    const misspelt = misspeltCommand(context, argv[0], namesOf(built.program));
    if (misspelt) throw misspelt;
    try {
      await built.program.parseAsync([...argv], { from: 'user' });
      return built.exit;
    } catch (error) {
      if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
      throw error;
    }
  });
}
