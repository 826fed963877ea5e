// The rules that the program carries: attached to the built file, read from rules/ when run from the sources.
import { fileURLToPath } from 'node:url';
import type { RuleBase, WordWeights } from '../core/model.ts';
import { openShelf, type ShelfIndex, type ShelfRest, type ShelfSigns } from '../core/rules/shelf.ts';
import { openAttached } from './attached.ts';
import { openLaid } from './fast-gate.ts';

declare const PT_DOCTOR_BUILT: true | undefined;

/** The rules that come with the program: out of the built file, or from rules/ when run from the sources. */
export async function builtinRules(): Promise<RuleBase> {
  if (typeof PT_DOCTOR_BUILT === 'undefined') {
    const { loadRules } = await import('./rule-files.ts');
    return (await loadRules(fileURLToPath(new URL('../../rules', import.meta.url)))).base;
  }
  const attached = openAttached();
  if (!attached) throw new Error('the program lacks its rules; build it again');
  return openShelf(
    JSON.parse(attached.read('index')) as ShelfIndex,
    {
      numbers: attached.numbers('numbers'),
      signs: () => JSON.parse(attached.read('signs')) as ShelfSigns,
      rest: () => JSON.parse(attached.unpacked('rest')) as ShelfRest,
      words: () => JSON.parse(attached.unpacked('words')) as WordWeights[],
      record: (offset, length) => attached.read('records', offset, length),
    },
    openLaid(attached.size('sieve'), (memory) => attached.readInto('sieve', memory)),
  );
}
