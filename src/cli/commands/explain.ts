// `pt-doctor explain <id>`: everything the rule base says of a rule or cause.
import type { Cause, Fix, Rule } from '../../core/model.ts';
import { UserError } from '../../core/user-error.ts';
import type { Context, ExitCode } from '../context.ts';
import { ruleBase } from '../rule-base.ts';

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(
        Math.min(
          (row[j] ?? 0) + 1,
          (next[j - 1] ?? 0) + 1,
          (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1),
        ),
      );
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The known id that is nearest to a mistyped one. */
export function nearest(id: string, known: Iterable<string>): string | undefined {
  return [...known].map((k) => ({ k, d: distance(id, k) })).sort((a, b) => a.d - b.d)[0]?.k;
}

function ruleText(rule: Rule): string[] {
  return [
    `${rule.id}: ${rule.title}`,
    `  ${rule.severity}, ${rule.tier}`,
    '',
    rule.means,
    ...(rule.harmlessUnless ? ['', `Harmless, unless ${rule.harmlessUnless}`] : []),
    '',
    'Lines:',
    ...rule.examples.match.map((e) => `  ${e}`),
    ...(rule.causes.length > 0 ? ['', 'Causes:'] : []),
    ...rule.causes.map((c) => `  ${c.effect} ${c.cause} (${c.strength})${c.note ? `: ${c.note}` : ''}`),
    '',
    'Sources:',
    ...rule.refs.map((r) => `  ${r}`),
  ];
}

function causeText(cause: Cause, fixes: ReadonlyMap<string, Fix>, rules: readonly Rule[]): string[] {
  return [
    `${cause.id}: ${cause.title}`,
    '',
    cause.why,
    '',
    'Fixes, in this order:',
    ...cause.fixes.flatMap(({ fix, note }) => {
      const known = fixes.get(fix);
      return known ? [`  ${known.id}: ${known.title}`, `      ${note ?? known.effect}`] : [];
    }),
    ...(cause.notTheFix.length > 0 ? ['', 'Not the fix:', ...cause.notTheFix.map((n) => `  ${n.text}`)] : []),
    '',
    'Raised by:',
    ...rules.filter((r) => r.causes.some((c) => c.cause === cause.id)).map((r) => `  ${r.id}: ${r.title}`),
    '',
    'Sources:',
    ...cause.refs.map((r) => `  ${r}`),
  ];
}

export async function explainAction(
  context: Context,
  [id = '']: readonly string[],
  options: { rules?: string },
): Promise<ExitCode> {
  const { base } = await ruleBase(options.rules, context.cwd);
  const rule = base.rules.find((r) => r.id === id);
  const cause = base.causes.get(id);
  if (!rule && !cause) {
    const suggestion = nearest(id, [...base.causes.keys(), ...base.rules.map((r) => r.id)]);
    throw new UserError(
      `no rule or cause "${id}"`,
      suggestion
        ? `Did you mean ${suggestion}? pt-doctor rules list shows all.`
        : 'pt-doctor rules list shows all.',
    );
  }
  const text = [...(cause ? causeText(cause, base.fixes, base.rules) : []), ...(rule ? ruleText(rule) : [])];
  context.stdout.write(`${text.join('\n')}\n`);
  return 0;
}
