// What a command gets from the outside world, so that tests run the CLI in process with streams of their own.
import type { Readable, Writable } from 'node:stream';

export interface Context {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** The descriptor of standard input, when it may be read directly. */
  readonly stdinFd?: number;
  /** Text to standard output. */
  readonly print: (text: string) => void;
  /** Standard output as a stream, for what is no text. */
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Width of the terminal, or 100 when stdout is none. */
  readonly columns: number;
  readonly stdoutIsTty: boolean;
  readonly stderrIsTty: boolean;
  readonly color: boolean;
  /** `linux`, `darwin`, `win32`, ...: only a Linux host can be looked at. */
  readonly platform: string;
  /** Aborted when a command that runs until it is told to end shall end; Ctrl-C does the same. */
  readonly stop?: AbortSignal;
  /** Now, in milliseconds since the epoch. */
  readonly now: () => number;
}

/** Exit codes of the design: 0 nothing found, 1 findings or drift, 2 bad usage, 3 could not finish. */
export type ExitCode = 0 | 1 | 2 | 3;
