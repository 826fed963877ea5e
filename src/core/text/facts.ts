// What a line tells of the machine: the readers of facts/, each reached through a literal of its lines, as rules are.
import type { Facts, Line } from '../model.ts';
import { BOOT_READERS } from './facts/boot.ts';
import { LISTING_READERS } from './facts/listings.ts';
import { MODULE_READERS } from './facts/modules.ts';
import { emptyFacts, newState, type Reader } from './facts/reader.ts';
import { VERSION_READERS } from './facts/versions.ts';
import { VM_READERS } from './facts/vm.ts';

export { deviceAt, emptyFacts } from './facts/reader.ts';

const READERS: readonly Reader[] = [
  ...BOOT_READERS,
  ...LISTING_READERS,
  ...MODULE_READERS,
  ...VM_READERS,
  ...VERSION_READERS,
];

/** The literals of all readers; the reader of literal `i` is told by the same index. */
export const FACT_LITERALS: readonly string[] = READERS.flatMap((r) => r.literals);
const READER_OF = READERS.flatMap((r) => r.literals.map(() => r));

export interface FactReader {
  readonly facts: Facts;
  /** Reads `line`, which holds the literals with these indexes of FACT_LITERALS. */
  read(line: Line, literals: readonly number[]): void;
}

export function createFactReader(): FactReader {
  const facts = emptyFacts();
  const state = newState();
  return {
    facts,
    read(line, literals) {
      for (const reader of new Set(literals.map((i) => READER_OF[i]))) {
        const m = reader?.pattern.exec(line.text);
        if (m) reader?.read(facts, m, line, state);
      }
    },
  };
}
