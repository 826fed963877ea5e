// Builds dist/: the program as one file, what V8 made of it beside it, and the web page. `npm run build` calls it.
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { builtinBase, bundle } from './bundle.mjs';
import { buildPage } from './page.mjs';
import { packRules, STYLE } from './sources.mjs';

const PROGRAM = 'dist/pt-doctor.mjs';
const CACHE = 'dist/pt-doctor.cache';

const base = await builtinBase();
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
rmSync(CACHE, { force: true });
writeFileSync(PROGRAM, await bundle(base));
chmodSync(PROGRAM, 0o755);
writeFileSync('dist/index.html', await buildPage({ packed: packRules(base), style: STYLE, version }));

// A run on a log of the fixtures shows V8 which functions a diagnosis needs.
const { status, stderr } = spawnSync(process.execPath, ['packaging/code-cache.mjs', PROGRAM, CACHE], {
  input: readFileSync('fixtures/cases/um560-d3cold/dmesg.log'),
  encoding: 'utf8',
});
if (status !== 0) throw new Error(`no code cache: ${stderr}`);
