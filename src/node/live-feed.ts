// Chunks of running logs go through the gate line by line, at once: nothing waits for a block to fill.
import type { Gate } from '../core/engine/gate.ts';

const NEWLINE = 10;
/** Of a line without end only this much is kept. */
const MAX_LINE = 64 * 1024;

export interface FeedSink {
  line(raw: string, near: undefined, held: readonly number[] | undefined): void;
  skip(count: number): void;
  readonly maySkip: boolean;
}

export interface LiveFeed {
  /** Takes bytes of one log; each log has a name of its own, so that lines of two are never joined. */
  push(log: string, chunk: Buffer): void;
  /** Gives the begun line of a log that has ended. */
  end(log: string): void;
  /** How many lines went past the gate to the sink so far: something may have changed when it grows. */
  readonly candidates: number;
  readonly lines: number;
}

/** All logs share `gate`; `sink` sees their lines in the order in which they came. */
export function createLiveFeed(gate: Gate<Buffer>, sink: FeedSink): LiveFeed {
  const rests = new Map<string, Buffer>();
  let candidates = 0;
  let lines = 0;

  function give(bytes: Buffer, held?: readonly number[]) {
    candidates++;
    sink.line(bytes.toString('utf8', 0, Math.min(bytes.length, MAX_LINE)), undefined, held);
  }

  /** `bytes` are whole lines and fit into the gate. */
  function scan(bytes: Buffer) {
    let from = 0;
    while (from < bytes.length && !sink.maySkip) {
      const newline = bytes.indexOf(NEWLINE, from);
      const stop = newline < 0 ? bytes.length : newline;
      give(bytes.subarray(from, stop));
      lines++;
      from = stop + 1;
    }
    if (from >= bytes.length) return;
    const size = bytes.copy(gate.bytes, 0, from);
    let given = 0;
    const count = gate.scan(0, size, (first, stop, line, held) => {
      if (line > given) sink.skip(line - given);
      given = line + 1;
      give(gate.bytes.subarray(first, stop), held);
    });
    if (count > given) sink.skip(count - given);
    lines += count;
  }

  function push(log: string, chunk: Buffer) {
    const rest = rests.get(log);
    let bytes = rest && rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    while (bytes.length > 0) {
      const room = Math.min(bytes.length, gate.bytes.length);
      const to = bytes.lastIndexOf(NEWLINE, room - 1) + 1;
      if (to === 0) {
        const next = bytes.indexOf(NEWLINE);
        if (next < 0) break;
        scan(bytes.subarray(0, MAX_LINE));
        bytes = bytes.subarray(next + 1);
        continue;
      }
      scan(bytes.subarray(0, to));
      bytes = bytes.subarray(to);
    }
    // A copy: the chunk's memory is used again by whoever read it.
    rests.set(log, Buffer.from(bytes.subarray(0, gate.bytes.length)));
  }

  return {
    push,
    end(log) {
      const rest = rests.get(log);
      rests.delete(log);
      if (rest && rest.length > 0) scan(rest.subarray(0, MAX_LINE));
    },
    get candidates() {
      return candidates;
    },
    get lines() {
      return lines;
    },
  };
}
