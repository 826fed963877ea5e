// The gate with WebAssembly SIMD: src/wasm/gate.ts does what the plain form (core/engine/gate.ts) does. Sieve, records and
// block lie in one memory, so that nothing is copied.
import { BLOCK, createGate, type Gate } from '../core/engine/gate.ts';
import { openSieve, UNTOLD } from '../core/engine/sieve.ts';
import type { Sieve } from '../core/model.ts';
import { newBlock } from './input.ts';

/** The kernel has its tables in front; behind them lie the sieve and what `lay` makes of its signs, in bytes. */
const SIEVE = 0x71000;
/** Its memory for records of candidate lines. */
const RECORDS = 64 * 1024;
/** The kernel reads a little over the end of the block. */
const MARGIN = 32;
const PAGE = 64 * 1024;

interface Kernel {
  readonly lines: { readonly value: number };
  place(...places: number[]): void;
  lay(forms: number): void;
  begin(from: number): void;
  scan(from: number, to: number): number;
}

// Its types come with those of a browser, which do not belong here.
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
  readonly Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
};
type Memory = InstanceType<typeof WebAssembly.Memory>;
declare const PT_DOCTOR_KERNEL: string | undefined;

/** A sieve in the memory of the kernel, its tables made. The memory serves one gate. */
interface LaidSieve extends Sieve {
  readonly memory: Memory;
}

/** Where things lie behind a sieve of so many bytes and signs. */
function placesOf({ bytes, offsets }: Sieve) {
  const products = (SIEVE + bytes.length + 3) & ~3;
  const nexts = products + 4 * offsets.length;
  const records = (nexts + 2 * offsets.length + 3) & ~3;
  const block = records + RECORDS;
  return { products, nexts, records, block, end: block + BLOCK + MARGIN };
}

const memoryOf = (size: number): Memory => new WebAssembly.Memory({ initial: Math.ceil(size / PAGE) });

function instanceOf(kernel: Uint8Array, memory: Memory): Kernel {
  return new WebAssembly.Instance(new WebAssembly.Module(kernel), { env: { memory } }).exports as Kernel;
}

/** Tells the kernel where all that belongs to `sieve` lies. */
function placeIn({ place }: Kernel, sieve: Sieve) {
  const { bytes, offsets, formFrom, text } = sieve;
  const places = placesOf(sieve);
  const at = (list: { readonly byteOffset: number }) => list.byteOffset - bytes.byteOffset + SIEVE;
  place(at(formFrom), at(offsets), at(text), places.products, places.nexts, places.records, places.block);
  return places;
}

/** Puts `sieve` into a memory and makes its tables. */
function lay(sieve: Sieve, kernel: Uint8Array): LaidSieve {
  const memory = memoryOf(placesOf(sieve).end);
  new Uint8Array(memory.buffer).set(sieve.bytes, SIEVE);
  const instance = instanceOf(kernel, memory);
  placeIn(instance, sieve);
  instance.lay(sieve.literalOf.length);
  return { ...sieve, memory };
}

/** What the build keeps of a memory: all in front of the records. */
export function imageOf(sieve: Sieve, kernel: Uint8Array): Uint8Array {
  return new Uint8Array(lay(sieve, kernel).memory.buffer, 0, placesOf(sieve).records);
}

/** The sieve of an image of so many bytes, which `read` puts to the beginning of a memory. */
export function openLaid(size: number, read: (memory: Uint8Array) => void): LaidSieve {
  const memory = memoryOf(size + RECORDS + BLOCK + MARGIN);
  const bytes = new Uint8Array(memory.buffer, 0, size);
  read(bytes);
  return { ...openSieve(bytes.subarray(SIEVE)), memory };
}

/** The fastest gate that this program has: from the sources there is no kernel, and the plain form does the same. */
export function gateFor(sieve: Sieve | undefined): Gate<Buffer> {
  if (typeof PT_DOCTOR_KERNEL === 'undefined' || !sieve) return createGate(sieve, newBlock());
  return createFastGate(sieve, Buffer.from(PT_DOCTOR_KERNEL, 'base64'));
}

/** `kernel` is what packaging/kernel.mjs makes. */
export function createFastGate(sieve: Sieve | LaidSieve, kernel: Uint8Array): Gate<Buffer> {
  const { memory, ...laid } = 'memory' in sieve ? sieve : lay(sieve, kernel);
  const instance = instanceOf(kernel, memory);
  const { records: recordsAt, block: blockAt } = placeIn(instance, laid);
  const { lines, begin, scan } = instance;
  const { literalOf } = sieve;
  const records = new Int32Array(memory.buffer);
  const held: number[] = [];

  /** The literals of the forms that a record names at `from`; undefined when one of them only says: open the line. */
  function literals(from: number, count: number): readonly number[] | undefined {
    held.length = 0;
    for (let i = from; i < from + count; i++) {
      const literal = literalOf[records[i] ?? 0] ?? UNTOLD;
      if (literal === UNTOLD) return undefined;
      held.push(literal);
    }
    return held;
  }

  return {
    bytes: Buffer.from(memory.buffer, blockAt, BLOCK),
    scan(from, to, found) {
      begin(blockAt + from);
      for (;;) {
        const end = scan(blockAt + from, blockAt + to) >>> 2;
        let i = recordsAt >>> 2;
        if (i === end) return lines.value;
        while (i < end) {
          const [start = 0, stop = 0, line = 0, count = 0] = [
            records[i],
            records[i + 1],
            records[i + 2],
            records[i + 3],
          ];
          found(start - blockAt, stop - blockAt, line, count < 0 ? undefined : literals(i + 4, count));
          i += 4 + Math.max(count, 0);
        }
      }
    },
  };
}
