// `pt-doctor collect -o bundle.tgz`: all that helpers ask for, in one masked tarball that pt-doctor reads elsewhere.
import { resolve } from 'node:path';
import { BEYOND_US } from '../../core/redact/redact.ts';
import { sanitize } from '../../core/text/sanitize.ts';
import { UserError } from '../../core/user-error.ts';
import { writeBundle } from '../../node/bundle.ts';
import { collect } from '../../node/collect.ts';
import type { Context, ExitCode } from '../context.ts';
import { openHostTree } from '../host.ts';
import { withProgress } from '../progress.ts';
import { VERSION } from '../version.ts';

export interface CollectFlags {
  readonly output: string;
  /** False with --no-redact. */
  readonly redact: boolean;
  readonly root?: string;
}

export async function collectAction(context: Context, options: CollectFlags): Promise<ExitCode> {
  const toStdout = options.output === '-';
  if (toStdout && context.stdoutIsTty)
    throw new UserError('a bundle is no text for a terminal', 'Name a file: pt-doctor collect -o bundle.tgz');
  if (!toStdout && !/\.(?:tgz|tar\.gz)$/.test(options.output))
    throw new UserError(
      `-o ${options.output}: the name of a bundle ends in .tgz`,
      'pt-doctor collect -o bundle.tgz',
    );
  const tree = await openHostTree(context, options.root);
  const made = await withProgress(context, async (say) => {
    const got = await collect(tree, {
      say,
      version: VERSION,
      redact: options.redact,
      now: new Date(context.now()).toISOString(),
    });
    say('writing');
    const target = toStdout ? context.stdout : resolve(context.cwd, options.output);
    await writeBundle(got.entries, target, Math.floor(context.now() / 1000));
    return got;
  });
  const { unread, files } = made.manifest;
  const out = [`${toStdout ? 'The bundle' : options.output} holds ${files} files.`];
  if (!options.redact) out.push('Nothing is masked in it: it names this host, its users and addresses.');
  else
    out.push(
      made.masked.length > 0 ? `Masked: ${made.masked.join(', ')}.` : 'Nothing private was recognised.',
      BEYOND_US,
    );
  if (unread.length > 0) {
    out.push(`Not read (${unread.length}, all in the manifest):`);
    for (const u of unread.slice(0, 8)) out.push(`  ${u.path}: ${u.why}`);
    if (unread.some((u) => u.unread === 'denied') && tree.live && process.getuid?.() !== 0)
      out.push('  sudo would add those that are denied.');
  }
  out.push(`Diagnose it anywhere with: pt-doctor ${toStdout ? 'bundle.tgz' : options.output}`);
  context.stderr.write(`${out.map(sanitize).join('\n')}\n`);
  return 0;
}
