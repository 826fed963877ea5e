// The rule base as a shelf: what a start needs lies in front; the record of a rule, cause, fix or device is read from
// behind when something of it is asked for. A log with five findings opens a dozen of a thousand records. The build lays
// it out (pack-shelf.ts).
import type { Cause, DeviceNote, Fix, Prepared, Rule, RuleBase, Sieve } from '../model.ts';

export interface Kind {
  readonly ids: readonly string[];
  /** How long each record is. */
  readonly lengths: readonly number[];
}

/** What every start reads. */
export interface ShelfIndex {
  readonly rules: Kind;
  readonly causes: Kind;
  readonly fixes: Kind;
  readonly devices: Kind;
  /** Rules that look at facts instead of lines: position and name of what they observe. */
  readonly observers: readonly (readonly [position: number, name: string])[];
  /** How many patterns each rule has, how many uses each literal, and the uses (model.ts, Prepared). */
  readonly patterns: readonly number[];
  readonly useCounts: readonly number[];
  readonly uses: readonly number[];
}

/** What every diagnosis reads, of all causes and devices. */
export interface ShelfSigns {
  readonly causes: readonly Pick<Cause, 'signs' | 'leadsTo' | 'instances'>[];
  readonly devices: readonly Pick<DeviceNote, 'ids' | 'traits' | 'causes'>[];
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
    statement: 1,
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

/** What only explanations and authors ask for. */
export const SELDOM = {
  rules: ['area', 'overlaps', 'refs', 'examples'],
  fixes: ['refs'],
  devices: ['refs'],
} as const satisfies {
  readonly rules: readonly (keyof Rule)[];
  readonly fixes: readonly (keyof Fix)[];
  readonly devices: readonly (keyof DeviceNote)[];
};

/** The seldom fields of all records. */
export interface ShelfRest {
  readonly rules: readonly Partial<Rule>[];
  readonly fixes: readonly Partial<Fix>[];
  readonly devices: readonly Partial<DeviceNote>[];
}

/** Makes a kind of record whose fields are read when first asked for, save those that `front` answers. */
function drawer<T extends object>(
  fields: Record<keyof T, 1>,
  inFront: readonly (keyof T)[],
  front: (position: number, field: keyof T) => unknown,
  read: (position: number) => T,
): (position: number) => T {
  class Record {
    readonly position: number;
    #full: T | undefined;
    constructor(position: number) {
      this.position = position;
    }
    get(field: keyof T): unknown {
      if (inFront.includes(field)) return front(this.position, field);
      this.#full ??= read(this.position);
      return this.#full[field];
    }
  }
  for (const field of Object.keys(fields) as (keyof T)[])
    Object.defineProperty(Record.prototype, field, {
      get(this: Record) {
        return this.get(field);
      },
    });
  return (position) => new Record(position) as unknown as T;
}

/** Running sums, from 0 on. */
function sums(counts: readonly number[]): number[] {
  const all = [0];
  let sum = 0;
  for (const count of counts) {
    sum += count;
    all.push(sum);
  }
  return all;
}

declare const TextDecoder: new () => { decode(bytes: Uint8Array): string };

/** UTF-8 as text. Nearly all of it is ASCII, and needs no decoder. */
function textOf(bytes: Uint8Array): string {
  const text = String.fromCharCode(...bytes);
  return /[^\0-\x7f]/.test(text) ? new TextDecoder().decode(bytes) : text;
}

/** The parts of `prepared` that the index tells shortly. */
function openPrepared({ rules, observers, patterns, useCounts, uses }: ShelfIndex, sieve: Sieve): Prepared {
  const ruleOf: number[] = [];
  const nthOf: number[] = [];
  for (let rule = 0; rule < patterns.length; rule++)
    for (let nth = 0; nth < (patterns[rule] ?? 0); nth++) {
      ruleOf.push(rule);
      nthOf.push(nth);
    }
  const texts: string[] = [];
  const at = (i: number) => {
    texts[i] ??= textOf(sieve.text.subarray(sieve.formFrom[i], sieve.formFrom[i + 1]));
    return texts[i];
  };
  return {
    literals: { length: useCounts.length, at },
    useFrom: sums(useCounts),
    uses,
    ruleOf,
    nthOf,
    ids: rules.ids,
    observing: observers.map(([position]) => position),
    sieve,
  };
}

/** What lies behind the index, each part read when it is asked for. */
export interface Behind {
  signs(): ShelfSigns;
  rest(): ShelfRest;
  /** So many characters of the records from an offset on. */
  record(offset: number, length: number): string;
}

const once = <T>(make: () => T): (() => T) => {
  let made: { readonly it: T } | undefined;
  return () => {
    made ??= { it: make() };
    return made.it;
  };
};

/** Opens a shelf. */
export function openShelf(index: ShelfIndex, { signs, rest, record }: Behind, sieve: Sieve): RuleBase {
  const ofSigns = once(signs);
  const ofRest = once(rest);
  let begin = 0;
  function kind<T extends object>(
    { ids, lengths }: Kind,
    fields: Record<keyof T, 1>,
    inFront: readonly (keyof T)[] = [],
    front: (position: number, field: keyof T) => unknown = () => undefined,
  ): T[] {
    const from = sums(lengths);
    const base = begin;
    begin += from.at(-1) ?? 0;
    const make = drawer<T>(
      fields,
      ['id' as keyof T, ...inFront],
      (i, field) => (field === 'id' ? ids[i] : front(i, field)),
      (i) => JSON.parse(record(base + (from[i] ?? 0), lengths[i] ?? 0)) as T,
    );
    return ids.map((_, i) => make(i));
  }
  const observers = new Map(index.observers);
  const rules = kind<Rule>(index.rules, RULE, ['observe', ...SELDOM.rules], (i, field) =>
    field === 'observe' ? observers.get(i) : ofRest().rules[i]?.[field],
  );
  const causes = kind<Cause>(
    index.causes,
    CAUSE,
    ['signs', 'leadsTo', 'instances'],
    (i, field) => ofSigns().causes[i]?.[field as 'signs'],
  );
  const fixes = kind<Fix>(index.fixes, FIX, SELDOM.fixes, (i, field) => ofRest().fixes[i]?.[field]);
  const devices = kind<DeviceNote>(
    index.devices,
    DEVICE,
    ['ids', 'traits', 'causes', ...SELDOM.devices],
    (i, field) => (field === 'refs' ? ofRest().devices[i]?.refs : ofSigns().devices[i]?.[field as 'ids']),
  );
  return {
    rules,
    causes: new Map(causes.map((c, i) => [index.causes.ids[i] ?? '', c])),
    fixes: new Map(fixes.map((f, i) => [index.fixes.ids[i] ?? '', f])),
    devices,
    prepared: openPrepared(index, sieve),
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
