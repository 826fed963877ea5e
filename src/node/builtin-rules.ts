// The rules that the program carries: attached to the built file, read from rules/ when run from the sources.
import { endianness } from 'node:os';
import { fileURLToPath } from 'node:url';
import { TABLE_WORDS } from '../core/engine/sieve.ts';
import type { RuleBase, Sieve } from '../core/model.ts';
import { openShelf, type ShelfIndex } from '../core/rules/shelf.ts';
import { type Attached, openAttached } from './attached.ts';

declare const PT_DOCTOR_BUILT: true | undefined;

/** The words of the sieve as the build wrote them: tables and three lists in one piece. */
function readSieve(attached: Attached): Omit<Sieve, 'forms'> | undefined {
  if (endianness() !== 'LE') return undefined;
  const bytes = attached.bytes('sieve');
  const tables = 3 * TABLE_WORDS;
  const count = bytes.length / 8 - tables / 2;
  // Own memory, not a part of Node's pool, so that the lists are aligned.
  const { buffer } = new Uint8Array(bytes);
  return {
    tables: new Int32Array(buffer, 0, tables),
    words: new Int32Array(buffer, tables * 4, count),
    formOf: new Int16Array(buffer, tables * 4 + count * 4, count),
    offsets: new Int16Array(buffer, tables * 4 + count * 6, count),
  };
}

export async function builtinRules(): Promise<RuleBase> {
  if (typeof PT_DOCTOR_BUILT === 'undefined') {
    const { loadRules } = await import('./rule-files.ts');
    return (await loadRules(fileURLToPath(new URL('../../rules', import.meta.url)))).base;
  }
  const attached = openAttached();
  if (!attached) throw new Error('the file lacks its rules; build it again');
  const index = JSON.parse(attached.read('index')) as ShelfIndex;
  return openShelf(index, (offset, length) => attached.read('records', offset, length), readSieve(attached));
}
