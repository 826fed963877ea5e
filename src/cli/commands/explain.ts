// `pt-doctor explain <id>`: everything the rule base says of a rule, cause, fix or device.
import { commandsFor } from '../../core/fix/commands.ts';
import { explain } from '../../core/report/explain.ts';
import { nearest } from '../../core/text/nearest.ts';
import { UserError } from '../../core/user-error.ts';
import type { Context, ExitCode } from '../context.ts';
import { ruleBase } from '../rule-base.ts';
import { terminalDocument } from '../terminal.ts';

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
