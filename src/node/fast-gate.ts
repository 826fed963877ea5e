// The gate with WebAssembly SIMD: src/wasm/gate.ts sieves sixteen bytes at a time and lists places, which are verified here
// as the plain form does it (core/engine/gate.ts). Table, list and block lie in one memory, so nothing is copied.
import {
  BLOCK,
  changesText,
  createGate,
  createVerifier,
  escapeAt,
  type Gate,
  LONG_LINE,
} from '../core/engine/gate.ts';
import type { Sieve } from '../core/model.ts';
import { newBlock } from './input.ts';

/** The layout of the memory, as in src/wasm/gate.ts. */
const PLACES = 0x18000;
const BLOCK_AT = 0x28000;
const NEWLINE = 10;

interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly lines: { value: number };
  readonly start: { value: number };
  readonly next: { value: number };
  scan(from: number, to: number, long: number): number;
}

// Its types come with those of a browser, which do not belong here.
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};
declare const PT_DOCTOR_KERNEL: string | undefined;

/** The fastest gate that this program has: from the sources there is no kernel, and the plain form does the same. */
export function gateFor(sieve: Sieve | undefined): Gate<Buffer> {
  if (typeof PT_DOCTOR_KERNEL === 'undefined' || !sieve) return createGate(sieve, newBlock());
  return createFastGate(sieve, Buffer.from(PT_DOCTOR_KERNEL, 'base64'));
}

/** `kernel` is what build-kernel.mjs makes. */
export function createFastGate(sieve: Sieve, kernel: Uint8Array): Gate<Buffer> {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(kernel));
  const { memory, lines, start, next, scan } = exports as Kernel;
  new Int32Array(memory.buffer, 0, sieve.tables.length).set(sieve.tables);
  const bytes = Buffer.from(memory.buffer, BLOCK_AT, BLOCK);
  const places = new Int32Array(memory.buffer);
  const holds = createVerifier(sieve, bytes);

  return {
    bytes,
    scan(from, to, found) {
      lines.value = 0;
      start.value = BLOCK_AT + from;
      next.value = BLOCK_AT + from;
      /** The lines in front of this place are dealt with. */
      let done = from;

      function candidate(at: number, linesBefore: number, vector: number) {
        const lineStart = Math.max(bytes.lastIndexOf(NEWLINE, at) + 1, from);
        const newline = bytes.indexOf(NEWLINE, at);
        const end = newline < 0 || newline > to ? to : newline;
        let line = linesBefore;
        for (let i = Math.max(vector, from); i < lineStart; i++) if (bytes[i] === NEWLINE) line++;
        done = end + 1;
        found(lineStart, end, line);
      }

      while (next.value < BLOCK_AT + to) {
        const end = scan(BLOCK_AT + from, BLOCK_AT + to, LONG_LINE) >>> 2;
        for (let i = PLACES >>> 2; i < end; i += 2) {
          const at = (places[i] ?? 0) - BLOCK_AT;
          if (at < done) continue;
          const note = places[i + 1] ?? 0;
          if (note & 1 || holds(at & ~3, from, to) || changesText(bytes, at, to) || escapeAt(bytes, at))
            candidate(at, note >>> 1, at & ~15);
        }
      }
      const rest = start.value - BLOCK_AT;
      if (rest >= to) return lines.value;
      if (rest >= done && to - rest >= LONG_LINE) found(rest, to, lines.value);
      return lines.value + 1;
    },
  };
}
