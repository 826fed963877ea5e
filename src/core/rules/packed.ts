// The rule base as one plain JSON value, so that the built program carries it without reading any YAML.
import type { Cause, DeviceNote, Fix, Rule, RuleBase } from '../model.ts';

export interface PackedRules {
  readonly rules: readonly Rule[];
  readonly causes: readonly Cause[];
  readonly fixes: readonly Fix[];
  readonly devices: readonly DeviceNote[];
}

export function packRules(base: RuleBase): PackedRules {
  return {
    rules: base.rules,
    causes: [...base.causes.values()],
    fixes: [...base.fixes.values()],
    devices: base.devices,
  };
}

export function unpackRules(packed: PackedRules): RuleBase {
  return {
    rules: packed.rules,
    causes: new Map(packed.causes.map((c) => [c.id, c])),
    fixes: new Map(packed.fixes.map((f) => [f.id, f])),
    devices: packed.devices,
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
