// Builds dist/: the program, what it carries in a file beside it, and the web page. `npm run build` calls it.
import { writeFileSync } from 'node:fs';
import { builtinBase, writeProgram } from './bundle.mjs';
import { buildPage } from './page.mjs';

const base = await builtinBase();
await writeProgram('dist/pt-doctor.mjs', base);
writeFileSync('dist/index.html', await buildPage(base));
