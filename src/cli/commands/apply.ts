// `pt-doctor apply`: shows the plan, asks once, carries it out; `--resume` finishes a run that was cut off.
import { applyPlan, resume } from '../../core/apply/apply.ts';
import { isEmpty, type Plan } from '../../core/apply/plan.ts';
import { dryRun, refusing } from '../../core/apply/wrappers.ts';
import { guestCommands, guestLines } from '../../core/fix/guest.ts';
import { planWishes } from '../../core/fix/plan.ts';
import { UserError } from '../../core/user-error.ts';
import { confirmed, needRoot, openHostToChange, saying, tellingFaults } from '../applier/host.ts';
import { boundBy, planOptions, type WishOptions, wishesOf } from '../applier/wishes.ts';
import { leftBehind, planText, tellOutcome } from '../applier/words.ts';
import type { Context, ExitCode } from '../context.ts';
import { holdingSignals } from '../hold-signals.ts';

export interface ApplyOptions extends WishOptions {
  readonly yes?: boolean;
  readonly resume?: boolean;
  readonly dryRun?: boolean;
  readonly setVm?: boolean;
}

function doneText(plan: Plan, live: boolean, root: string | undefined): string {
  if (!live)
    return `The files of ${root} are written.${plan.refresh.length + plan.commands.length > 0 ? ' They have no effect before the commands above are run in it.' : ''}`;
  return `Done. It takes effect with the next boot: reboot, then run: sudo pt-doctor verify\nTake it back with: sudo pt-doctor undo`;
}

export const applyAction = (
  context: Context,
  files: readonly string[],
  options: ApplyOptions,
): Promise<ExitCode> =>
  tellingFaults(async () => {
    const { host: opened, live } = openHostToChange(context, options.root);
    if (!options.dryRun) needRoot(live, 'apply');
    const say = (line: string) => context.stderr.write(`${line}\n`);
    const host = options.dryRun
      ? dryRun(refusing(opened), ({ call, args }) => say(`would ${call} ${args.join(' ')}`))
      : saying(context, opened, live);
    const who = `pt-doctor apply, since ${new Date(context.now()).toISOString()}`;
    if (options.resume)
      return tellOutcome(
        context,
        holdingSignals(() => resume(host, who)),
        'The plan that was cut off is carried out now. Reboot, then run: sudo pt-doctor verify',
      );
    const open = leftBehind(host);
    if (open) throw new UserError(open, 'Nothing was changed.', 3);
    const wishes = await wishesOf(context, host, files, options);
    const plan = planWishes(refusing(host), wishes, planOptions(options));
    const { vm } = options;
    const bound = boundBy(wishes);
    const guest = vm === undefined || !options.setVm ? [] : guestCommands(host, vm, bound);
    const whole = { ...plan, commands: [...plan.commands, ...guest] };
    const shown = vm === undefined || guest.length > 0 ? [] : guestLines(host, vm, bound);
    context.print(options.json ? `${JSON.stringify(whole, null, 2)}\n` : planText(whole, shown));
    if (plan.refusals.length > 0 || plan.manual.length > 0) return 3;
    if (isEmpty(whole)) return 0;
    if (!(await confirmed(context, 'Apply this plan?', options.yes || options.dryRun))) {
      say('Nothing was changed.');
      return 1;
    }
    const title = wishes.map((w) => w.fix.title).join('; ');
    const at = Math.floor(context.now() / 1000);
    return tellOutcome(
      // With --json standard output holds the plan and nothing else.
      options.json ? { ...context, print: (text) => void context.stderr.write(text) } : context,
      holdingSignals(() => applyPlan(host, whole, title, who, at)),
      options.dryRun ? 'Dry run: nothing was changed.' : doneText(whole, live, options.root),
    );
  });
