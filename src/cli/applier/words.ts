// A plan and what came of it, in words.
import type { Conflict, Outcome } from '../../core/apply/apply.ts';
import { diffLines } from '../../core/apply/diff.ts';
import type { Host } from '../../core/apply/host.ts';
import { ALLOW } from '../../core/apply/needs.ts';
import { type Plan, planSentence } from '../../core/apply/plan.ts';
import { recordStates } from '../../core/apply/record.ts';
import { commentRows } from '../../core/report/wrap.ts';
import { sanitize } from '../../core/text/sanitize.ts';
import type { Context, ExitCode } from '../context.ts';

/** Columns that a terminal has as a rule: what is said of commands is broken there. */
const WIDTH = 78;

/** A plan as a person reads it: the differences, what stands in the way, and one sentence. */
export function planText(plan: Plan, guest: readonly string[] = []): string {
  const lines: string[] = [];
  const { name, loader, initramfs, loaderEvidence } = plan.host;
  lines.push(
    `Host: ${name}; boot loader ${loader ?? 'not known'}; initramfs by ${initramfs ?? 'a tool not known'}`,
  );
  if (!loader) for (const e of loaderEvidence) lines.push(`  ${e}`);
  lines.push(...plan.goals.map((g) => `  ${g}`));
  for (const { path, before, after, mode } of plan.changes) {
    lines.push(
      '',
      before === undefined ? `new file ${path}${mode & 0o111 ? ' (executable)' : ''}` : `change ${path}`,
    );
    lines.push(...diffLines(before, after).map((l) => `  ${l}`));
  }
  if (plan.manual.length > 0)
    lines.push(
      '',
      'by hand, for pt-doctor cannot do this part',
      ...plan.manual.flatMap((m) => commentRows(m, WIDTH).map((row) => `  ${row}`)),
    );
  const commands = [...plan.commands.map((c) => c.run), ...plan.refresh];
  if (commands.length > 0) lines.push('', 'then run', ...commands.map((c) => `  ${c.join(' ')}`));
  if (guest.length > 0) lines.push('', ...guest);
  if (plan.warnings.length > 0)
    lines.push('', ...plan.warnings.map((w) => `Warning: ${w.replace(/\.$/, '')}.`));
  if (plan.refusals.length > 0)
    lines.push(
      '',
      ...plan.refusals.map(
        (r) => `Refused: ${r.reason}; ${ALLOW[r.allow]}. To do it all the same: --allow ${r.allow}`,
      ),
    );
  lines.push('', planSentence(plan));
  return `${lines.map(sanitize).join('\n')}\n`;
}

/** What an earlier run left behind, in a sentence; undefined when nothing is open. */
export function leftBehind(host: Host): string | undefined {
  const open = recordStates(host).find((r) => r.state !== 'applied');
  if (!open) return undefined;
  const doing = open.state === 'applying' ? 'applying a plan' : 'taking a plan back';
  return `An earlier run was cut off while ${doing} (record ${open.number}). Go back with: pt-doctor undo; go on with: pt-doctor apply --resume`;
}

function conflictText({ path, before, written, now }: Conflict): string[] {
  return [
    `${path} was edited after pt-doctor wrote it:`,
    '  what pt-doctor changed:',
    ...diffLines(before, written).map((l) => `    ${l}`),
    '  what was changed since:',
    ...(now === undefined ? ['    the file was removed'] : diffLines(written, now).map((l) => `    ${l}`)),
  ];
}

const WAY_OUT =
  'pt-doctor: nothing was changed. Take that edit back, or lose it and put back what was there before pt-doctor: sudo pt-doctor undo --force';

/** Says what came of it and answers the exit code. */
export function tellOutcome(context: Context, result: Outcome, done: string): ExitCode {
  const say = (...lines: string[]) => context.stderr.write(`${lines.map(sanitize).join('\n')}\n`);
  switch (result.outcome) {
    case 'done':
      context.print(`${done}\n`);
      return 0;
    case 'nothing':
      context.print('Nothing to do.\n');
      return 0;
    case 'locked':
      say(`pt-doctor: another run holds the lock: ${result.by}`);
      return 3;
    case 'unfinished':
      say(
        'pt-doctor: an earlier run was cut off. Go back with: pt-doctor undo; go on with: pt-doctor apply --resume',
      );
      return 3;
    case 'stale':
      say(
        `pt-doctor: changed since the plan was made: ${result.paths.join(', ')}`,
        '  Nothing was written; plan again.',
      );
      return 3;
    case 'conflict':
      say(...result.conflicts.flatMap(conflictText), WAY_OUT);
      return 3;
    case 'failed':
      say(
        ...result.output.trim().split('\n').slice(-15),
        `pt-doctor: ${result.why}`,
        result.restored
          ? '  Everything was put back as it was.'
          : '  It could not be put back completely. Mend the cause, then run: pt-doctor undo',
      );
      return 3;
  }
}
