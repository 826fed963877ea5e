// `pt-doctor verify`: after the reboot, does what runs agree with what was applied?
import { readRecords } from '../../core/apply/record.ts';
import { verifyRecords } from '../../core/apply/verify.ts';
import { refusing } from '../../core/apply/wrappers.ts';
import { sanitize } from '../../core/text/sanitize.ts';
import { leftBehind, needRoot, openHost } from '../applier.ts';
import type { Context, ExitCode } from '../context.ts';

export async function verifyAction(
  context: Context,
  options: { readonly root?: string; readonly json?: boolean },
): Promise<ExitCode> {
  const { host: opened, live } = openHost(context, options.root);
  // The records hold file contents that only root may read.
  needRoot(live);
  const host = refusing(opened);
  const open = leftBehind(host);
  if (open) {
    context.stderr.write(`pt-doctor: ${open}\n`);
    return 3;
  }
  const records = readRecords(host).map((r) => r.record);
  if (records.length === 0) {
    context.stderr.write('pt-doctor: nothing was applied on this host.\n');
    return 0;
  }
  const { checks, notices } = verifyRecords(host, records);
  const drift = checks.filter((c) => !c.ok);
  if (options.json) context.stdout.write(`${JSON.stringify({ schema: 1, checks, notices }, null, 2)}\n`);
  else {
    for (const c of checks) {
      const line = c.ok ? `ok     ${c.what}` : `DRIFT  ${c.what}: found ${c.found}; ${c.reason}`;
      context.stdout.write(`${sanitize(line)}\n`);
    }
    for (const n of notices) context.stdout.write(`note   ${sanitize(n)}\n`);
    context.stdout.write(
      drift.length === 0
        ? `All ${checks.length} checks agree.\n`
        : `${drift.length} of ${checks.length} checks drift.\n`,
    );
  }
  return drift.length > 0 ? 1 : 0;
}
