// Lays a rule base out as a shelf (shelf.ts), for the built file.
import type { Prepared, RuleBase } from '../model.ts';
import { LISTS, type Lists, SELDOM, type ShelfIndex, type ShelfRest, type ShelfSigns } from './shelf.ts';

export interface Shelf {
  readonly index: ShelfIndex;
  readonly numbers: Uint32Array;
  readonly signs: ShelfSigns;
  /** All records without their seldom fields, one behind the other. */
  readonly records: string;
  readonly rest: ShelfRest;
}

/** `text` in plain ASCII, so that characters are bytes: for JSON, and for code in whose literals alone there is other text. */
export const ascii = (text: string): string =>
  text.replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

export const asciiJson = (value: unknown): string => ascii(JSON.stringify(value));

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
export function packShelf(base: RuleBase, prepared: Prepared): Shelf {
  const records: string[] = [];
  const recordFrom = [0];
  const kind = (entries: readonly { readonly id: string }[]): string => {
    for (const entry of entries) {
      const text = asciiJson(entry);
      records.push(text);
      recordFrom.push((recordFrom.at(-1) ?? 0) + text.length);
    }
    return entries.map((e) => e.id).join(' ');
  };
  const causes = [...base.causes.values()];
  const rules = split(base.rules, SELDOM.rules);
  const fixes = split([...base.fixes.values()], SELDOM.fixes);
  const devices = split(base.devices, SELDOM.devices);
  const kinds = {
    rules: kind(rules.often),
    causes: kind(causes),
    fixes: kind(fixes.often),
    devices: kind(devices.often),
  };
  const lists: Lists = { ...prepared, recordFrom };
  return {
    index: {
      ...kinds,
      observers: base.rules.flatMap(({ observe }, i) => (observe ? [[i, observe] as const] : [])),
      lengths: Object.fromEntries(LISTS.map((name) => [name, lists[name].length])) as ShelfIndex['lengths'],
    },
    numbers: Uint32Array.from(LISTS.flatMap((name) => Array.from(lists[name]))),
    signs: {
      causes: causes.map(({ signs, leadsTo, instances }) => ({ signs, leadsTo, instances })),
      devices: base.devices.map(({ ids, traits, causes: links }) => ({ ids, traits, causes: links })),
    },
    records: records.join(''),
    rest: { rules: rules.rest, fixes: fixes.rest, devices: devices.rest },
  };
}
