// Builds dist/: the program as one file with the rules inside.
import { readFileSync } from 'node:fs';
import { build } from 'esbuild';

// Node 20 runs no TypeScript: what the build itself needs of the sources is bundled first.
const loader = new URL('dist/.build/load-rules.mjs', import.meta.url).pathname;
await build({
  stdin: {
    contents: "export * from './src/core/rules/packed.ts'; export * from './src/node/rule-files.ts';",
    resolveDir: '.',
  },
  outfile: loader,
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
});
const { loadRules, packRules, showFault } = await import(loader);
const { base, faults } = await loadRules('rules');
if (faults.length > 0) {
  for (const fault of faults) console.error(showFault(fault));
  process.exit(2);
}
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
await build({
  entryPoints: ['src/cli/main.ts'],
  outfile: 'dist/pt-doctor.mjs',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  minify: true,
  legalComments: 'none',
  banner: {
    js: "#!/usr/bin/env node\nimport{createRequire as ptRequire}from'node:module';const require=ptRequire(import.meta.url);",
  },
  define: {
    PT_DOCTOR_VERSION: JSON.stringify(version),
    PT_DOCTOR_RULES: JSON.stringify(JSON.stringify(packRules(base))),
  },
});
