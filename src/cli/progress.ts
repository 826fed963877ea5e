// One line on stderr for what takes longer than a second, on a terminal only, and gone again before anything else is printed.
import { sanitize } from '../core/text/sanitize.ts';
import type { Context } from './context.ts';

export interface ProgressLine {
  say(doing: string): void;
  /** Takes the line away. Safe to call more than once. */
  end(): void;
}

const DELAY = 1000;

/** A progress line that shows what was said last, once a second has passed. */
function progressLine(context: Pick<Context, 'stderr' | 'stderrIsTty' | 'columns' | 'now'>): ProgressLine {
  if (!context.stderrIsTty) return { say: () => {}, end: () => {} };
  let doing = '';
  let shown = false;
  const began = context.now();
  const show = () => {
    shown = true;
    const seconds = Math.round((context.now() - began) / 1000);
    context.stderr.write(`\r\x1b[K${sanitize(`${doing} ... ${seconds} s`).slice(0, context.columns - 1)}`);
  };
  const timer = setInterval(show, DELAY);
  timer.unref();
  return {
    say(text) {
      doing = text;
      if (shown) show();
    },
    end() {
      clearInterval(timer);
      if (shown) context.stderr.write('\r\x1b[K');
      shown = false;
    },
  };
}

/** Runs `work` with a progress line that is gone when it ends, however it ends; Ctrl-C takes it away too. */
export async function withProgress<T>(
  context: Context,
  work: (say: (doing: string) => void) => Promise<T>,
): Promise<T> {
  const line = progressLine(context);
  const interrupted = () => {
    line.end();
    // The handler is gone by now: the program ends as Ctrl-C ends any, without waiting for reads that hang.
    process.kill(process.pid, 'SIGINT');
  };
  process.once('SIGINT', interrupted);
  try {
    return await work((doing) => line.say(doing));
  } finally {
    process.off('SIGINT', interrupted);
    line.end();
  }
}
