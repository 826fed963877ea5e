// Files that are made from the sources and committed: stale ones fail here; `npm run generate` writes them anew.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { describe, expect, it } from 'vitest';
import { commandsFor } from '../src/core/fix/commands.ts';
import { docsPages } from '../src/core/report/docs.ts';
import { FILE_KINDS, jsonSchema } from '../src/core/rules/json-schema.ts';
import { freshReadme } from './support/readme.ts';
import { base, ROOT } from './support/rule-base.ts';

describe('generated files are current', () => {
  it.each(Object.keys(FILE_KINDS) as (keyof typeof FILE_KINDS)[])('rules/%s.schema.json', async (kind) => {
    await expect(jsonSchema(kind)).toMatchFileSnapshot(join(ROOT, 'rules', `${kind}.schema.json`));
  });

  const pages = docsPages(base, commandsFor);

  it.each([...pages.keys()])('docs/%s', async (path) => {
    await expect(pages.get(path)).toMatchFileSnapshot(join(ROOT, 'docs', path));
  });

  it('docs holds no page of a cause that is gone', () => {
    const there = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' });
    expect(there.filter((path) => path.endsWith('.md') && !pages.has(path))).toEqual([]);
  });

  /** The pages as a reader sees them. */
  const html = new Map(
    Array.from(pages, ([path, text]) => [
      path,
      micromark(text, { extensions: [gfm()], htmlExtensions: [gfmHtml()], allowDangerousHtml: true }),
    ]),
  );
  const anchors = (path: string) =>
    Array.from((html.get(path) ?? '').matchAll(/<a id="([^"]+)">|<h2>(\w+)<\/h2>/g), (m) => m[1] ?? m[2]);

  it.each([...pages.keys()])('every link of docs/%s leads somewhere', (path) => {
    const inner = Array.from(
      (html.get(path) ?? '').matchAll(/<a href="(?!https?:)([^"]+)"/g),
      (m) => m[1] ?? '',
    );
    const dead = inner.filter((href) => {
      const [page = '', anchor] = href.split('#');
      const to = page === '' ? path : normalize(join(dirname(path), page));
      return !pages.has(to) || (anchor !== undefined && !anchors(to).includes(anchor));
    });
    expect(dead).toEqual([]);
  });

  it('no page shows markup as text', () => {
    const shown = Array.from(html.values(), (text) => {
      const prose = text
        .replace(/<pre>[\s\S]*?<\/pre>|<code>[\s\S]*?<\/code>|<!--[\s\S]*?-->/g, '')
        .replace(/<[^>]+>/g, '');
      return /\*\*|`|\]\(|^\d+\. |undefined|\[object/m.exec(prose)?.[0];
    });
    expect(shown.filter((what) => what !== undefined)).toEqual([]);
  });

  it('README.md shows what the program prints', async () => {
    const path = join(ROOT, 'README.md');
    await expect(await freshReadme(readFileSync(path, 'utf8'))).toMatchFileSnapshot(path);
  });
});
