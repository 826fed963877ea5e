// The host that plan, apply, verify and undo work on: opened, asked for, and what it refuses told in a sentence.
import { isAbsolute, join } from 'node:path';
import { type Host, HostFault } from '../../core/apply/host.ts';
import { watched, withoutCommands } from '../../core/apply/wrappers.ts';
import { UserError } from '../../core/user-error.ts';
import { realHost } from '../../node/real-host.ts';
import type { Context, ExitCode } from '../context.ts';

/** The host at `--root`, whose commands are only printed, or the machine itself. */
export function openHostToChange(context: Context, root: string | undefined): { host: Host; live: boolean } {
  if (root === undefined || root === '/') return { host: realHost('/'), live: true };
  const path = isAbsolute(root) ? root : join(context.cwd, root);
  const host = realHost(path);
  if (host.stat('/')?.kind !== 'dir')
    throw new UserError(`${root}: no such directory`, 'Give --root a directory.');
  return {
    live: false,
    host: withoutCommands(host, (argv) =>
      context.stderr.write(`not run, do it in the booted or chrooted system: ${argv.join(' ')}\n`),
    ),
  };
}

/** `host` that says each command before it runs: an initramfs takes minutes. A tree prints them by itself. */
export const saying = (context: Context, host: Host, live: boolean): Host =>
  live
    ? watched(host, ({ call, args }, when) => {
        if (call === 'run' && when === 'before') context.stderr.write(`running ${args.join(' ')} ...\n`);
      })
    : host;

export function needRoot(live: boolean, command: string): void {
  if (live && process.getuid?.() !== 0)
    throw new UserError(
      'this needs root',
      `Run it with sudo: sudo pt-doctor ${command}. Only pt-doctor plan needs no root.`,
      3,
    );
}

/** A file that can't be read is no bug of ours: it is told in a sentence. Fedora keeps /boot/loader from everyone but root. */
export async function tellingFaults(work: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof HostFault)) throw error;
    const forbidden = error.code === 'EACCES' || error.code === 'EPERM';
    throw new UserError(
      error.message,
      forbidden ? 'On this host it takes root to read that: run it with sudo.' : 'Nothing was changed.',
      3,
    );
  }
}

/** Asks once; only an explicit yes counts. */
export async function confirmed(
  context: Context,
  question: string,
  yes: boolean | undefined,
): Promise<boolean> {
  if (yes) return true;
  if (!context.stdin.isTTY)
    throw new UserError('there is no terminal to ask at', 'Read the plan first, then add --yes.', 2);
  const { createInterface } = await import('node:readline');
  const lines = createInterface({ input: context.stdin, output: context.stderr });
  const answer = await new Promise<string>((resolve) => {
    // Ctrl-C and Ctrl-D close it: that is a no.
    lines.once('close', () => resolve('\n'));
    lines.question(`${question} [y/N] `, resolve);
  });
  if (answer === '\n') context.stderr.write(answer);
  lines.close();
  return /^y(es)?$/i.test(answer.trim());
}
