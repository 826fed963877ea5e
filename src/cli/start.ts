// The first lines of the built file: what is asked most briefly is answered here, anything else by the program behind.
import { openAttached } from '../node/attached.ts';
import { isPiped } from '../node/sources.ts';
import { printTo } from './print.ts';
import { VERSION } from './version.ts';

const [argument, ...others] = process.argv.slice(2);
const alone = others.length === 0 ? argument : undefined;
const print = printTo(1, () => process.exit(0));
if (alone === '--version' || alone === '-V') print(`${VERSION}\n`);
else {
  const attached = openAttached();
  if (!attached) throw new Error('start.ts is the beginning of the built file: npm run build');
  // The width of this help is that of a pipe; a terminal has its own.
  if ((alone === '--help' || alone === '-h') && isPiped(1))
    print(JSON.parse(attached.read('help')) as string);
  else await (attached.run('main', { packed: false }) as typeof import('./main.ts')).main();
}
