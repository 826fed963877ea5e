// The first lines of the built program: what is asked most briefly is answered here, anything else by the program behind.
import { UserError } from '../core/user-error.ts';
import { openAttached } from '../node/attached.ts';
import { mayBeTerminal } from '../node/may-be-terminal.ts';
import { printTo } from './print.ts';
import { VERSION } from './version.ts';

/** What --help prints where there is no terminal. */
declare const PT_DOCTOR_HELP: string;

const [argument, ...others] = process.argv.slice(2);
const alone = others.length === 0 ? argument : undefined;
const print = printTo(1, () => process.exit(0));
if (alone === '--version' || alone === '-V') print(`${VERSION}\n`);
// The width of this help is that of a pipe; a terminal has its own.
else if ((alone === '--help' || alone === '-h') && !mayBeTerminal(1)) print(PT_DOCTOR_HELP);
else {
  try {
    const attached = openAttached();
    if (!attached) throw new Error('start.ts is the beginning of the built program: npm run build');
    await (attached.run('main', { packed: false }) as typeof import('./main.ts')).main();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    process.stderr.write(`pt-doctor: ${error.message}\n  ${error.hint}\n`);
    process.exitCode = error.exitCode;
  }
}
