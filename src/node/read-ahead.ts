// A long pipe is read by a thread beside the one that looks for candidates: a pipe holds 64 KB, so a single thread and the program
// that writes would wait for each other in turns.
import { Worker } from 'node:worker_threads';

/** The ring that is shared: so many slots of SLOT bytes, each with a number beside it. */
const SLOTS = 2;
const SLOT = 1024 * 1024;
/** The number beside a slot: how many bytes it holds, or one of these. */
const EMPTY = 0;
const STOPPED = -1;

interface Ring {
  readonly fd: number;
  readonly bytes: SharedArrayBuffer;
  readonly counts: SharedArrayBuffer;
  readonly slots: number;
  readonly size: number;
}

/** What the thread runs. It is handed over as text, so it uses nothing of this file. */
function fillRing({ readSync }: typeof import('node:fs'), ring: Ring) {
  const { fd, slots, size } = ring;
  const counts = new Int32Array(ring.counts);
  for (let turn = 0; ; turn = (turn + 1) % slots) {
    for (let held = Atomics.load(counts, turn); held !== 0; held = Atomics.load(counts, turn)) {
      if (held < 0) return;
      Atomics.wait(counts, turn, held);
    }
    const slot = new Uint8Array(ring.bytes, turn * size, size);
    let count = 0;
    let last = false;
    while (!last && count < size) {
      let read = 0;
      try {
        read = readSync(fd, slot, count, size - count, null);
      } catch {
        // Whoever reads on without the thread meets the same error.
      }
      count += read;
      last = read === 0;
    }
    Atomics.store(counts, turn, count || -1);
    Atomics.notify(counts, turn);
    if (count === 0) return;
  }
}

export interface ReadAhead {
  /** Reads up to `length` bytes into `into` at `at`; 0 when the thread has stopped, at the end or at an error: read on without it. */
  read(into: Uint8Array, at: number, length: number): number;
  close(): void;
}

/** Starts a thread that reads `fd`, which must block (a pipe), some 1 MB ahead. */
export function startReadAhead(fd: number): ReadAhead {
  const bytes = new SharedArrayBuffer(SLOTS * SLOT);
  const counts = new Int32Array(new SharedArrayBuffer(SLOTS * Int32Array.BYTES_PER_ELEMENT));
  const ring: Ring = { fd, bytes, counts: counts.buffer, slots: SLOTS, size: SLOT };
  const thread = new Worker(
    `(${fillRing})(process.getBuiltinModule('node:fs'), require('node:worker_threads').workerData)`,
    {
      eval: true,
      workerData: ring,
      resourceLimits: { maxYoungGenerationSizeMb: 1 },
    },
  );
  thread.unref();
  let turn = 0;
  let taken = 0;
  return {
    read(into, at, length) {
      Atomics.wait(counts, turn, EMPTY);
      const count = Atomics.load(counts, turn);
      if (count === STOPPED) return 0;
      const part = Math.min(length, count - taken);
      into.set(new Uint8Array(bytes, turn * SLOT + taken, part), at);
      taken += part;
      if (taken === count) {
        Atomics.store(counts, turn, EMPTY);
        Atomics.notify(counts, turn);
        taken = 0;
        turn = (turn + 1) % SLOTS;
      }
      return part;
    },
    close() {
      // The thread ends when it next waits for a slot, or with the program.
      counts.fill(STOPPED);
      for (let slot = 0; slot < SLOTS; slot++) Atomics.notify(counts, slot);
    },
  };
}
