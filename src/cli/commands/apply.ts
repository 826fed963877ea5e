// `pt-doctor apply`: shows the plan, asks once, carries it out; `--resume` finishes a run that was cut off.
import { applyPlan, resume } from '../../core/apply/apply.ts';
import { isEmpty } from '../../core/apply/plan.ts';
import { dryRun, refusing, watched } from '../../core/apply/wrappers.ts';
import { planWishes } from '../../core/fix/plan.ts';
import { UserError } from '../../core/user-error.ts';
import {
  confirmed,
  leftBehind,
  needRoot,
  openHost,
  planOptions,
  planText,
  tellOutcome,
  type WishOptions,
  wishesOf,
} from '../applier.ts';
import type { Context, ExitCode } from '../context.ts';

export interface ApplyOptions extends WishOptions {
  readonly yes?: boolean;
  readonly resume?: boolean;
  readonly dryRun?: boolean;
  readonly setVm?: boolean;
}

export async function applyAction(
  context: Context,
  files: readonly string[],
  options: ApplyOptions,
): Promise<ExitCode> {
  const { host: opened, live } = openHost(context, options.root);
  if (!options.dryRun) needRoot(live);
  const say = (line: string) => context.stderr.write(`${line}\n`);
  const real = live
    ? watched(opened, ({ call, args }, when) => {
        if (call === 'run' && when === 'before') say(`running ${args.join(' ')} ...`);
      })
    : opened;
  const host = options.dryRun
    ? dryRun(refusing(opened), ({ call, args }) => say(`would ${call} ${args.join(' ')}`))
    : real;
  const who = `pt-doctor apply, since ${new Date(context.now()).toISOString()}`;
  if (options.resume)
    return tellOutcome(context, resume(host, who), 'The plan that was cut off is carried out now.');
  const open = leftBehind(host);
  if (open) throw new UserError(open, 'Nothing was changed.', 3);
  const wishes = await wishesOf(context, host, files, options);
  const plan = planWishes(refusing(host), wishes, planOptions(options));
  context.stdout.write(options.json ? `${JSON.stringify(plan, null, 2)}\n` : planText(plan));
  if (plan.refusals.length > 0 || plan.manual.length > 0) {
    say('pt-doctor: nothing was changed.');
    return 3;
  }
  const taken = wishes.flatMap((w) => (w.fix.action.do === 'driver-bind' ? w.devices : []));
  const { guestCommands, guestText } = await import('../../core/fix/guest.ts');
  const guest = options.vm === undefined ? [] : guestCommands(host, options.vm, taken);
  if (options.vm !== undefined && !options.setVm) context.stdout.write(guestText(host, options.vm, taken));
  const whole = options.setVm ? { ...plan, commands: [...plan.commands, ...guest] } : plan;
  if (isEmpty(whole)) return 0;
  if (!(await confirmed(context, 'Apply this plan?', options.yes || options.dryRun))) {
    say('Nothing was changed.');
    return 1;
  }
  const title = wishes.map((w) => w.fix.title).join('; ');
  const at = Math.floor(context.now() / 1000);
  return tellOutcome(
    // With --json standard output holds the plan and nothing else.
    options.json ? { ...context, stdout: context.stderr } : context,
    applyPlan(host, whole, title, who, at),
    `Done.${plan.reboot ? ' Reboot, then run: pt-doctor verify.' : ''} Take it back with: pt-doctor undo`,
  );
}
