// Builds dist/: the program as one file, what V8 made of it beside it, and the web page. `npm run build` calls it.
import { readFileSync, writeFileSync } from 'node:fs';
import { builtinBase, writeProgram } from './bundle.mjs';
import { buildPage } from './page.mjs';
import { packRules, STYLE } from './sources.mjs';

const base = await builtinBase();
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
await writeProgram('dist/pt-doctor.mjs', base);
writeFileSync('dist/index.html', await buildPage({ packed: packRules(base), style: STYLE, version }));
