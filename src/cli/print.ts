// Text to standard output by its descriptor: the streams that Node makes for it take longer to load than a report takes.
import { writeSync } from 'node:fs';
import { UserError } from '../core/user-error.ts';
import { reason } from '../node/reason.ts';

/** Milliseconds until a reader that is slow is asked again. */
const PAUSE = 5;

/** Writes all of a text to `fd`. A reader that has seen enough (`pt-doctor | head`) is no error: `closed` is called. */
export function printTo(fd: number, closed: () => never): (text: string) => void {
  return (text) => {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; ) {
      try {
        at += writeSync(fd, bytes, at);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EPIPE') closed();
        if (code !== 'EAGAIN')
          throw new UserError(
            `the report could not be written: ${reason(error)}`,
            'What stands there is not all of it.',
            3,
          );
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
      }
    }
  };
}
