// Texts and files in, a Result out: the same core as the command line. Runs in the page for what is small and in a worker
// for what is large; a file is read as a stream, so that its size is no matter.
import { createDoctor, type Doctor } from '../core/engine/doctor.ts';
import { commandsFor } from '../core/fix/commands.ts';
import type { Result, RuleBase } from '../core/model.ts';

export interface Input {
  readonly name: string;
  readonly content: string | Blob;
}

/** What is diagnosed within the page; more goes to a worker, so that the page stays responsive. */
export const SMALL = 1_500_000;

export const sizeOf = ({ content }: Input) => (typeof content === 'string' ? content.length : content.size);

/** A line without end keeps only this much. */
const LONGEST = 64 * 1024;

/** Lines of the text, from any chunk to the next. */
export function eachLine(line: (text: string) => void): { push(text: string): void; end(): void } {
  let rest = '';
  return {
    push(text) {
      let start = 0;
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
        line(rest === '' ? text.slice(start, end) : rest + text.slice(start, end));
        rest = '';
        start = end + 1;
      }
      if (rest.length < LONGEST) rest += text.slice(start);
    },
    end() {
      if (rest !== '') line(rest);
      rest = '';
    },
  };
}

/** The text of a file, gzip opened by its content. */
export async function* fileText(blob: Blob): AsyncGenerator<string> {
  const head = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
  const zipped = head[0] === 0x1f && head[1] === 0x8b;
  const bytes = zipped ? blob.stream().pipeThrough(new DecompressionStream('gzip')) : blob.stream();
  const reader = bytes.pipeThrough(new TextDecoderStream()).getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
}

async function feed(doctor: Doctor, { name, content }: Input): Promise<void> {
  doctor.source(name);
  const lines = eachLine((line) => doctor.line(line));
  if (typeof content === 'string') lines.push(content);
  else for await (const text of fileText(content)) lines.push(text);
  lines.end();
}

export async function diagnose(base: RuleBase, inputs: readonly Input[]): Promise<Result> {
  const doctor = createDoctor({ base, commandsFor });
  for (const input of inputs) await feed(doctor, input);
  return doctor.finish();
}
