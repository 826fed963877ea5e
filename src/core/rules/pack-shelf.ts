// Lays a rule base out as a shelf (shelf.ts), for the built file.
import type { Prepared, RuleBase } from '../model.ts';
import { type Kind, SELDOM, type ShelfIndex, type ShelfRest, type ShelfSigns } from './shelf.ts';

export interface Shelf {
  readonly index: ShelfIndex;
  readonly signs: ShelfSigns;
  /** All records without their seldom fields, one behind the other. */
  readonly records: string;
  readonly rest: ShelfRest;
}

/** JSON in plain ASCII, so that characters are bytes, and without the end of a comment, in which it may be kept. */
export const asciiJson = (value: unknown): string =>
  JSON.stringify(value)
    .replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replaceAll('*/', '*\\/');

function split<T extends object>(
  records: readonly T[],
  seldom: readonly (keyof T)[],
): { readonly often: T[]; readonly rest: Partial<T>[] } {
  const part = (record: T, wanted: boolean) =>
    Object.fromEntries(
      Object.entries(record).filter(([name]) => seldom.includes(name as keyof T) === wanted),
    );
  return {
    often: records.map((r) => part(r, false) as T),
    rest: records.map((r) => part(r, true) as Partial<T>),
  };
}

/** Lays a rule base out. */
export function packShelf(base: RuleBase, { useFrom, uses, ruleOf }: Prepared): Shelf {
  const records: string[] = [];
  const kind = (entries: readonly { readonly id: string }[]): Kind => ({
    ids: entries.map((e) => e.id),
    lengths: entries.map((e) => {
      const text = asciiJson(e);
      records.push(text);
      return text.length;
    }),
  });
  const causes = [...base.causes.values()];
  const rules = split(base.rules, SELDOM.rules);
  const fixes = split([...base.fixes.values()], SELDOM.fixes);
  const devices = split(base.devices, SELDOM.devices);
  const patterns = base.rules.map(() => 0);
  for (const rule of ruleOf) patterns[rule] = (patterns[rule] ?? 0) + 1;
  return {
    index: {
      rules: kind(rules.often),
      causes: kind(causes),
      fixes: kind(fixes.often),
      devices: kind(devices.often),
      observers: base.rules.flatMap(({ observe }, i) => (observe ? [[i, observe] as const] : [])),
      patterns,
      useCounts: useFrom.slice(1).map((end, i) => end - (useFrom[i] ?? 0)),
      uses,
    },
    signs: {
      causes: causes.map(({ signs, leadsTo, instances }) => ({ signs, leadsTo, instances })),
      devices: base.devices.map(({ ids, traits, causes: links }) => ({ ids, traits, causes: links })),
    },
    records: records.join(''),
    rest: { rules: rules.rest, fixes: fixes.rest, devices: devices.rest },
  };
}
