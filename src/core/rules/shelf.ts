// The rule base as a shelf: what a start needs lies in front; the record of a rule, cause, fix or device is read from
// behind when something of it is asked for. A log with five findings opens a dozen of a thousand records.
import type { Cause, DeviceNote, Fix, Prepared, Rule, RuleBase, Sieve } from '../model.ts';

type Kept<T, K extends keyof T> = Pick<T, K | (T extends { readonly id: string } ? 'id' & keyof T : never)>;
/** What is in front of each record, and how long the record is. */
type Front<T> = readonly [length: number, front: T];

export interface ShelfIndex {
  readonly rules: readonly Front<Kept<Rule, 'observe'>>[];
  readonly causes: readonly Front<Kept<Cause, 'signs' | 'leadsTo' | 'instances'>>[];
  readonly fixes: readonly Front<Kept<Fix, 'id'>>[];
  readonly devices: readonly Front<Kept<DeviceNote, 'ids' | 'traits' | 'causes'>>[];
  readonly prepared: Omit<Prepared, 'sieve'>;
  /** Those that are literals of rules are told by their position among them. */
  readonly forms: readonly (string | number)[];
}

// Every field of each kind; the compiler finds one that is missing.
const RULE = {
  ...{
    id: 1,
    area: 1,
    title: 1,
    severity: 1,
    tier: 1,
    source: 1,
    match: 1,
    regex: 1,
    observe: 1,
    where: 1,
    kernel: 1,
  },
  ...{
    qemu: 1,
    means: 1,
    harmlessUnless: 1,
    causes: 1,
    sets: 1,
    marks: 1,
    overlaps: 1,
    refs: 1,
    examples: 1,
  },
} as const satisfies Record<keyof Rule, 1>;
const CAUSE = {
  ...{
    id: 1,
    title: 1,
    why: 1,
    prior: 1,
    concerns: 1,
    withoutGuest: 1,
    leadsTo: 1,
    alternatives: 1,
    signs: 1,
    instances: 1,
    confirm: 1,
    fixes: 1,
    notTheFix: 1,
    refs: 1,
  },
} as const satisfies Record<keyof Cause, 1>;
const FIX = {
  ...{
    id: 1,
    title: 1,
    action: 1,
    effect: 1,
    risk: 1,
    needs: 1,
    warning: 1,
    confirm: 1,
    undo: 1,
    when: 1,
    refs: 1,
  },
} as const satisfies Record<keyof Fix, 1>;
const DEVICE = {
  ...{ id: 1, title: 1, ids: 1, traits: 1, note: 1, causes: 1, refs: 1 },
} as const satisfies Record<keyof DeviceNote, 1>;

/** JSON in plain ASCII, so that characters are bytes, and without the end of a comment, in which it may be kept. */
export const asciiJson = (value: unknown): string =>
  JSON.stringify(value)
    .replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replaceAll('*/', '*\\/');

/** Lays a rule base out: the index, and all records one behind the other. */
export function packShelf(base: RuleBase, prepared: Prepared): { index: ShelfIndex; records: string } {
  const records: string[] = [];
  const put = (record: object): number => {
    const text = asciiJson(record);
    records.push(text);
    return text.length;
  };
  const { sieve, ...others } = prepared;
  const position = new Map(others.literals.map((literal, i) => [literal, i]));
  const index: ShelfIndex = {
    rules: base.rules.map((r) => [put(r), r.observe ? { id: r.id, observe: r.observe } : { id: r.id }]),
    causes: [...base.causes.values()].map((c) => [
      put(c),
      { id: c.id, signs: c.signs, leadsTo: c.leadsTo, instances: c.instances },
    ]),
    fixes: [...base.fixes.values()].map((f) => [put(f), { id: f.id }]),
    devices: base.devices.map((d) => [put(d), { id: d.id, ids: d.ids, traits: d.traits, causes: d.causes }]),
    prepared: others,
    forms: (sieve?.forms ?? []).map((form) => position.get(form) ?? form),
  };
  return { index, records: records.join('') };
}

/** Makes a kind of record whose fields are read when first asked for, save those in front. */
function drawer<T extends object>(
  fields: Record<keyof T, 1>,
  inFront: readonly (keyof T)[],
): (front: Partial<T>, read: () => T) => T {
  class Record {
    readonly front: Partial<T>;
    readonly read: () => T;
    #full: T | undefined;
    constructor(front: Partial<T>, read: () => T) {
      this.front = front;
      this.read = read;
    }
    get(field: keyof T): unknown {
      // A field that is missing in front is missing behind, too.
      if (inFront.includes(field)) return this.front[field];
      this.#full ??= this.read();
      return this.#full[field];
    }
  }
  for (const field of Object.keys(fields) as (keyof T)[])
    Object.defineProperty(Record.prototype, field, {
      get(this: Record) {
        return this.get(field);
      },
    });
  return (front, read) => new Record(front, read) as unknown as T;
}

/** Opens a shelf. `record` reads so many characters of the records from an offset on. */
export function openShelf(
  index: ShelfIndex,
  record: (offset: number, length: number) => string,
  sieve: Omit<Sieve, 'forms'> | undefined,
): RuleBase {
  let offset = 0;
  function kind<T extends object>(
    fields: Record<keyof T, 1>,
    inFront: readonly (keyof T)[],
    fronts: readonly Front<Partial<T>>[],
  ): T[] {
    const make = drawer<T>(fields, inFront);
    return fronts.map(([length, front]) => {
      const at = offset;
      offset += length;
      return make(front, () => JSON.parse(record(at, length)) as T);
    });
  }
  const rules = kind<Rule>(RULE, ['id', 'observe'], index.rules as readonly Front<Partial<Rule>>[]);
  const causes = kind<Cause>(CAUSE, ['id', 'signs', 'leadsTo', 'instances'], index.causes);
  const fixes = kind<Fix>(FIX, ['id'], index.fixes);
  const devices = kind<DeviceNote>(DEVICE, ['id', 'ids', 'traits', 'causes'], index.devices);
  const { literals } = index.prepared;
  const forms = index.forms.map((form) => (typeof form === 'string' ? form : (literals[form] ?? '')));
  return {
    rules,
    causes: new Map(causes.map((c) => [c.id, c])),
    fixes: new Map(fixes.map((f) => [f.id, f])),
    devices,
    prepared: { ...index.prepared, ...(sieve ? { sieve: { forms, ...sieve } } : {}) },
  };
}

/** The same base with every field read, as plain data. */
export function readAll(base: RuleBase): RuleBase {
  const plain = <T extends object>(fields: Record<keyof T, 1>, record: T): T =>
    Object.fromEntries(
      (Object.keys(fields) as (keyof T)[]).filter((f) => record[f] !== undefined).map((f) => [f, record[f]]),
    ) as T;
  return {
    rules: base.rules.map((r) => plain(RULE, r)),
    causes: new Map(Array.from(base.causes, ([id, c]) => [id, plain(CAUSE, c)])),
    fixes: new Map(Array.from(base.fixes, ([id, f]) => [id, plain(FIX, f)])),
    devices: base.devices.map((d) => plain(DEVICE, d)),
  };
}
