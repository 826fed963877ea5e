// Texts and files in, a Result out: the same core as the command line. Runs in the page for what is small and in a worker
// for what is large; a file is read as a stream, so that its size is no matter.
import { PASTE_BYTES } from '../core/engine/by-words.ts';
import { createDoctor, type Doctor } from '../core/engine/doctor.ts';
import { FILE_UNREAD } from '../core/engine/notices.ts';
import { reread } from '../core/engine/reread.ts';
import { commandsFor } from '../core/fix/commands.ts';
import { bundleMaterial } from '../core/host/bundle.ts';
import { isTar, untar } from '../core/host/untar.ts';
import type { Notice, Result, RuleBase } from '../core/model.ts';
import { encodingOf, noLog } from '../core/text/encoding.ts';

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

/** The bytes of a file, gzip opened by its content. */
async function bytesOf(blob: Blob): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const head = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
  return encodingOf(head) === 'gzip'
    ? blob.stream().pipeThrough(new DecompressionStream('gzip'))
    : blob.stream();
}

/** What makes text of a file that begins with `first`; what holds no log is refused. */
function decoderFor(first: Uint8Array) {
  const encoding = encodingOf(first);
  if (encoding && encoding !== 'gzip') return new TextDecoder(encoding);
  const format = noLog(first);
  if (format) throw new Error(`this is ${format.what}`);
  return new TextDecoder();
}

/** The text of a file. */
export async function* fileText(blob: Blob): AsyncGenerator<string> {
  const reader = (await bytesOf(blob)).getReader();
  let decoder: ReturnType<typeof decoderFor> | undefined;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    decoder ??= decoderFor(next.value);
    yield decoder.decode(next.value, { stream: true });
  }
  yield decoder?.decode() ?? '';
}

/** Whether a file is a bundle of `pt-doctor collect`: a tarball, gzip opened. */
export async function isBundle(blob: Blob): Promise<boolean> {
  const reader = (await bytesOf(blob)).getReader();
  const head = new Uint8Array(512);
  let size = 0;
  while (size < head.length) {
    const next = await reader.read().catch(() => ({ done: true as const, value: undefined }));
    if (next.done || !next.value) break;
    const part = next.value.subarray(0, head.length - size);
    head.set(part, size);
    size += part.length;
  }
  await reader.cancel().catch(() => {});
  return isTar(head);
}

async function openBundle({ name, content }: Input) {
  if (typeof content === 'string' || !(await isBundle(content))) return undefined;
  const bytes = new Uint8Array(await new Response(await bytesOf(content)).arrayBuffer());
  const decoder = new TextDecoder();
  return bundleMaterial(
    untar(bytes, (part) => decoder.decode(part)),
    name,
  );
}

async function feed(doctor: Doctor, { name, content }: Input): Promise<void> {
  doctor.source(name);
  const lines = eachLine((line) => doctor.line(line));
  if (typeof content === 'string') lines.push(content);
  else for await (const text of fileText(content)) lines.push(text);
  lines.end();
}

/** Of several inputs one that cannot be read is a notice. */
export async function diagnose(base: RuleBase, inputs: readonly Input[]): Promise<Result> {
  // What is no bundle after all is read, or refused, as text.
  const opened = await Promise.all(inputs.map((input) => openBundle(input).catch(() => undefined)));
  const facts = opened.findLast((b) => b?.facts !== undefined)?.facts;
  const options = { base, commandsFor, ...(facts ? { facts } : {}) };
  const doctor = createDoctor(options);
  const unread: Notice[] = [];
  const miss = (text: string) => void unread.push({ code: FILE_UNREAD, text });
  let failed = 0;
  for (const [i, input] of inputs.entries()) {
    const bundle = opened[i];
    try {
      for (const text of bundle?.unread ?? []) miss(`${input.name}: ${text}`);
      if (bundle) for (const { name, text } of bundle.texts) await feed(doctor, { name, content: text });
      else await feed(doctor, input);
    } catch (error) {
      failed++;
      miss(`${input.name}: ${(error as Error).message}`);
    }
  }
  if (unread[0] && failed === inputs.length) throw new Error(unread[0].text);
  const result = doctor.finish();
  const texts = inputs.flatMap(({ name, content }) =>
    typeof content === 'string' ? [{ name, text: content }] : [],
  );
  const small = texts.reduce((sum, { text }) => sum + text.length, 0) <= PASTE_BYTES;
  const again = texts.length + failed === inputs.length && small;
  const read = again ? reread(result, texts, options) : result;
  return unread.length > 0 ? { ...read, notices: [...read.notices, ...unread] } : read;
}
