// The gate with WebAssembly SIMD: src/wasm/gate.ts does what the plain form (core/engine/gate.ts) does. Sieve, records and
// block lie in one memory, so that nothing is copied.
import { BLOCK, createGate, type Gate } from '../core/engine/gate.ts';
import { UNTOLD } from '../core/engine/sieve.ts';
import type { Sieve } from '../core/model.ts';
import { newBlock } from './input.ts';

/** Where the kernel has its tables, and behind them its memory for records of candidate lines, in bytes. */
const TABLES = 0x71000;
const RECORDS = 64 * 1024;
/** The kernel reads a little over the end of the block. */
const MARGIN = 32;
const PAGE = 64 * 1024;

interface Kernel {
  readonly lines: { readonly value: number };
  lay(...places: number[]): void;
  begin(from: number): void;
  scan(from: number, to: number): number;
}

// Its types come with those of a browser, which do not belong here.
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
  readonly Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
};
declare const PT_DOCTOR_KERNEL: string | undefined;

/** The fastest gate that this program has: from the sources there is no kernel, and the plain form does the same. */
export function gateFor(sieve: Sieve | undefined): Gate<Buffer> {
  if (typeof PT_DOCTOR_KERNEL === 'undefined' || !sieve) return createGate(sieve, newBlock());
  return createFastGate(sieve, Buffer.from(PT_DOCTOR_KERNEL, 'base64'));
}

/** `kernel` is what packaging/kernel.mjs makes. */
export function createFastGate(sieve: Sieve, kernel: Uint8Array): Gate<Buffer> {
  const blockAt = TABLES + RECORDS;
  const sieveAt = blockAt + BLOCK + MARGIN;
  const { formFrom, offsets, text, literalOf } = sieve;
  const productsAt = (sieveAt + sieve.bytes.length + 3) & ~3;
  const nextsAt = productsAt + 4 * offsets.length;
  const size = Math.ceil((nextsAt + 2 * offsets.length) / PAGE);
  const memory = new WebAssembly.Memory({ initial: size });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(kernel), { env: { memory } });
  const { lines, lay, begin, scan } = exports as Kernel;
  new Uint8Array(memory.buffer).set(sieve.bytes, sieveAt);
  const at = (list: { readonly byteOffset: number }) => list.byteOffset - sieve.bytes.byteOffset + sieveAt;
  lay(literalOf.length, at(formFrom), at(offsets), at(text), productsAt, nextsAt, TABLES, blockAt);
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
        let i = TABLES >>> 2;
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
