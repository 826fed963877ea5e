// The rules that the program carries: packed into the built file, read from rules/ when run from the sources.
import { fileURLToPath } from 'node:url';
import type { RuleBase } from '../core/model.ts';
import { type PackedRules, unpackRules } from '../core/rules/packed.ts';

declare const PT_DOCTOR_RULES: string | undefined;

export async function builtinRules(): Promise<RuleBase> {
  if (typeof PT_DOCTOR_RULES === 'string') return unpackRules(JSON.parse(PT_DOCTOR_RULES) as PackedRules);
  const { loadRules } = await import('./rule-files.ts');
  return (await loadRules(fileURLToPath(new URL('../../rules', import.meta.url)))).base;
}
