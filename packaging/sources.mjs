// What the build needs of the sources, bundled first: Node 20 runs no TypeScript.
import { build } from 'esbuild';

export const COMMON = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  legalComments: 'none',
  charset: 'ascii',
};

const outfile = new URL('../dist/.build/sources.mjs', import.meta.url).pathname;
await build({
  ...COMMON,
  stdin: {
    contents: `export * from './src/node/rule-files.ts';
      export * from './src/core/rules/packed.ts';
      export * from './src/core/rules/pack-shelf.ts';
      export { preparedOf, literalsOf } from './src/core/engine/prepare.ts';
      export { createSieve } from './src/core/engine/sieve.ts';
      export { imageOf } from './src/node/fast-gate.ts';
      export { STYLE } from './src/core/report/style.ts';
      export { toBase85 } from './src/web/base85.ts';
      export { byWords, DAMPING, NO_TROUBLE, wordsOf } from './src/core/engine/by-words.ts';
      export { createDoctor } from './src/core/engine/doctor.ts';
      export { commandsFor } from './src/core/fix/commands.ts';
      export { commandNames, runProgram } from './src/cli/program.ts';`,
    resolveDir: '.',
  },
  outfile,
  format: 'esm',
  packages: 'external',
});
export const {
  DAMPING,
  NO_TROUBLE,
  STYLE,
  ascii,
  asciiJson,
  byWords,
  commandNames,
  commandsFor,
  createDoctor,
  createSieve,
  imageOf,
  literalsOf,
  loadRules,
  packRules,
  packShelf,
  preparedOf,
  runProgram,
  showFault,
  toBase85,
  wordsOf,
} = await import(outfile);
