// `pt-doctor explain <id>`: everything the rule base says of a rule, cause, fix or device.
import { commandsFor } from '../../core/fix/commands.ts';
import { explain } from '../../core/report/explain.ts';
import { UserError } from '../../core/user-error.ts';
import type { Context, ExitCode } from '../context.ts';
import { ruleBase } from '../rule-base.ts';
import { terminalDocument } from '../terminal.ts';

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substitution));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The known id that is nearest to a mistyped one; none where more than a third of the letters would be others. */
function nearest(id: string, known: Iterable<string>): string | undefined {
  const [best] = [...known].map((k) => ({ k, d: distance(id, k) })).sort((a, b) => a.d - b.d);
  return best && best.d <= Math.max(1, id.length / 3) ? best.k : undefined;
}

export async function explainAction(
  context: Context,
  id: string,
  options: { readonly rules?: string },
): Promise<ExitCode> {
  const { base } = await ruleBase(options.rules, context.cwd);
  const document = explain(id, base, commandsFor);
  if (!document) {
    const suggestion = nearest(id, [
      ...base.causes.keys(),
      ...base.rules.map((r) => r.id),
      ...base.fixes.keys(),
    ]);
    throw new UserError(
      `nothing has the id "${id}"`,
      `${suggestion ? `Did you mean ${suggestion}? ` : ''}pt-doctor rules list shows all.`,
    );
  }
  const { columns, color } = context;
  const title = {
    title: '',
    sections: [{ id: 'explain' as const, title: `${document.title}  (${id})`, blocks: [] }],
  };
  context.print(
    await terminalDocument(
      { ...title, sections: [...title.sections, ...document.sections] },
      { columns, color, verbose: true },
    ),
  );
  return 0;
}
