// Reads logs for the doctor: blocks of bytes go through the gate, only candidate lines are decoded. Memory stays flat.
import type { Near } from '../core/engine/excerpt.ts';
import { BLOCK, type Gate, openGate } from '../core/engine/gate.ts';
import { noLog } from '../core/text/encoding.ts';
import { UserError } from '../core/user-error.ts';
import { type ByteSource, decodedSource, inCommand } from './sources.ts';

/** Of a line without end only this much is kept; the rest is read and forgotten. */
const MAX_LINE = 64 * 1024;
/** So many lines around a candidate are at hand for an excerpt, as long as they are no longer than KEPT bytes together. */
const AROUND = 12;
const KEPT = 32 * 1024;
/** While the sink wants all lines, so many of those between two candidates pass the gate. */
const SAMPLE = 64;
const NEWLINE = 10;

export interface LineSink {
  line(raw: string, near: Near, held: readonly number[] | undefined): void;
  skip(count: number): void;
  readonly maySkip: boolean;
}

export interface ReadInput {
  readonly bytes: number;
  /** All of it, when that was asked for and is plain text. */
  readonly text?: string;
}

/** Refuses what is no text, by its first bytes. */
function mustBeLog(first: Uint8Array, name: string): void {
  const format = noLog(first);
  if (format)
    throw new UserError(`${name}: this is ${format.what}`, format.instead.replace('{file}', inCommand(name)));
}

/**
 * Reads `source` to its end, closes it and gives its lines to `sink`; what the gate leaves out is only counted. A text of at most
 * `small` bytes, which is less than a block, is answered too.
 */
export async function readLog(
  source: ByteSource,
  name: string,
  gate: Gate<Buffer>,
  sink: LineSink,
  small = 0,
): Promise<ReadInput> {
  try {
    return await readBlocks(source, name, gate, sink, small);
  } finally {
    source.close();
  }
}

async function readBlocks(
  plain: ByteSource,
  name: string,
  gate: Gate<Buffer>,
  sink: LineSink,
  small: number,
): Promise<ReadInput> {
  const block = gate.bytes;
  let source = plain;
  let total = 0;
  /** Bytes from here on have not been given to the sink; those before are kept for excerpts. */
  let from = 0;
  /** The block is filled up to here. */
  let end = 0;
  let last = false;

  let checked = false;

  /** Reads until the block is full or the source at its end. */
  async function fill() {
    while (!last && end < block.length) {
      const answer = source.read(block, end, block.length - end);
      const count = typeof answer === 'number' ? answer : await answer;
      last = count === 0;
      end += count;
      total += count;
      if (checked || (end < 4 && !last)) continue;
      checked = true;
      const decoded = decodedSource(source, block.subarray(0, end), name);
      if (!decoded) continue;
      source = decoded;
      last = false;
      end = 0;
      total = 0;
    }
  }

  /** Forgets what follows `keep` up to the end of its line. */
  async function forget(keep: number) {
    do {
      end = keep;
      await fill();
      const newline = block.indexOf(NEWLINE, keep);
      if (newline < 0 || newline >= end) continue;
      block.copyWithin(keep, newline, end);
      end -= newline - keep;
      return;
    } while (!last);
    end = keep;
  }

  const near: Near = (first, until) => {
    const lines: string[] = [];
    if (first < 0) {
      let stop = at - 1;
      for (let step = -1; step >= first && stop >= 0; step--) {
        const start = stop === 0 ? 0 : block.lastIndexOf(NEWLINE, stop - 1) + 1;
        if (step <= until) lines.unshift(text(start, stop));
        stop = start - 1;
      }
      return lines;
    }
    let start = atEnd + 1;
    for (let step = 1; step <= until && start < end; step++) {
      const newline = block.indexOf(NEWLINE, start);
      const stop = newline < 0 || newline >= end ? end : newline;
      if (stop === end && !last) break;
      if (step >= first) lines.push(text(start, stop));
      start = stop + 1;
    }
    return lines;
  };
  // The line at hand, for `near`.
  let at = 0;
  let atEnd = 0;

  const text = (start: number, stop: number) =>
    block.toString('utf8', start, Math.min(stop, start + MAX_LINE));
  function give(start: number, stop: number, held: readonly number[] | undefined) {
    at = start;
    atEnd = stop;
    sink.line(text(start, stop), near, held);
  }

  /** Gives some of `count` lines from `start` on, which hold no literal, while the sink wants all; the rest only count. */
  function pass(start: number, to: number, count: number) {
    let next = start;
    let given = 0;
    for (; given < Math.min(count, SAMPLE) && !sink.maySkip; given++) {
      const newline = block.indexOf(NEWLINE, next);
      const stop = newline < 0 || newline >= to ? to : newline;
      give(next, stop, []);
      next = stop + 1;
    }
    if (count > given) sink.skip(count - given);
  }

  await fill();
  mustBeLog(block.subarray(0, end), name);
  const first = block.subarray(0, end);
  const kept = last && end <= small && !first.includes(0) ? { text: first.toString('utf8') } : {};
  for (;;) {
    await fill();
    let to = end;
    if (!last) {
      // Lines behind the last candidates of the block are held back: an excerpt needs them.
      to = block.lastIndexOf(NEWLINE, end - 1) + 1;
      for (let i = 0; i < AROUND && to > from + 1; i++) {
        const earlier = block.lastIndexOf(NEWLINE, to - 2) + 1;
        if (earlier <= from || end - earlier > KEPT) break;
        to = earlier;
      }
    }
    if (to > from) {
      let given = 0;
      let next = from;
      const count = gate.scan(from, to, (first, stop, line, held) => {
        pass(next, to, line - given);
        given = line + 1;
        next = stop + 1;
        give(first, stop, held);
      });
      pass(next, to, count - given);
    } else if (!last) {
      // A line longer than the block: only its beginning is kept.
      await forget(from + MAX_LINE);
      continue;
    }
    if (last && to === end) break;
    let keep = to;
    for (let i = 0; i < AROUND && keep > 0; i++) {
      const earlier = keep === 1 ? 0 : block.lastIndexOf(NEWLINE, keep - 2) + 1;
      if (to - earlier > KEPT) break;
      keep = earlier;
    }
    block.copyWithin(0, keep, end);
    from = to - keep;
    end -= keep;
  }
  return { bytes: total, ...kept };
}

/** Calls `onLine` for each line of `source`. */
export async function eachLine(
  source: ByteSource,
  name: string,
  onLine: (line: string) => void,
): Promise<void> {
  const sink: LineSink = { line: onLine, skip: () => undefined, maySkip: true };
  await readLog(source, name, openGate(newBlock()), sink);
}

/** Memory for a gate, not of the pool: it is read as 32-bit words. */
export const newBlock = (): Buffer => Buffer.allocUnsafeSlow(BLOCK);
