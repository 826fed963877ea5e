// Which fixes of a cause fit the host at hand, and have a step for it: those that the lines ask for first, then in the order of
// the cause file.
import type { Bdf, Cause, CauseFix, Fix, FixAdvice, RuleBase } from '../model.ts';
import { checksAt, fill, fillCommand, vmidOf } from '../text/fill.ts';
import { holds, type World } from './condition.ts';
import type { Advisor } from './diagnose.ts';

/** What to type for a fix on this host: answered by the fix area, which knows boot loaders and distributions. */
export type Commands = (
  fix: Fix,
  facts: World['facts'],
  devices: readonly Bdf[],
) => { readonly commands: readonly string[]; readonly appliable: boolean; readonly alreadySet: boolean };

/** A fix of which an earlier one that is still open types every command says nothing new. */
function withoutRepeats(advice: readonly FixAdvice[]): FixAdvice[] {
  return advice.filter(({ commands, alreadySet }, i) => {
    if (alreadySet || commands.every((c) => c.startsWith('#'))) return true;
    return !advice.slice(0, i).some((f) => !f.alreadySet && commands.every((c) => f.commands.includes(c)));
  });
}

export function createAdvisor(base: RuleBase, commandsFor: Commands): Advisor {
  return {
    advise(cause: Cause, devices, world, instances) {
      const first: FixAdvice[] = [];
      const others: FixAdvice[] = [];
      const mended = [...instances].some((i) => i.mended !== undefined);
      const vmid = vmidOf(world.facts);
      for (const use of cause.fixes) {
        const fix = base.fixes.get(use.fix);
        const fits = (when: CauseFix['when']) => holds(when, undefined, world, devices);
        if (!fix || !fits(use.when) || !fits(fix.when)) continue;
        const typed = commandsFor(fix, world.facts, devices);
        if (typed.commands.length === 0 && !typed.alreadySet) continue;
        const leads = use.first && fits(use.first.when) && (!use.first.mended || mended);
        const note = (leads ? use.first?.note : undefined) ?? use.note;
        (leads ? first : others).push({
          id: fix.id,
          title: fill(fix.title, devices),
          risk: fix.risk,
          needs: fix.needs,
          effect: fill(fix.effect, devices),
          ...typed,
          confirm: checksAt(fix.confirm, world.facts, devices),
          ...(fix.warning ? { warning: fill(fix.warning, devices) } : {}),
          ...(note ? { note: fill(note, devices) } : {}),
          undo: fillCommand(fix.undo, devices, vmid),
        });
      }
      return withoutRepeats([...first, ...others]);
    },
  };
}
