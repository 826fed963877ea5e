// The rule base as a shelf: what a start needs lies in front; the record of a rule, cause, fix or device is read from
// behind when something of it is asked for. A log with five findings opens a dozen of a thousand records. The build lays
// it out (pack-shelf.ts).
import type { Cause, DeviceNote, Fix, Prepared, Rule, RuleBase, Sieve, WordWeights } from '../model.ts';

/** The lists of numbers of an index, in the order in which they lie: where each record begins, and those of Prepared. */
export const LISTS = ['recordFrom', 'useFrom', 'uses', 'ruleOf', 'nthOf'] as const;
export type Lists = Readonly<Record<(typeof LISTS)[number], ArrayLike<number>>>;

/** What every start reads, beside its lists of numbers. */
export interface ShelfIndex {
  /** The ids of each kind, with spaces between them: records lie in this order. */
  readonly rules: string;
  readonly causes: string;
  readonly fixes: string;
  readonly devices: string;
  /** Rules that look at facts instead of lines: position and name of what they observe. */
  readonly observers: readonly (readonly [position: number, name: string])[];
  /** How long each list of numbers is. */
  readonly lengths: Readonly<Record<keyof Lists, number>>;
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
    line: 1,
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
    forms: 1,
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
    full: T | undefined;
    constructor(position: number) {
      this.position = position;
      this.full = undefined;
    }
    get(field: keyof T): unknown {
      if (inFront.includes(field)) return front(this.position, field);
      this.full ??= read(this.position);
      return this.full[field];
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

/** The lists that `numbers` holds one behind the other. */
function listsOf(lengths: ShelfIndex['lengths'], numbers: Uint32Array): Lists {
  let from = 0;
  const lists: Partial<Record<keyof Lists, Uint32Array>> = {};
  for (const name of LISTS) {
    lists[name] = numbers.subarray(from, from + lengths[name]);
    from += lengths[name];
  }
  return lists as Lists;
}

declare const TextDecoder: new () => { decode(bytes: Uint8Array): string };

/** UTF-8 as text. Nearly all of it is ASCII, and needs no decoder. */
function textOf(bytes: Uint8Array): string {
  const text = String.fromCharCode(...bytes);
  return /[^\0-\x7f]/.test(text) ? new TextDecoder().decode(bytes) : text;
}

/** The literals of a sieve, each made when it is asked for. */
function literalsIn({ text, formFrom }: Sieve, length: number): Prepared['literals'] {
  const texts: string[] = [];
  const at = (i: number) => {
    texts[i] ??= textOf(text.subarray(formFrom[i], formFrom[i + 1]));
    return texts[i];
  };
  return { length, at };
}

/** What lies behind the index, each part read when it is asked for. */
export interface Behind {
  /** The lists of numbers, one behind the other. */
  readonly numbers: Uint32Array;
  signs(): ShelfSigns;
  rest(): ShelfRest;
  words(): readonly WordWeights[];
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
export function openShelf(
  index: ShelfIndex,
  { numbers, signs, rest, words, record }: Behind,
  sieve: Sieve,
): RuleBase {
  const ofSigns = once(signs);
  const ofRest = once(rest);
  const ofWords = once(words);
  const { recordFrom, ...prepared } = listsOf(index.lengths, numbers);
  let begin = 0;
  function kind<T extends object>(
    ids: readonly string[],
    fields: Record<keyof T, 1>,
    inFront: readonly (keyof T)[] = [],
    front: (position: number, field: keyof T) => unknown = () => undefined,
  ): T[] {
    const first = begin;
    begin += ids.length;
    const make = drawer<T>(
      fields,
      ['id' as keyof T, ...inFront],
      (i, field) => (field === 'id' ? ids[i] : front(i, field)),
      (i) => {
        const from = recordFrom[first + i] ?? 0;
        return JSON.parse(record(from, (recordFrom[first + i + 1] ?? from) - from)) as T;
      },
    );
    return ids.map((_, i) => make(i));
  }
  const idsOf = (name: 'rules' | 'causes' | 'fixes' | 'devices') => index[name].split(' ');
  const observers = new Map(index.observers);
  const ids = idsOf('rules');
  const rules = kind<Rule>(ids, RULE, ['observe', ...SELDOM.rules], (i, field) =>
    field === 'observe' ? observers.get(i) : ofRest().rules[i]?.[field],
  );
  const causeIds = idsOf('causes');
  const causes = kind<Cause>(
    causeIds,
    CAUSE,
    ['signs', 'leadsTo', 'instances'],
    (i, field) => ofSigns().causes[i]?.[field as 'signs'],
  );
  const fixIds = idsOf('fixes');
  const fixes = kind<Fix>(fixIds, FIX, SELDOM.fixes, (i, field) => ofRest().fixes[i]?.[field]);
  const devices = kind<DeviceNote>(
    idsOf('devices'),
    DEVICE,
    ['ids', 'traits', 'causes', ...SELDOM.devices],
    (i, field) => (field === 'refs' ? ofRest().devices[i]?.refs : ofSigns().devices[i]?.[field as 'ids']),
  );
  return {
    rules,
    causes: new Map(causes.map((c, i) => [causeIds[i] ?? '', c])),
    fixes: new Map(fixes.map((f, i) => [fixIds[i] ?? '', f])),
    devices,
    get words() {
      return ofWords();
    },
    prepared: {
      ...prepared,
      literals: literalsIn(sieve, prepared.useFrom.length - 1),
      ids,
      observing: index.observers.map(([position]) => position),
      sieve,
    },
  };
}
