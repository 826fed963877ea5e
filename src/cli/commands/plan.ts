// `pt-doctor plan`: what would change on this host, as a difference and one sentence. Writes nothing.
import { isEmpty } from '../../core/apply/plan.ts';
import { refusing } from '../../core/apply/wrappers.ts';
import { planWishes } from '../../core/fix/plan.ts';
import { openHostToChange, tellingFaults } from '../applier/host.ts';
import { boundBy, planOptions, type WishOptions, wishesOf } from '../applier/wishes.ts';
import { leftBehind, planText } from '../applier/words.ts';
import type { Context, ExitCode } from '../context.ts';

export const planAction = (
  context: Context,
  files: readonly string[],
  options: WishOptions & { readonly lint?: boolean },
): Promise<ExitCode> =>
  tellingFaults(async () => {
    const { host: opened } = openHostToChange(context, options.root);
    const host = refusing(opened);
    const open = leftBehind(host);
    if (open) context.stderr.write(`pt-doctor: ${open}\n`);
    if (options.lint) {
      const { lintHost, lintText } = await import('../../core/fix/lint-host.ts');
      const found = lintHost(host);
      context.print(
        options.json ? `${JSON.stringify({ schema: 1, lint: found }, null, 2)}\n` : lintText(found),
      );
      return found.length > 0 ? 1 : 0;
    }
    const wishes = await wishesOf(context, host, files, options);
    const plan = planWishes(host, wishes, planOptions(options));
    const { guestLines } = await import('../../core/fix/guest.ts');
    const guest = options.vm === undefined ? [] : guestLines(host, options.vm, boundBy(wishes));
    context.print(
      options.json
        ? `${JSON.stringify({ ...plan, ...(options.vm === undefined ? {} : { guest }) }, null, 2)}\n`
        : planText(plan, guest),
    );
    if (plan.manual.length > 0 || plan.refusals.length > 0) return 3;
    return isEmpty(plan) ? 0 : 1;
  });
