// The project's own rules, read once for all tests, and a way to run logs through the whole core.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createDoctor, type DoctorOptions } from '../../src/core/engine/doctor.ts';
import { commandsFor } from '../../src/core/fix/commands.ts';
import type { Result } from '../../src/core/model.ts';
import { loadRules } from '../../src/node/rule-files.ts';

export const ROOT = join(import.meta.dirname, '../..');
export const loaded = await loadRules(join(ROOT, 'rules'), ROOT);
export const { base } = loaded;

/** Diagnoses texts as if each were a file. */
export function diagnoseTexts(
  texts: Readonly<Record<string, string>>,
  options: Partial<DoctorOptions> = {},
): Result {
  const doctor = createDoctor({
    base,
    commandsFor,
    ...options,
  });
  for (const [name, text] of Object.entries(texts)) {
    doctor.source(name);
    if (text !== '') for (const line of text.replace(/\n$/, '').split('\n')) doctor.line(line);
  }
  return doctor.finish();
}

/** The log files of a fixture folder, in the order of their names. */
export function fixture(folder: string): Record<string, string> {
  const dir = join(ROOT, 'fixtures', folder);
  const files = readdirSync(dir).filter((f) => f !== 'expected.json');
  return Object.fromEntries(files.sort().map((f) => [f, readFileSync(join(dir, f), 'utf8')]));
}

export const folders = (kind: string): string[] =>
  readdirSync(join(ROOT, 'fixtures', kind), { withFileTypes: true })
    .filter((e) => e.isDirectory())
    .map((e) => e.name)
    .sort();
