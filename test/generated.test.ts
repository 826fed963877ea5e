// Files that are made from the sources and committed: stale ones fail here; `npm run generate` writes them anew.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FILE_KINDS, jsonSchema } from '../src/core/rules/json-schema.ts';
import { ROOT } from './rule-base.ts';

describe('generated files are current', () => {
  it.each(Object.keys(FILE_KINDS) as (keyof typeof FILE_KINDS)[])('rules/%s.schema.json', async (kind) => {
    await expect(jsonSchema(kind)).toMatchFileSnapshot(join(ROOT, 'rules', `${kind}.schema.json`));
  });
});
