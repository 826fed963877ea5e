// Builds the web page: one file with the rules as gzip, its script and style held by the hashes of its own policy.
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
const hash = (text) => `sha256-${createHash('sha256').update(text).digest('base64')}`;

/** The page with the rules of `base` in it, as text. */
export async function buildPage(base) {
  const { version } = JSON.parse(read('package.json'));
  const examples = EXAMPLES.map(([name, folder, files]) => ({
    name,
    files: Object.fromEntries(files.map((file) => [file, read(`${folder}/${file}`)])),
  }));
  const css = await transform(`${STYLE}${read('src/web/page.css')}`, { loader: 'css', minify: true });
  const script = await build({
    entryPoints: ['src/web/main.ts'],
    bundle: true,
    platform: 'browser',
    target: 'es2023',
    format: 'iife',
    charset: 'utf8',
    minify: true,
    legalComments: 'none',
    write: false,
    define: {
      PT_DOCTOR_VERSION: JSON.stringify(version),
      PT_DOCTOR_EXAMPLES: JSON.stringify(JSON.stringify(examples)),
    },
  });
  // Neither may stand in a script element.
  const code = script.outputFiles[0].text
    .trim()
    .replaceAll('</script', '<\\/script')
    .replaceAll('<!--', '<\\!--');
  const parts = {
    SCRIPT: code,
    SCRIPT_HASH: hash(code),
    STYLE: css.code,
    STYLE_HASH: hash(css.code),
    RULES: toBase85(gzipSync(JSON.stringify(packRules(base)), { level: 9 })),
  };
  return read('src/web/page.html').replace(/%([A-Z_]+)%/g, (_, name) => parts[name]);
}
