// The executable: hands the process over to `run` and sets the exit code.
import { run } from './run.ts';

const { stdout } = process;
// A reader that has seen enough (`pt-doctor | head`) is no error.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

process.exitCode = await run(process.argv.slice(2), {
  // Node makes these streams when they are first asked for, which takes a while: a pipe is read by its descriptor.
  get stdin() {
    return process.stdin;
  },
  stdinFd: 0,
  stdout,
  get stderr() {
    return process.stderr;
  },
  env: process.env,
  cwd: process.cwd(),
  columns: stdout.columns ?? 100,
  stdoutIsTty: stdout.isTTY === true,
  get stderrIsTty() {
    return process.stderr.isTTY === true;
  },
  color: stdout.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb',
  platform: process.platform,
  now: Date.now,
});
