// Hands the process over to `run` and sets the exit code.
import { mayBeTerminal } from '../node/may-be-terminal.ts';
import { printTo } from './print.ts';
import { run } from './run.ts';

/** Standard output as a stream. Node makes its streams when they are first asked for, which takes a while. */
function stream(): NodeJS.WriteStream {
  const { stdout } = process;
  if (stdout.listenerCount('error') === 0)
    stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit(0);
    });
  return stdout;
}

export async function main(): Promise<void> {
  const terminal = mayBeTerminal(1) ? stream() : undefined;
  process.exitCode = await run(process.argv.slice(2), {
    get stdin() {
      return process.stdin;
    },
    stdinFd: 0,
    print: terminal?.isTTY ? (text) => void terminal.write(text) : printTo(1, () => process.exit(0)),
    get stdout() {
      return stream();
    },
    get stderr() {
      return process.stderr;
    },
    env: process.env,
    cwd: process.cwd(),
    columns: terminal?.columns ?? 100,
    stdoutIsTty: terminal?.isTTY === true,
    get stderrIsTty() {
      return process.stderr.isTTY === true;
    },
    color: terminal?.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb',
    platform: process.platform,
    now: Date.now,
  });
}
