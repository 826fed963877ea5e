// Files that are made from the sources and committed: stale ones fail here; `npm run generate` writes them anew.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandsFor } from '../src/core/fix/commands.ts';
import { docsPages } from '../src/core/report/docs.ts';
import { FILE_KINDS, jsonSchema } from '../src/core/rules/json-schema.ts';
import { freshReadme } from './readme.ts';
import { base, ROOT } from './rule-base.ts';

describe('generated files are current', () => {
  it.each(Object.keys(FILE_KINDS) as (keyof typeof FILE_KINDS)[])('rules/%s.schema.json', async (kind) => {
    await expect(jsonSchema(kind)).toMatchFileSnapshot(join(ROOT, 'rules', `${kind}.schema.json`));
  });

  const pages = docsPages(base, commandsFor);

  it.each([...pages.keys()])('docs/%s', async (path) => {
    await expect(pages.get(path)).toMatchFileSnapshot(join(ROOT, 'docs', path));
  });

  it('docs holds no page of a cause that is gone', () => {
    const known = readdirSync(join(ROOT, 'docs/causes')).map((f) => `causes/${f}`);
    expect(known.filter((path) => !pages.has(path))).toEqual([]);
  });

  it('README.md shows what the program prints', async () => {
    const path = join(ROOT, 'README.md');
    await expect(await freshReadme(readFileSync(path, 'utf8'))).toMatchFileSnapshot(path);
  });
});
