// `pt-doctor undo`: puts back what apply changed, byte for byte; refuses where someone edited since.
import { conflictsOf, undo } from '../../core/apply/apply.ts';
import { readRecords } from '../../core/apply/record.ts';
import { watched } from '../../core/apply/wrappers.ts';
import { confirmed, needRoot, openHost, tellOutcome } from '../applier.ts';
import type { Context, ExitCode } from '../context.ts';

export interface UndoOptions {
  readonly root?: string;
  readonly yes?: boolean;
  readonly all?: boolean;
  readonly force?: boolean;
}

export async function undoAction(context: Context, options: UndoOptions): Promise<ExitCode> {
  const { host: opened, live } = openHost(context, options.root);
  needRoot(live);
  const say = (line: string) => context.stderr.write(`${line}\n`);
  const host = live
    ? watched(opened, ({ call, args }, when) => {
        if (call === 'run' && when === 'before') say(`running ${args.join(' ')} ...`);
      })
    : opened;
  const who = `pt-doctor undo, since ${new Date(context.now()).toISOString()}`;
  let records = readRecords(host);
  if (records.length === 0) return tellOutcome(context, undo(host, who), '');
  const chosen = options.all ? [...records].reverse() : records.slice(-1);
  for (const { record, state } of chosen) {
    context.stdout.write(`Record ${record.number} (${state}): ${record.title}\n`);
    for (const f of record.files)
      context.stdout.write(`  ${f.before === undefined ? 'remove' : 'put back'} ${f.path}\n`);
  }
  const clean =
    options.force ||
    chosen.every((r) => r.state !== 'applied' || conflictsOf(host, r).length === 0 || r !== chosen[0]);
  if (clean && !(await confirmed(context, 'Take this back?', options.yes))) {
    say('Nothing was changed.');
    return 1;
  }
  let exit: ExitCode = 0;
  do {
    exit = tellOutcome(
      context,
      undo(host, who, options.force),
      'Taken back. Reboot for the running system to follow.',
    );
    records = exit === 0 ? readRecords(host) : [];
  } while (options.all && records.length > 0);
  if (records.length > 0)
    say(
      `${records.length} earlier record${records.length === 1 ? ' is' : 's are'} left: pt-doctor undo --all`,
    );
  return exit;
}
