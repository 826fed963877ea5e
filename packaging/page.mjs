// Builds the web page: one file with its program and the rules as gzip, its scripts and style held by the hashes of its own policy.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { build, transform } from 'esbuild';
import { packRules, STYLE, toBase85 } from './sources.mjs';

/** Logs to try on the page. */
const EXAMPLES = [
  ['a device stuck in D3cold', 'fixtures/cases/um560-d3cold', ['dmesg.log', 'task.log', 'lspci.txt']],
  ['a group that is not viable', 'fixtures/reports/group-shared', ['journal.log', 'vm.conf', 'lspci.txt']],
];

const read = (path) => readFileSync(path, 'utf8');
/** Less memory makes shorter blocks, whose codes fit the lists of the rules better. */
const pack = (text) => toBase85(gzipSync(text, { level: 9, memLevel: 6 }));
const hash = (text) => `sha256-${createHash('sha256').update(text).digest('base64')}`;

/** The page with the rules of `base` in it, as text. */
export async function buildPage(base) {
  const { version } = JSON.parse(read('package.json'));
  const examples = EXAMPLES.map(([name, folder, files]) => ({
    name,
    files: Object.fromEntries(files.map((file) => [file, read(`${folder}/${file}`)])),
  }));
  const css = await transform(`${STYLE}${read('src/web/page.css')}`, { loader: 'css', minify: true });
  const bundle = async (entry, define) => {
    const { outputFiles } = await build({
      entryPoints: [entry],
      bundle: true,
      platform: 'browser',
      target: 'es2023',
      format: 'iife',
      charset: 'utf8',
      minify: true,
      legalComments: 'none',
      write: false,
      define,
    });
    return outputFiles[0].text.trim();
  };
  const start = await bundle('src/web/start.ts');
  const program = await bundle('src/web/main.ts', {
    PT_DOCTOR_VERSION: JSON.stringify(version),
    PT_DOCTOR_EXAMPLES: JSON.stringify(JSON.stringify(examples)),
  });
  const parts = {
    START: start,
    START_HASH: hash(start),
    PROGRAM: pack(program),
    PROGRAM_HASH: hash(program),
    STYLE: css.code,
    STYLE_HASH: hash(css.code),
    RULES: pack(JSON.stringify(packRules(base))),
  };
  return read('src/web/page.html').replace(/%([A-Z_]+)%/g, (_, name) => parts[name]);
}
