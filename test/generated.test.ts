// Files that are made from the sources and committed: stale ones fail here; `npm run generate` writes them anew.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FILE_KINDS, jsonSchema } from '../src/core/rules/json-schema.ts';
import { freshReadme } from './readme.ts';
import { ROOT } from './rule-base.ts';

describe('generated files are current', () => {
  it.each(Object.keys(FILE_KINDS) as (keyof typeof FILE_KINDS)[])('rules/%s.schema.json', async (kind) => {
    await expect(jsonSchema(kind)).toMatchFileSnapshot(join(ROOT, 'rules', `${kind}.schema.json`));
  });

  it('README.md shows what the program prints', async () => {
    const path = join(ROOT, 'README.md');
    await expect(await freshReadme(readFileSync(path, 'utf8'))).toMatchFileSnapshot(path);
  });
});
