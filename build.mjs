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
   export { STYLE } from './src/core/report/style.ts';
   export { createDoctor } from './src/core/engine/doctor.ts';
   export { commandsFor } from './src/core/fix/commands.ts';
   export { commandNames } from './src/cli/program.ts';`,
);

/** A program with the rules of `base` in it, as text. */
export async function bundle(base) {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const prepared = prepare(base.rules);
  const { index, records } = packShelf(base, prepared);
  const { tables, words, formOf, offsets } = prepared.sieve;
  const sieve = Buffer.concat([tables, words, formOf, offsets].map((a) => Buffer.from(a.buffer)));
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
  const parts = {
    program: asciiJson(whole.outputFiles[0].text),
    records,
    sieve: sieve.toString('base64'),
    index: asciiJson(index),
  };
  const end = '*/\n';
  const table = {};
  let distance = end.length;
  for (const [name, text] of Object.entries(parts).reverse()) {
    distance += text.length + 1;
    table[name] = [distance, text.length];
  }
  const quick = await build({
    ...common,
    entryPoints: ['src/cli/main.ts'],
    write: false,
    format: 'esm',
    minify: true,
    banner: { js: '#!/usr/bin/env node' },
    define: { ...constants, PT_DOCTOR_ATTACHED: JSON.stringify(table) },
    plugins: [attachProgram],
  });
  const code = quick.outputFiles[0].text;
  if (code.includes('\u0000')) throw new Error('the code holds a NUL');
  return `${code.trimEnd()}\n/*\n${Object.values(parts)
    .map((text) => `${text}\n`)
    .join('')}${end}`;
}

/** Where the quick part asks for the whole program, it is taken from behind. */
const attachProgram = {
  name: 'attach-program',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\/program\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: 'program', namespace: 'attached' } : undefined,
    );
    // Reports to post, hosts and bundles are for the whole program only.
    onResolve({ filter: /\/(?:share|examine|bundle)\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: 'share', namespace: 'absent' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'absent' }, () => ({
      contents: 'throw new Error("not in the quick part")',
    }));
    onLoad({ filter: /.*/, namespace: 'attached' }, () => ({
      resolveDir: '.',
      contents: `import { compileFunction } from 'node:vm';
        import { createRequire } from 'node:module';
        import { openAttached } from './src/node/attached.ts';
        const code = JSON.parse(openAttached().read('program'));
        const module = { exports: {} };
        compileFunction(code, ['module', 'exports', 'require', 'attachedTable', 'attachedUrl'], { filename: 'pt-doctor-program.cjs' })
          (module, module.exports, createRequire(import.meta.url), PT_DOCTOR_ATTACHED, import.meta.url);
        export const { runProgram, commandNames } = module.exports;`,
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
