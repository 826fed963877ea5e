// `pt-doctor verify`: after the reboot, does what runs agree with what was applied?
import { readRecords } from '../../core/apply/record.ts';
import { type Check, verifyRecords } from '../../core/apply/verify.ts';
import { refusing } from '../../core/apply/wrappers.ts';
import { sanitize } from '../../core/text/sanitize.ts';
import { needRoot, openHostToChange, tellingFaults } from '../applier/host.ts';
import { leftBehind } from '../applier/words.ts';
import type { Context, ExitCode } from '../context.ts';

const line = (c: Check) => (c.ok ? `ok     ${c.what}` : `DRIFT  ${c.what}: found ${c.found}; ${c.reason}`);

export const verifyAction = (
  context: Context,
  options: { readonly root?: string; readonly json?: boolean },
): Promise<ExitCode> =>
  tellingFaults(async () => {
    const { host: opened, live } = openHostToChange(context, options.root);
    // The records hold file contents that only root may read.
    needRoot(live, 'verify');
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
    const { rebooted, checks, notices } = verifyRecords(host, records);
    const drift = checks.filter((c) => !c.ok);
    if (options.json) context.print(`${JSON.stringify({ schema: 1, rebooted, checks, notices }, null, 2)}\n`);
    else {
      const lines = [...checks.map(line), ...notices.map((n) => `note   ${n}`)];
      const result =
        drift.length === 0
          ? `All ${checks.length} checks agree.`
          : `${drift.length} of ${checks.length} checks drift.${rebooted ? '' : ' Reboot first, then run verify again.'}`;
      context.print(`${[...lines, result].map(sanitize).join('\n')}\n`);
    }
    return drift.length > 0 ? 1 : 0;
  });
