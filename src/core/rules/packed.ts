// The rule base as one plain JSON value, so that the built program carries it without reading any YAML.
import type { Cause, DeviceNote, Fix, Rule, RuleBase, WordWeights } from '../model.ts';

/** A list of files field by field, or by fields whose names stand with a space between: what is alike stands together, which packs smaller. */
type Columns = Readonly<Record<string, readonly unknown[]>>;

/** What says the same in other words: the examples of a rule repeat those of its patterns. */
const ALIKE = ['title means', 'match regex examples'] as const;

/**
 * Weights word by word, for one word tells of several causes: how many they are, how many positions in `ids` each lies behind the
 * one before, and the weight of each in halves above `least`. Each of the three is a text of one character a number, which packs
 * smallest.
 */
interface PackedWords {
  readonly ids: readonly string[];
  readonly bias: readonly number[];
  readonly stems: string;
  readonly counts: string;
  readonly gaps: string;
  readonly weights: string;
  readonly least: number;
}

/** The character for zero: JSON writes it and most of those behind it as they are. */
const ZERO = '#'.charCodeAt(0);
const spell = (numbers: readonly number[]) => numbers.map((n) => String.fromCharCode(ZERO + n)).join('');
const numberAt = (text: string, at: number) => text.charCodeAt(at) - ZERO;

export interface PackedRules extends Readonly<Record<'rules' | 'causes' | 'fixes' | 'devices', Columns>> {
  readonly words: PackedWords;
}

function columnsOf(files: readonly object[], alike: readonly string[] = []): Columns {
  const rows = files.map((file) => new Map(Object.entries(file)));
  const single = new Set(rows.flatMap((row) => [...row.keys()]));
  for (const name of alike.flatMap((names) => names.split(' '))) single.delete(name);
  const field = (row: ReadonlyMap<string, unknown>, name: string) => row.get(name) ?? null;
  return Object.fromEntries([
    ...Array.from(single, (name) => [name, rows.map((row) => field(row, name))] as const),
    ...alike.map((names) => [names, rows.map((row) => names.split(' ').map((n) => field(row, n)))] as const),
  ]);
}

function filesOf<T>(columns: Columns): T[] {
  const files: Record<string, unknown>[] = [];
  for (const [names, values] of Object.entries(columns))
    for (const [i, value] of values.entries()) {
      files[i] ??= {};
      const file = files[i];
      const fields = names.split(' ');
      for (const [j, name] of fields.entries()) {
        const field = fields.length > 1 ? (value as unknown[])[j] : value;
        // A field that a file leaves out stays out.
        if (file && field !== null) file[name] = field;
      }
    }
  return files as T[];
}

function packWords(words: readonly WordWeights[]): PackedWords {
  const stems = [...new Set(words.flatMap((w) => Object.keys(w.words)))].sort();
  const told = stems.map((stem) => words.flatMap(({ words: of }, cause) => (stem in of ? [cause] : [])));
  const weights = told.flatMap((causes, n) =>
    causes.map((cause) => words[cause]?.words[stems[n] ?? ''] ?? 0),
  );
  const least = weights.reduce((a, b) => Math.min(a, b), 0);
  return {
    ids: words.map((w) => w.id),
    bias: words.map((w) => w.bias),
    stems: stems.join(' '),
    counts: spell(told.map((causes) => causes.length)),
    gaps: spell(told.flatMap((causes) => causes.map((cause, i) => cause - (causes[i - 1] ?? 0)))),
    weights: spell(weights.map((weight) => (weight - least) * 2)),
    least,
  };
}

function unpackWords({ ids, bias, stems, counts, gaps, weights, least }: PackedWords): WordWeights[] {
  const words = ids.map((id, i) => ({ id, bias: bias[i] ?? 0, words: {} as Record<string, number> }));
  let at = 0;
  for (const [n, stem] of stems.split(' ').entries()) {
    let cause = 0;
    for (const end = at + numberAt(counts, n); at < end; at++) {
      cause += numberAt(gaps, at);
      const { words: known } = words[cause] ?? {};
      if (known) known[stem] = numberAt(weights, at) / 2 + least;
    }
  }
  return words;
}

/** The rule base without what only authors of rules ask for: near misses, overlaps, and all but the first line that a rule matches. */
export function packRules(base: RuleBase): PackedRules {
  const told = ({ overlaps: _, examples: { match }, ...rule }: Rule) => ({
    ...rule,
    examples: match.slice(0, 1),
  });
  return {
    rules: columnsOf(base.rules.map(told), ALIKE),
    causes: columnsOf([...base.causes.values()]),
    fixes: columnsOf([...base.fixes.values()]),
    devices: columnsOf(base.devices),
    words: packWords(base.words),
  };
}

export function unpackRules(packed: PackedRules): RuleBase {
  const rules = filesOf<Omit<Rule, 'overlaps' | 'examples'> & { readonly examples: readonly string[] }>(
    packed.rules,
  );
  return {
    rules: rules.map((rule) => ({ ...rule, overlaps: [], examples: { match: rule.examples, noMatch: [] } })),
    causes: new Map(filesOf<Cause>(packed.causes).map((c) => [c.id, c])),
    fixes: new Map(filesOf<Fix>(packed.fixes).map((f) => [f.id, f])),
    devices: filesOf<DeviceNote>(packed.devices),
    words: unpackWords(packed.words),
  };
}

/** The rules of `later` on top of `base`: the later file wins by id. Answers the ids that were replaced, too. */
export function overlay(
  base: RuleBase,
  later: RuleBase,
): { readonly base: RuleBase; readonly replaced: readonly string[] } {
  const ids = new Set(later.rules.map((r) => r.id));
  const replaced = base.rules.filter((r) => ids.has(r.id)).map((r) => r.id);
  const devices = new Set(later.devices.map((d) => d.id));
  return {
    base: {
      rules: [...base.rules.filter((r) => !ids.has(r.id)), ...later.rules],
      causes: new Map([...base.causes, ...later.causes]),
      fixes: new Map([...base.fixes, ...later.fixes]),
      devices: [...base.devices.filter((d) => !devices.has(d.id)), ...later.devices],
      words: later.words.length > 0 ? later.words : base.words,
    },
    replaced: [...replaced, ...[...later.causes.keys()].filter((id) => base.causes.has(id))],
  };
}
