// Opening the host that a command reads: the running one, a directory, a bundle.
import { type HostState, readHost, unreadOf } from '../core/host/read-host.ts';
import type { Tree } from '../core/host/tree.ts';
import { openTree } from '../node/bundle.ts';
import type { Context } from './context.ts';
import { withProgress } from './progress.ts';

export interface HostOptions {
  readonly root?: string;
  readonly json?: boolean;
}

let leaving = false;

/**
 * A read that hangs in the kernel keeps the event loop alive for ever, and process.exit() waits for its thread. Once the
 * answer is out and the exit code is set, the program leaves without it: by turning into a shell that exits with that code
 * where Node can do so (22.15), else by a signal.
 */
function leaveWhenDone(): void {
  if (leaving) return;
  leaving = true;
  setInterval(() => {
    if (process.exitCode === undefined || process.stdout.writableLength > 0) return;
    const { execve } = process as { execve?: (file: string, args: readonly string[]) => void };
    execve?.call(process, '/bin/sh', ['sh', '-c', `exit ${process.exitCode}`]);
    process.kill(process.pid, 'SIGKILL');
  }, 50).unref();
}

/** The host that `root` names, or the one we run on, to read. Who changes it has applier/host.ts. */
export const openHostTree = (context: Context, root: string | undefined): Promise<Tree> =>
  openTree(root, context.cwd, leaveWhenDone);

export async function hostOf(context: Context, root: string | undefined, quick = false): Promise<HostState> {
  const tree = await openHostTree(context, root);
  return withProgress(context, (say) => readHost(tree, say, { quick }));
}

/** What could not be read and what would help, for the foot of an answer: at most `most` lines. */
export function unreadWords(state: HostState, most = 6): string[] {
  const unread = unreadOf(state);
  const lines = unread.slice(0, most).map((u) => `${u.what}: ${u.missing.why}`);
  if (unread.length > most) lines.push(`and ${unread.length - most} more`);
  const denied = unread.some((u) => u.missing.unread === 'denied');
  const root = typeof process.getuid !== 'function' || process.getuid() === 0;
  if (denied && state.live && !root) lines.push('sudo would add these');
  return lines;
}
