// The commands of the applier: names and options only; the actions are loaded when they run.
import type { Command } from 'commander';
import { ALLOW } from '../core/apply/needs.ts';
import type { Context, ExitCode } from './context.ts';
import { several } from './options.ts';

const DANGERS = Object.keys(ALLOW).join(', ');

function wishOptions(command: Command): Command {
  return command
    .argument('[FILE...]', 'logs to diagnose; - is standard input')
    .option('--bind <bdf>', 'bind this device to vfio-pci at boot (may be given several times)', several)
    .option('--by <how>', 'bind by id or by address', 'id')
    .option('--fix <id>', 'a fix by its name (may be given several times)', several)
    .option('--device <bdf>', 'the device that a fix is about (may be given several times)', several)
    .option('--vm <id>', 'show what the guest needs as well')
    .option(
      '--allow <danger>',
      `take something that the host needs: ${DANGERS} (may be given several times)`,
      several,
    )
    .option('--loader <id>', 'the boot loader, where several are possible')
    .option('--initramfs <id>', 'the tool for the initramfs, where several are installed')
    .option('--root <dir>', 'work on a tree; commands are printed and not run')
    .option('--json', 'print JSON');
}

export function registerApplier(program: Command, context: Context, setExit: (exit: ExitCode) => void): void {
  wishOptions(program.command('plan').description('show what would change on this host, and change nothing'))
    .option('--lint', 'tell what in the present configuration is wrong, reversed, obsolete or without effect')
    .action(async (files: string[], options) => {
      const { planAction } = await import('./commands/plan.ts');
      setExit(await planAction(context, files, options));
    });
  wishOptions(program.command('apply').description('carry the plan out, after asking'))
    .option('-y, --yes', 'do not ask')
    .option('--resume', 'finish a run that was cut off')
    .option('--dry-run', 'say each step, change nothing')
    .option('--set-vm', 'run the command for the guest of --vm too')
    .action(async (files: string[], options) => {
      const { applyAction } = await import('./commands/apply.ts');
      setExit(await applyAction(context, files, options));
    });
  program
    .command('verify')
    .description('after the reboot: does what runs agree with what was applied?')
    .option('--root <dir>', 'a tree instead of this host')
    .option('--json', 'print JSON')
    .action(async (options) => {
      const { verifyAction } = await import('./commands/verify.ts');
      setExit(await verifyAction(context, options));
    });
  program
    .command('undo')
    .description('take the last apply back, byte for byte')
    .option('-y, --yes', 'do not ask')
    .option('--all', 'every apply, the newest first')
    .option('--force', 'also where a file was edited since')
    .option('--root <dir>', 'a tree instead of this host')
    .action(async (options) => {
      const { undoAction } = await import('./commands/undo.ts');
      setExit(await undoAction(context, options));
    });
}
