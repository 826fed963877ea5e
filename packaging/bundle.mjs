// The program as one file. Its first lines answer --version; behind them, in a comment that costs Node little, lie the code of
// the main job, the rules, and the rest of the program, each read when it is asked for.
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { buildKernel } from './kernel.mjs';
import {
  asciiJson,
  COMMON,
  commandNames,
  commandsFor,
  createDoctor,
  createSieve,
  literalsOf,
  loadRules,
  packShelf,
  preparedOf,
  runProgram,
  showFault,
} from './sources.mjs';

/** Code as a function of what attached.ts gives to it. */
const asFunction = (code) => `(function(module,exports,require,attachedTable,attachedUrl){${code}\n})`;

/** What only the whole program does; the code of the main job asks the whole program for it. */
const WHOLE_ONLY = /\/(?:share|examine|bundle)\.ts$/;
/** Code that lies behind the main job: what asks for it, and what it takes from it. */
const BEHIND = {
  program: { filter: /\/program\.ts$/, take: 'export const { runProgram, commandNames } =' },
  table: { filter: /^cli-table3$/, take: 'export const { default: Table } =', name: 'Table' },
  chalk: { filter: /^chalk$/, take: 'export const { Chalk } =' },
};

const behind = {
  name: 'behind',
  setup({ onResolve, onLoad }) {
    for (const [name, { filter, take, name: defaultName }] of Object.entries(BEHIND)) {
      onResolve({ filter }, ({ kind }) =>
        kind === 'dynamic-import' ? { path: name, namespace: `behind-${name}` } : undefined,
      );
      onLoad({ filter: /.*/, namespace: `behind-${name}` }, () => ({
        resolveDir: '.',
        contents: `import { openAttached } from './src/node/attached.ts';
          ${take} openAttached().run('${name}');
          ${defaultName ? `export default ${defaultName};` : ''}`,
      }));
    }
    onResolve({ filter: WHOLE_ONLY }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: 'absent', namespace: 'absent' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'absent' }, () => ({
      contents: 'throw new Error("not in the code of the main job")',
    }));
  },
};

/** An import of node:fs makes Node touch all that fs has, streams among it; asked for in this way it does not. */
const BUILTINS = {
  fs: 'closeSync, fstatSync, openSync, readFileSync, readSync, writeSync',
  module: 'createRequire',
  url: 'fileURLToPath',
  vm: 'Script',
};
const builtins = {
  name: 'builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path: path.slice(5), namespace: 'builtin' }));
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `export const { ${BUILTINS[path]} } = process.getBuiltinModule('node:${path}');`,
    }));
  },
};

/** What --help prints where there is no terminal. */
async function help() {
  let text = '';
  const print = (part) => {
    text += part;
  };
  await runProgram(['--help'], { columns: 100, print });
  return text;
}

/** A program with the rules of `base` in it, as text. */
async function bundle(base) {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const prepared = preparedOf(base);
  const { index, signs, records, rest } = packShelf(base, prepared);
  const literals = literalsOf(prepared);
  const sieve = createSieve(literals);
  if (!sieve) {
    const short = literals.filter((literal) => !createSieve([literal]));
    throw new Error(`too short for the gate: ${short.map((s) => JSON.stringify(s)).join(', ')}`);
  }
  const define = {
    PT_DOCTOR_VERSION: JSON.stringify(version),
    PT_DOCTOR_COMMANDS: JSON.stringify(commandNames({}).join(' ')),
    PT_DOCTOR_BUILT: 'true',
    PT_DOCTOR_KERNEL: JSON.stringify((await buildKernel()).toString('base64')),
  };
  const code = async (options) => {
    const built = await build({
      ...COMMON,
      ...options,
      write: false,
      format: 'cjs',
      minify: true,
      supported: { 'dynamic-import': false },
      define: { ...define, PT_DOCTOR_ATTACHED: 'attachedTable', 'import.meta.url': 'attachedUrl' },
    });
    return asciiJson(asFunction(built.outputFiles[0].text));
  };
  const library = (contents) => code({ stdin: { contents, resolveDir: '.' } });
  const packed = (text) => gzipSync(text, { level: 9 }).toString('base64');
  const parts = {
    program: packed(await code({ entryPoints: ['src/cli/program.ts'] })),
    table: packed(await library("export { default } from 'cli-table3';")),
    chalk: packed(await library("export { Chalk } from 'chalk';")),
    rest: packed(asciiJson(rest)),
    records,
    signs: asciiJson(signs),
    sieve: Buffer.from(sieve.bytes).toString('base64'),
    main: await code({ entryPoints: ['src/cli/main.ts'], plugins: [behind] }),
    index: asciiJson(index),
  };
  const end = '*/\n';
  const places = {};
  let distance = end.length;
  for (const [name, text] of Object.entries(parts).reverse()) {
    distance += text.length + 1;
    places[name] = [distance, text.length];
  }
  const start = await build({
    ...COMMON,
    entryPoints: ['src/cli/start.ts'],
    write: false,
    format: 'esm',
    minify: true,
    banner: { js: '#!/usr/bin/env node' },
    define: {
      ...define,
      PT_DOCTOR_ATTACHED: JSON.stringify(places),
      PT_DOCTOR_HELP: JSON.stringify(await help()),
    },
    plugins: [builtins],
  });
  const first = start.outputFiles[0].text.trimEnd();
  return `${first}\n/*\n${Object.values(parts)
    .map((text) => `${text}\n`)
    .join('')}${end}`;
}

/** Writes the program to `path` (.mjs), and what V8 made of it beside it (.cache). */
export async function writeProgram(path, base) {
  const cache = path.replace(/\.mjs$/, '.cache');
  rmSync(cache, { force: true });
  writeFileSync(path, await bundle(base));
  chmodSync(path, 0o755);
  // A run on a log of the fixtures shows V8 which functions a diagnosis needs.
  const { status, stderr } = spawnSync(
    process.execPath,
    [fileURLToPath(new URL('code-cache.mjs', import.meta.url)), path, cache],
    { input: readFileSync('fixtures/cases/um560-d3cold/dmesg.log'), encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`no code cache: ${stderr}`);
}

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
