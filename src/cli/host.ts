// Opening the host that a command is about: the running one, a directory, a bundle.
import { type HostState, readHost, unreadOf } from '../core/host/read-host.ts';
import { openTree } from '../node/bundle.ts';
import type { Context } from './context.ts';
import { withProgress } from './progress.ts';

export interface HostOptions {
  readonly root?: string;
  readonly json?: boolean;
}

export async function hostOf(context: Context, root: string | undefined, quick = false): Promise<HostState> {
  const tree = await openTree(root, context.cwd);
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
