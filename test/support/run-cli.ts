// Runs the command line in process, with streams of the test's own.
import { PassThrough, Readable, Writable } from 'node:stream';
import type { Context } from '../../src/cli/context.ts';
import { run } from '../../src/cli/run.ts';
import { ROOT } from './rule-base.ts';

export interface Ran {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions extends Partial<Omit<Context, 'stdin'>> {
  /** What is piped in; without it stdin is a terminal. */
  readonly input?: string | Buffer;
  /** What a person types at that terminal; then it is closed, as by Ctrl-D. */
  readonly typed?: string;
}

function collector(): { stream: Writable; text: () => string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString('utf8') };
}

function stdinOf(input: string | Buffer | undefined, typed: string | undefined): Context['stdin'] {
  if (input === undefined) {
    const terminal = new PassThrough();
    if (typed !== undefined) terminal.end(typed);
    return Object.assign(terminal, { isTTY: true });
  }
  const bytes = Buffer.from(input);
  return Readable.from(bytes.length > 0 ? [bytes] : [], { objectMode: false });
}

export async function cli(
  args: readonly string[],
  { input, typed, ...context }: RunOptions = {},
): Promise<Ran> {
  const out = collector();
  const err = collector();
  const stdout = context.stdout ?? out.stream;
  const exit = await run(args, {
    stdin: stdinOf(input, typed),
    print: (text) => void stdout.write(text),
    stdout,
    stderr: err.stream,
    env: {},
    cwd: ROOT,
    columns: 100,
    stdoutIsTty: false,
    stderrIsTty: false,
    color: false,
    platform: 'none',
    now: () => Date.UTC(2026, 0, 1),
    ...context,
  });
  return { exit, stdout: out.text(), stderr: err.text() };
}
