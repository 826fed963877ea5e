// Checked rule, cause, fix and device files become the plain data that the engine runs on.
import type { Cause, CauseLink, Condition, DeviceNote, Fix, FixAction, Rule, WordWeights } from '../model.ts';
import type { CauseFile, DeviceFile, FixFile, RuleFile, WordsFile } from './schema.ts';
import { withHoles } from './template.ts';

/** Drops keys whose value is undefined: zod leaves them in, exactOptionalPropertyTypes forbids them. */
function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

const condition = (when: unknown): { when: Condition } | Record<string, never> =>
  when === undefined ? {} : { when: JSON.parse(JSON.stringify(when)) as Condition };

const links = (entries: RuleFile['causes']): CauseLink[] =>
  entries.map(({ when, note, ...rest }) => ({ ...rest, ...condition(when), ...(note ? { note } : {}) }));

export function compileRule(id: string, area: string, file: RuleFile): Rule {
  return {
    id,
    area,
    title: file.title,
    severity: file.severity,
    tier: file.tier,
    source: typeof file.source === 'string' ? (file.source === 'any' ? 'any' : [file.source]) : file.source,
    match: file.match ?? [],
    regex: (file.regex ?? []).map(withHoles),
    means: file.means.trim(),
    causes: links(file.causes),
    sets: file.sets,
    overlaps: file.overlaps,
    refs: file.refs,
    examples: { match: file.examples.match, noMatch: file.examples.no_match },
    ...defined({
      observe: file.observe,
      where: file.where,
      line: file.line && { holds: file.line.holds ?? [], lacks: file.line.lacks ?? [] },
      kernel: file.kernel,
      qemu: file.qemu,
      harmlessUnless: file.harmless_unless?.trim(),
      marks: file.marks,
      statement: file.statement,
    }),
  } as Rule;
}

export function compileCause(id: string, file: CauseFile): Cause {
  return {
    id,
    title: file.title,
    why: file.why.trim(),
    forms: file.forms.map(({ when, title, why }) => ({
      when: JSON.parse(JSON.stringify(when)) as Condition,
      ...defined({ title, why: why?.trim() }),
    })),
    prior: file.prior,
    withoutGuest: file.without_guest,
    ...(file.concerns
      ? { concerns: JSON.parse(JSON.stringify(file.concerns)) as NonNullable<Cause['concerns']> }
      : {}),
    leadsTo: file.leads_to.map((edge) => ({
      cause: edge.cause,
      fold: edge.fold,
      ...('why' in edge && edge.why ? { why: edge.why } : {}),
      ...('when' in edge ? condition(edge.when) : {}),
    })),
    alternatives: file.alternatives.map((link) => ({
      cause: link.cause,
      ...('why' in link && link.why ? { why: link.why } : {}),
      ...('when' in link ? condition(link.when) : {}),
    })),
    signs: file.signs.map(({ when, ...rest }) => ({
      ...rest,
      when: JSON.parse(JSON.stringify(when)) as Condition,
    })),
    instances: file.instances.map(({ leads_to, when, mended, ...rest }) => ({
      ...rest,
      leadsTo: leads_to,
      ...condition(when),
      ...defined({ mended }),
    })),
    confirm: file.confirm.map((c) => defined(c)),
    fixes: file.fixes.map((f) => ({
      fix: f.fix,
      ...('when' in f ? condition(f.when) : {}),
      ...('note' in f && f.note ? { note: f.note } : {}),
      ...('first' in f && f.first
        ? {
            first: { ...condition(f.first.when), ...defined({ mended: f.first.mended, note: f.first.note }) },
          }
        : {}),
    })),
    notTheFix: file.not_the_fix.map((n) => ({ text: n.text, ...('when' in n ? condition(n.when) : {}) })),
    refs: file.refs,
  };
}

export function compileFix(id: string, file: FixFile): Fix {
  const { title, effect, risk, needs, warning, confirm, undo, when, refs, ...action } = file;
  return {
    id,
    title,
    action: JSON.parse(JSON.stringify(action)) as FixAction,
    effect: effect.trim(),
    risk,
    needs,
    confirm: confirm.map((c) => defined(c)),
    undo: undo.trim(),
    refs,
    ...condition(when),
    ...defined({ warning: warning?.trim() }),
  } as Fix;
}

export function compileDevice(id: string, file: DeviceFile): DeviceNote {
  return {
    id,
    title: file.title,
    ids: file.ids,
    traits: file.traits,
    note: file.note.trim(),
    causes: links(file.causes),
    refs: file.refs,
  };
}

export const compileWords = (id: string, file: WordsFile): WordWeights => ({ id, ...file });
