// The first lines of the built file: what is asked most briefly is answered here, anything else by the program behind.
import { openAttached } from '../node/attached.ts';
import { isPiped } from '../node/is-piped.ts';
import { printTo } from './print.ts';
import { VERSION } from './version.ts';

/** What --help prints where there is no terminal. */
declare const PT_DOCTOR_HELP: string;

const [argument, ...others] = process.argv.slice(2);
const alone = others.length === 0 ? argument : undefined;
const print = printTo(1, () => process.exit(0));
if (alone === '--version' || alone === '-V') print(`${VERSION}\n`);
// The width of this help is that of a pipe; a terminal has its own.
else if ((alone === '--help' || alone === '-h') && isPiped(1)) print(PT_DOCTOR_HELP);
else {
  const attached = openAttached();
  if (!attached) throw new Error('start.ts is the beginning of the built file: npm run build');
  await (attached.run('main', { packed: false }) as typeof import('./main.ts')).main();
}
