// The house of CONTRIBUTING.md holds: imports run downwards, and only the named folders touch the outside world.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './support/rule-base.ts';

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s(?:[^'"]*?\sfrom\s)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g;

/** What each room may import, besides itself. */
const MAY = {
  'core/model': [],
  'core/model.ts': ['core/model'],
  'core/user-error.ts': [],
  'core/text': ['core/model.ts'],
  'core/rules': ['core/model.ts', 'core/text', 'core/engine', 'core/redact', 'core/user-error.ts'],
  'core/engine': ['core/model.ts', 'core/text', 'core/rules'],
  'core/redact': ['core/model.ts', 'core/text'],
  'core/fix': ['core/model.ts', 'core/text', 'core/user-error.ts', 'core/apply'],
  'core/apply': ['core/model.ts', 'core/text', 'core/fix', 'core/user-error.ts'],
  'core/host': ['core/model.ts', 'core/text', 'core/user-error.ts'],
  'core/report': [
    'core/model.ts',
    'core/text',
    'core/rules',
    'core/engine',
    'core/redact',
    'core/user-error.ts',
  ],
  wasm: [],
  node: ['core'],
  web: ['core'],
  cli: ['core', 'node'],
} as const satisfies Record<string, readonly string[]>;

const PACKAGES: Readonly<Record<string, RegExp>> = {
  core: /^zod$/,
  node: /^(?:node:|fast-glob$|yaml$|zod$|tar-stream$)/,
  cli: /^(?:node:|commander$|chalk$|cli-table3$|fast-glob$)/,
  wasm: /^$/,
  web: /^$/,
};

const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((f) => f.endsWith('.ts'))
  .map((f) => `src/${f}`);
const roomOf = (file: string) =>
  Object.keys(MAY).find((room) => file === `src/${room}` || file.startsWith(`src/${room}/`));

describe('layers', () => {
  it('every source file lives in a room', () => {
    expect(files.filter((f) => roomOf(f) === undefined)).toEqual([]);
    expect(files.length).toBeGreaterThan(20);
  });

  it.each(files)('%s', (file) => {
    const room = roomOf(file) ?? '';
    const allowed: readonly string[] = [room, ...MAY[room as keyof typeof MAY]];
    const [top = ''] = room.split('/');
    for (const [, a, b] of readFileSync(join(ROOT, file), 'utf8').matchAll(IMPORT)) {
      const target = a ?? b ?? '';
      if (!target.startsWith('.')) {
        expect(target, `${file} imports ${target}`).toMatch(PACKAGES[top] ?? /^$/);
        continue;
      }
      const path = relative(ROOT, join(ROOT, dirname(file), target)).replace(/^src\//, '');
      expect(
        allowed.some((r) => path === r || path.startsWith(`${r}/`)),
        `${file} imports ${path}`,
      ).toBe(true);
    }
  });
});
