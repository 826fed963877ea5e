// The program as two files: a few lines that answer --version, and beside them what they carry (attached.ts): the code of the
// main job, the rules, and the rest of the program, each read when it is asked for.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { buildKernel } from './kernel.mjs';
import {
  ascii,
  asciiJson,
  COMMON,
  commandNames,
  commandsFor,
  createDoctor,
  createSieve,
  imageOf,
  literalsOf,
  loadRules,
  packShelf,
  preparedOf,
  runProgram,
  showFault,
} from './sources.mjs';

/** Code as a function of what attached.ts gives to it. */
const asFunction = (code) => `(function(module,exports,require,attached,attachedUrl){${code}\n})`;

/** Characters of the stamp that tells one build from another. */
const STAMP = 16;

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
  fs: 'closeSync, fstatSync, openSync, readSync, writeSync',
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

/** The parts of a program with the rules of `base`: what every run needs, the rest, and how its first lines are made. */
async function bundle(base) {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const prepared = preparedOf(base);
  const { index, numbers, signs, records, rest } = packShelf(base, prepared);
  const literals = literalsOf(prepared);
  const sieve = createSieve(literals);
  if (!sieve) {
    const short = literals.filter((literal) => !createSieve([literal]));
    throw new Error(`too short for the gate: ${short.map((s) => JSON.stringify(s)).join(', ')}`);
  }
  const kernel = await buildKernel();
  const define = {
    PT_DOCTOR_VERSION: JSON.stringify(version),
    PT_DOCTOR_COMMANDS: JSON.stringify(commandNames({}).join(' ')),
    PT_DOCTOR_BUILT: 'true',
    PT_DOCTOR_KERNEL: JSON.stringify(kernel.toString('base64')),
  };
  const code = async (options) => {
    const built = await build({
      ...COMMON,
      ...options,
      write: false,
      format: 'cjs',
      minify: true,
      supported: { 'dynamic-import': false },
      define: { ...define, PT_DOCTOR_ATTACHED: 'attached', 'import.meta.url': 'attachedUrl' },
    });
    // esbuild leaves regular expressions as they are.
    return ascii(asFunction(built.outputFiles[0].text));
  };
  const library = (contents) => code({ stdin: { contents, resolveDir: '.' } });
  const packed = (text) => gzipSync(text, { level: 9 });
  const front = {
    main: await code({ entryPoints: ['src/cli/main.ts'], plugins: [behind] }),
    numbers: Buffer.from(numbers.buffer),
    index: asciiJson(index),
    signs: asciiJson(signs),
  };
  const back = {
    sieve: imageOf(sieve, kernel),
    records,
    rest: packed(asciiJson(rest)),
    words: packed(asciiJson(base.words)),
    table: packed(await library("export { default } from 'cli-table3';")),
    chalk: packed(await library("export { Chalk } from 'chalk';")),
    program: packed(await code({ entryPoints: ['src/cli/program.ts'] })),
  };
  const start = async (contents) => {
    const built = await build({
      ...COMMON,
      entryPoints: ['src/cli/start.ts'],
      write: false,
      format: 'esm',
      minify: true,
      banner: { js: '#!/usr/bin/env node' },
      define: {
        ...define,
        PT_DOCTOR_CONTENTS: JSON.stringify(contents),
        PT_DOCTOR_HELP: JSON.stringify(await help()),
      },
      plugins: [builtins],
    });
    return built.outputFiles[0].text;
  };
  return { front, back, start };
}

/** The parts one behind the other, each where lists of numbers may begin, behind a stamp that only they have. */
function layOut(front, back) {
  const pieces = [];
  const parts = {};
  let size = STAMP;
  const lay = ([name, content]) => {
    const bytes = Buffer.from(content);
    const padded = Buffer.alloc((bytes.length + 7) & ~7);
    bytes.copy(padded);
    parts[name] = [size, bytes.length];
    size += padded.length;
    pieces.push(padded);
  };
  Object.entries(front).forEach(lay);
  const frontSize = size;
  Object.entries(back).forEach(lay);
  const body = Buffer.concat(pieces);
  const stamp = createHash('sha256').update(body).digest('hex').slice(0, STAMP);
  return {
    contents: { stamp, size, front: frontSize, parts },
    data: Buffer.concat([Buffer.from(stamp), body]),
  };
}

/** Writes the program to `path` (.mjs), and beside it what it carries (.data), with the code that V8 made of it. */
export async function writeProgram(path, base) {
  const { front, back, start } = await bundle(base);
  const write = async (cache) => {
    const { contents, data } = layOut({ ...front, 'main.cache': cache }, back);
    writeFileSync(path, await start(contents));
    writeFileSync(path.replace(/\.mjs$/, '.data'), data);
  };
  await write(Buffer.alloc(0));
  chmodSync(path, 0o755);
  // A run on a log of the fixtures shows V8 which functions a diagnosis needs.
  const cache = `${path}.cache`;
  const { status, stderr } = spawnSync(
    process.execPath,
    [fileURLToPath(new URL('code-cache.mjs', import.meta.url)), path, cache],
    { input: readFileSync('fixtures/cases/um560-d3cold/dmesg.log'), encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`no code cache: ${stderr}`);
  await write(readFileSync(cache));
  rmSync(cache);
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
