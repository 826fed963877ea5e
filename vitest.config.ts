import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { ClosingLine } from './test/support/closing-line.ts';

// biome-ignore lint/style/noDefaultExport: vitest reads its configuration from the default export
export default defineConfig({
  define: { PT_DOCTOR_VERSION: JSON.stringify(JSON.parse(readFileSync('package.json', 'utf8')).version) },
  test: {
    include: ['test/**/*.test.ts'],
    isolate: false,
    // The slow tests run the built program: on two CPUs the suite takes half as long.
    maxWorkers: '100%',
    testTimeout: 30_000,
    reporters: ['default', new ClosingLine()],
  },
});
