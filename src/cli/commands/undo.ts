// `pt-doctor undo`: puts back what apply changed, byte for byte; refuses where someone edited since.
import { conflictsOf, undo } from '../../core/apply/apply.ts';
import { leftOver } from '../../core/apply/left-over.ts';
import { type RecordState, readRecords, type StoredRecord } from '../../core/apply/record.ts';
import { confirmed, needRoot, openHostToChange, saying, tellingFaults } from '../applier/host.ts';
import { tellOutcome } from '../applier/words.ts';
import type { Context, ExitCode } from '../context.ts';
import { holdingSignals } from '../hold-signals.ts';

export interface UndoOptions {
  readonly root?: string;
  readonly yes?: boolean;
  readonly all?: boolean;
  readonly force?: boolean;
}

const STATE: Readonly<Record<RecordState, string>> = {
  applied: '',
  applying: ' (cut off while it was applied)',
  undoing: ' (cut off while it was taken back)',
};

/** What will happen, a line for each file and command. */
function recordText({ record, state }: StoredRecord): string {
  const lines = [
    `Record ${record.number}${STATE[state]}: ${record.title}`,
    ...record.files.map((f) => `  ${f.before === undefined ? 'remove' : 'put back'} ${f.path}`),
    ...[...record.commands.map((c) => c.undo), ...record.refresh].map((argv) => `  run ${argv.join(' ')}`),
  ];
  return `${lines.join('\n')}\n`;
}

export const undoAction = (context: Context, options: UndoOptions): Promise<ExitCode> =>
  tellingFaults(async () => {
    const { host: opened, live } = openHostToChange(context, options.root);
    needRoot(live, 'undo');
    const host = saying(context, opened, live);
    const who = `pt-doctor undo, since ${new Date(context.now()).toISOString()}`;
    let records = readRecords(host);
    const [first, ...more] = [...records].reverse();
    if (!first) return tellOutcome(context, undo(host, who), '');
    for (const r of options.all ? [first, ...more] : [first]) context.print(recordText(r));
    // With a conflict undo refuses anyway: no use in asking.
    const asks = options.force || first.state !== 'applied' || conflictsOf(host, first).length === 0;
    if (asks && !(await confirmed(context, 'Take this back?', options.yes))) {
      context.stderr.write('Nothing was changed.\n');
      return 1;
    }
    let exit: ExitCode = 0;
    do {
      const result = holdingSignals(() => undo(host, who, options.force));
      exit = tellOutcome(
        context,
        result,
        'Taken back. The running system follows with the next boot: reboot.',
      );
      if (result.outcome === 'done')
        for (const line of leftOver(host, result.record.record)) context.print(`${line}\n`);
      records = exit === 0 ? readRecords(host) : [];
    } while (options.all && records.length > 0);
    if (records.length > 0)
      context.stderr.write(
        `${records.length} earlier record${records.length === 1 ? ' is' : 's are'} left: pt-doctor undo --all\n`,
      );
    return exit;
  });
