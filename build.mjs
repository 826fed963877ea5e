// Builds dist/: the program as one file. In front lies the code that `dmesg | pt-doctor` needs; behind it, in a comment that
// costs Node nothing, lie the rules and the rest of the program, read when they are asked for.
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import { buildKernel } from './build-kernel.mjs';
import { buildPage } from './build-page.mjs';

const common = { bundle: true, platform: 'node', target: 'node20', legalComments: 'none', charset: 'ascii' };

/** Node 20 runs no TypeScript: what the build itself needs of the sources is bundled first. */
async function sources(name, contents) {
  const outfile = new URL(`dist/.build/${name}.mjs`, import.meta.url).pathname;
  await build({
    ...common,
    stdin: { contents, resolveDir: '.' },
    outfile,
    format: 'esm',
    packages: 'external',
  });
  return import(outfile);
}

const {
  STYLE,
  packRules,
  loadRules,
  showFault,
  prepare,
  createSieve,
  packShelf,
  asciiJson,
  commandNames,
  createDoctor,
  commandsFor,
} = await sources(
  'sources',
  `export * from './src/node/rule-files.ts';
   export * from './src/core/rules/packed.ts';
   export * from './src/core/rules/shelf.ts';
   export * from './src/core/engine/prepare.ts';
   export { createSieve } from './src/core/engine/sieve.ts';
   export { STYLE } from './src/core/report/style.ts';
   export { createDoctor } from './src/core/engine/doctor.ts';
   export { commandsFor } from './src/core/fix/commands.ts';
   export { commandNames } from './src/cli/program.ts';`,
);

/** A program with the rules of `base` in it, as text. */
export async function bundle(base) {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const prepared = prepare(base.rules);
  const { index, signs, records } = packShelf(base, prepared);
  const { bytes } = createSieve(prepared.literals);
  const constants = {
    PT_DOCTOR_VERSION: JSON.stringify(version),
    PT_DOCTOR_COMMANDS: JSON.stringify(commandNames({}).join(' ')),
    PT_DOCTOR_BUILT: 'true',
    PT_DOCTOR_KERNEL: JSON.stringify((await buildKernel()).toString('base64')),
  };
  const whole = await build({
    ...common,
    entryPoints: ['src/cli/program.ts'],
    write: false,
    format: 'cjs',
    minify: true,
    // Node's own modules are required; compileFunction would need a flag for import().
    supported: { 'dynamic-import': false },
    define: { ...constants, PT_DOCTOR_ATTACHED: 'attachedTable', 'import.meta.url': 'attachedUrl' },
  });
  const library = async (contents) => {
    const stdin = { contents, resolveDir: '.' };
    const built = await build({ ...common, stdin, write: false, format: 'cjs', minify: true });
    return asciiJson(built.outputFiles[0].text);
  };
  const parts = {
    program: asciiJson(whole.outputFiles[0].text),
    table: await library("export { default } from 'cli-table3';"),
    chalk: await library("export { Chalk } from 'chalk';"),
    records,
    sieve: Buffer.from(bytes).toString('base64'),
    signs: asciiJson(signs),
    index: asciiJson(index),
  };
  const end = '*/\n';
  const places = {};
  let distance = end.length;
  for (const [name, text] of Object.entries(parts).reverse()) {
    distance += text.length + 1;
    places[name] = [distance, text.length];
  }
  const quick = await build({
    ...common,
    entryPoints: ['src/cli/main.ts'],
    write: false,
    format: 'esm',
    minify: true,
    banner: { js: '#!/usr/bin/env node' },
    define: { ...constants, PT_DOCTOR_ATTACHED: JSON.stringify(places) },
    plugins: [attachRest],
  });
  const code = quick.outputFiles[0].text;
  if (code.includes('\u0000')) throw new Error('the code holds a NUL');
  return `${code.trimEnd()}\n/*\n${Object.values(parts)
    .map((text) => `${text}\n`)
    .join('')}${end}`;
}

/** Code that lies behind: what asks for it in the quick part, and what it takes from it. */
const BEHIND = {
  program: {
    filter: /\/program\.ts$/,
    exports: 'export const { runProgram, commandNames } = module.exports;',
  },
  table: { filter: /^cli-table3$/, exports: 'export default module.exports.default;' },
  chalk: { filter: /^chalk$/, exports: 'export const { Chalk } = module.exports;' },
};

const attachRest = {
  name: 'attach-rest',
  setup({ onResolve, onLoad }) {
    for (const [name, { filter, exports }] of Object.entries(BEHIND)) {
      onResolve({ filter }, ({ kind }) =>
        kind === 'dynamic-import' ? { path: name, namespace: `behind-${name}` } : undefined,
      );
      onLoad({ filter: /.*/, namespace: `behind-${name}` }, () => ({
        resolveDir: '.',
        contents: `import { openAttached } from './src/node/attached.ts';
          const { compileFunction } = process.getBuiltinModule('node:vm');
          const { createRequire } = process.getBuiltinModule('node:module');
          const code = JSON.parse(openAttached().read('${name}'));
          const module = { exports: {} };
          const names = ['module', 'exports', 'require', 'attachedTable', 'attachedUrl'];
          compileFunction(code, names, { filename: 'pt-doctor-${name}.cjs' })
            (module, module.exports, createRequire(import.meta.url), PT_DOCTOR_ATTACHED, import.meta.url);
          ${exports}`,
      }));
    }
    // Reports to post, hosts and bundles are for the whole program only.
    onResolve({ filter: /\/(?:share|examine|bundle)\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: 'share', namespace: 'absent' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'absent' }, () => ({
      contents: 'throw new Error("not in the quick part")',
    }));
    // An import of node:fs makes Node touch all that fs has, streams among it; asked for in this way it does not.
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: 'builtin' }));
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('${path}');`,
    }));
  },
};

/** What the rules find in a log when each line goes the whole way: the slow reference of the bench. */
export function reference(base, bytes) {
  const doctor = createDoctor({ base, commandsFor });
  doctor.source('log');
  for (const line of bytes.toString('utf8').replace(/\n$/, '').split('\n')) doctor.line(line);
  return doctor.finish().input;
}

/** The rules of rules/, or the end of the build with every fault told. */
export async function builtinBase() {
  const { base, faults } = await loadRules('rules');
  if (faults.length === 0) return base;
  for (const fault of faults) console.error(showFault(fault));
  process.exit(2);
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const base = await builtinBase();
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  writeFileSync('dist/pt-doctor.mjs', await bundle(base));
  chmodSync('dist/pt-doctor.mjs', 0o755);
  writeFileSync('dist/index.html', await buildPage({ packed: packRules(base), style: STYLE, version }));
}
