// The rule base as one plain JSON value, so that the built program carries it without reading any YAML.
import type { Cause, DeviceNote, Fix, Rule, RuleBase } from '../model.ts';

/** A list of files field by field: what is alike stands together, which packs a twentieth smaller. */
type Columns = Readonly<Record<string, readonly unknown[]>>;

export type PackedRules = Readonly<Record<'rules' | 'causes' | 'fixes' | 'devices', Columns>>;

function columnsOf(files: readonly object[]): Columns {
  const rows = files.map((file) => Object.entries(file));
  const names = [...new Set(rows.flatMap((row) => row.map(([name]) => name)))];
  const maps = rows.map((row) => new Map(row));
  return Object.fromEntries(names.map((name) => [name, maps.map((row) => row.get(name) ?? null)]));
}

function filesOf<T>(columns: Columns): T[] {
  const files: Record<string, unknown>[] = [];
  for (const [name, values] of Object.entries(columns))
    for (const [i, value] of values.entries()) {
      files[i] ??= {};
      const file = files[i];
      // A field that a file leaves out stays out.
      if (file && value !== null) file[name] = value;
    }
  return files as T[];
}

export function packRules(base: RuleBase): PackedRules {
  return {
    rules: columnsOf(base.rules),
    causes: columnsOf([...base.causes.values()]),
    fixes: columnsOf([...base.fixes.values()]),
    devices: columnsOf(base.devices),
  };
}

export function unpackRules(packed: PackedRules): RuleBase {
  return {
    rules: filesOf<Rule>(packed.rules),
    causes: new Map(filesOf<Cause>(packed.causes).map((c) => [c.id, c])),
    fixes: new Map(filesOf<Fix>(packed.fixes).map((f) => [f.id, f])),
    devices: filesOf<DeviceNote>(packed.devices),
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
    },
    replaced: [...replaced, ...[...later.causes.keys()].filter((id) => base.causes.has(id))],
  };
}
