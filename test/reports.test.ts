// Reports to post: golden files, the same facts in every format, limits and parts, hostile text, what is masked.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { terminalReport } from '../src/cli/terminal.ts';
import type { Result } from '../src/core/model.ts';
import { sizeOf } from '../src/core/report/fit.ts';
import { htmlFile } from '../src/core/report/html-file.ts';
import { FORMATS, PLACES, type Place, type PlaceName } from '../src/core/report/places.ts';
import { post, postInParts, type ShareOptions, shareable } from '../src/core/report/share.ts';
import { aboutDevice, createLocator } from '../src/core/report/words.ts';
import { shortBdf } from '../src/core/text/bdf.ts';
import { emptyFacts } from '../src/core/text/facts.ts';
import { CASES, reportBase, reportOf } from './support/report-base.ts';
import { bbcodeText, htmlText, readBbcode, renderMarkdown, squeezed } from './support/report-text.ts';
import { base, diagnoseTexts, fixture, ROOT } from './support/rule-base.ts';

const shared: ShareOptions = { version: '1.2.3', redact: true, also: [] };
const EVERY: readonly Place[] = [...Object.values(PLACES), ...Object.values(FORMATS)];
const NAMES = Object.keys(PLACES) as PlaceName[];
const HOSTILE = fixture('hostile');

const html = (result: Result, options = shared) =>
  htmlFile(shareable(result, reportBase, 'page', options).document);

describe('the name of a file is foreign text', () => {
  const EVIL = 'a\u001b[31m\u202e\nb`</td><img src=x>.log';
  const line = "vfio-pci 0000:04:00.6: can't change power state from D3hot to D0 (config space inaccessible)";
  const result = reportOf({ [EVIL]: line, 'b.log': line });

  it.each([
    [
      'terminal',
      () => terminalReport(result, reportBase, { columns: 100, color: false, verbose: true, version: '1' }),
    ],
    ['html', () => html(result)],
    ...EVERY.map((place, i) => [`place ${i}`, () => post(result, reportBase, place, shared)] as const),
  ] as const)('in %s', async (_, write) => {
    const text = await write();
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(text).not.toMatch(/a(?:\[31m)?\n/);
  });
});

describe('what is said of commands', () => {
  const result = diagnoseTexts({ log: 'vfio_pin_pages_remote: RLIMIT_MEMLOCK (65536) exceeded' });

  it.each(NAMES)('is read without scrolling in a post for %s', (name) => {
    const comments = post(result, base, PLACES[name], shared)
      .split('\n')
      .filter((l) => /^ *# /.test(l));
    expect(comments.length).toBeGreaterThan(4);
    expect(comments.filter((l) => l.length > 90)).toEqual([]);
  });
});

describe('the class of a device', () => {
  it.each([
    ['1080', 'encryption controller'],
    ['1180', 'signal processing controller'],
    ['0c03', 'USB controller'],
  ])('%s is %s', (code, name) => {
    const bdf = '0000:04:00.2';
    const facts = { ...emptyFacts(), devices: new Map([[bdf, { bdf, class: code }]]) };
    expect(aboutDevice(bdf, facts)).toEqual([name]);
  });
});

describe('golden files', () => {
  describe.each(Object.entries(CASES))('%s', (name, files) => {
    const result = reportOf(files);
    const golden = (extension: string) => join(ROOT, 'fixtures/reports/golden', `${name}.${extension}`);

    it.each(NAMES)('%s', async (place) => {
      await expect(post(result, reportBase, PLACES[place], shared)).toMatchFileSnapshot(
        golden(`${place}.${PLACES[place].format === 'bbcode' ? 'bbcode' : 'md'}`),
      );
    });

    it('text', async () => {
      await expect(post(result, reportBase, FORMATS.text, shared)).toMatchFileSnapshot(golden('txt'));
    });

    it('html', async () => {
      await expect(html(result)).toMatchFileSnapshot(golden('html'));
    });
  });
});

/** What every reader must be told, whatever the format. */
function facts(result: Result): string[] {
  const where = createLocator(result.input.sources);
  return result.diagnoses.flatMap((d, i) => [
    d.title,
    d.cause,
    d.confidence,
    ...d.devices.map((bdf) => (d.devices.length === 1 ? shortBdf(bdf) : bdf.slice(bdf.lastIndexOf('.')))),
    ...(i > 0
      ? []
      : [
          d.why,
          ...d.evidence.flatMap((e) =>
            e.lines.slice(0, 1).map((no) => where.label(no).replace(/^line /, '')),
          ),
          ...d.leadsTo.flatMap((c) => [c.title, ...(c.why ? [c.why] : [])]),
          ...d.fixes.flatMap((f) => [f.title, f.id, ...f.commands, ...(f.warning ? [f.warning] : [])]),
          ...d.notTheFix,
        ]),
  ]);
}

describe('the same facts in every format', () => {
  it.each(Object.entries(CASES))('%s', async (_, files) => {
    const result = reportOf(files);
    const options = { ...shared, redact: false };
    const said = {
      terminal: await terminalReport(result, reportBase, {
        columns: 100,
        color: false,
        verbose: true,
        version: '1.2.3',
      }),
      markdown: htmlText(renderMarkdown(post(result, reportBase, FORMATS.markdown, options))),
      bbcode: bbcodeText(post(result, reportBase, FORMATS.bbcode, options)),
      text: post(result, reportBase, FORMATS.text, options),
      html: htmlText(html(result, options)),
    };
    for (const [format, text] of Object.entries(said))
      for (const fact of facts(result))
        expect(squeezed(text), `${format} says: ${fact}`).toContain(squeezed(fact));
    if (result.diagnoses.length === 0)
      for (const text of Object.values(said)) expect(text).toContain('No passthrough fault found');
  });

  it('calls no input healthy that is no log', () => {
    const text = post(diagnoseTexts({ 'note.txt': 'hello world' }), reportBase, FORMATS.text, shared);
    expect(text).toContain('Nothing here is a log that pt-doctor knows');
    expect(text).not.toContain('No passthrough fault found');
  });

  it('draws the chain for GitHub', () => {
    const markdown = post(reportOf(CASES['um560-d3cold']), reportBase, PLACES.github, shared);
    expect(markdown).toMatch(/```mermaid\nflowchart TD\n {2}n0\["A method of the firmware/);
    expect(markdown).toMatch(/n1 -->\|"a device that sleeps answers[^"]*"\| n2/);
  });
});

describe('limits', () => {
  const result = reportOf(CASES['group-shared']);
  const whole = post(result, reportBase, FORMATS.markdown, shared);

  it.each([20_000, 6000, 4000, 3000, 2000, 1500, 600])(
    '%i characters hold the verdict and say what is left out',
    (size) => {
      for (const place of EVERY) {
        const text = post(result, reportBase, place, shared, { size, unit: 'characters' });
        expect(sizeOf(text, 'characters')).toBeLessThanOrEqual(size);
        expect(squeezed(text)).toContain(squeezed('also holds devices that the host still uses'));
        if (size < whole.length / 2) expect(text).toContain('Left out for the limit');
      }
    },
  );

  it('counts bytes where the place does', () => {
    expect(sizeOf('aé中😀', 'bytes')).toBe(Buffer.byteLength('aé中😀'));
    expect(sizeOf('aé中😀', 'characters')).toBe(4);
  });

  it('says so when not even the verdict fits', () => {
    expect(() => post(result, reportBase, FORMATS.text, shared, { size: 300, unit: 'characters' })).toThrow(
      /the verdict alone takes \d+ characters/,
    );
  });

  it.each([1500, 3000, 100_000])('parts of %i are valid by themselves and lose nothing', (size) => {
    for (const place of EVERY) {
      const parts = postInParts(result, reportBase, place, shared, { size, unit: 'characters' });
      for (const [i, part] of parts.entries()) {
        expect(sizeOf(part, 'characters')).toBeLessThanOrEqual(size);
        if (parts.length > 1) expect(part).toContain(`Part ${i + 1} of ${parts.length}`);
        if (place.format === 'bbcode') expectBalanced(part);
        if (place.format === 'markdown') expect((part.match(/^```/gm) ?? []).length % 2).toBe(0);
      }
      for (const line of CASES['group-shared']['lspci.txt']?.split('\n').slice(0, 3) ?? [])
        expect(squeezed(parts.join(''))).toContain(squeezed(line));
    }
  });
});

/** Every tag that is opened is closed in its place. */
function expectBalanced(bbcode: string) {
  const open: string[] = [];
  for (const { kind, text } of readBbcode(bbcode)) {
    if (kind !== 'tag' || text === '*') continue;
    if (text.startsWith('/')) expect(open.pop()).toBe(text.slice(1));
    else open.push(text);
  }
  expect(open).toEqual([]);
}

describe('hostile text', () => {
  // A file name is hostile too.
  const files = { '<img src=x onerror=pwned>[b]`|`.log': HOSTILE['journal.log'] ?? '', ...HOSTILE };
  const result = reportOf(files);
  const open: ShareOptions = { ...shared, redact: false };

  it('is found by the rules all the same', () => {
    expect(result.diagnoses[0]?.cause).toBe('d3cold-power-transition');
    expect(result.findings[0]?.count).toBe(8);
  });

  it.each(EVERY.filter((p) => p.format === 'markdown').map((p) => [p.name, p] as const))(
    '%s: stays text in Markdown',
    (_, place) => {
      const rendered = renderMarkdown(post(result, reportBase, place, open));
      const tags = new Set(Array.from(rendered.matchAll(/<([a-z][a-z0-9]*)/g), (m) => m[1]));
      for (const tag of ['a', 'img', 'script', 'svg', 'b', 'del']) expect(tags).not.toContain(tag);
      expect(htmlText(rendered)).toContain('<script>window.pwned=1</script>');
      expect(htmlText(rendered)).toContain('[click](http://evil.example)');
    },
  );

  it.each(EVERY.filter((p) => p.format === 'bbcode').map((p) => [p.name, p] as const))(
    '%s: stays text in BBCode',
    (_, place) => {
      const bbcode = post(result, reportBase, place, open);
      const pieces = readBbcode(bbcode);
      const tags = new Set(pieces.flatMap((p) => (p.kind === 'tag' ? [p.text.replace('/', '')] : [])));
      for (const tag of tags)
        expect(['heading', 'h', 'b', 'i', 'size', 'list', '*', 'code', 'icode', 'spoiler']).toContain(tag);
      expectBalanced(bbcode);
      for (const { kind, text } of pieces) if (kind === 'text') expect(text).not.toMatch(/https?:\/\/|www\./);
      expect(bbcode).toContain('<script>window.pwned=1</script>');
    },
  );

  it('stays text in HTML', () => {
    const text = html(result, open);
    expect(text).not.toMatch(/<script|<img|onerror=(?!window\.pwned=1&gt;|pwned&gt;)|javascript:/);
    expect(text).toContain('&lt;script&gt;window.pwned=1&lt;/script&gt;');
    expect(text.match(/<svg/g)?.length).toBe(text.match(/<\/svg>/g)?.length);
  });

  it('keeps control characters and direction marks out of every format', async () => {
    const texts = [
      ...EVERY.map((place) => post(result, reportBase, place, open)),
      html(result, open),
      await terminalReport(result, reportBase, { columns: 80, color: false, verbose: true, version: '1' }),
    ];
    for (const text of texts)
      expect(text).not.toMatch(
        /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069]/,
      );
  });
});

describe('what is masked', () => {
  const result = reportOf(CASES['group-shared']);
  const SECRET = /9c:6b:00|BC:24:11|8f0f4f0e|4c4c4544|1b9d3c0e/i;

  it('everything private, in every format, and the report says so', () => {
    for (const text of [...EVERY.map((p) => post(result, reportBase, p, shared)), html(result)]) {
      expect(text).not.toMatch(SECRET);
      expect(text).toMatch(/Masked: /);
      expect(text).toContain('6.8.12-4-pve');
      expect(text).toContain('0000:01:00.0');
    }
  });

  it('nothing when that is asked for', () => {
    const text = post(result, reportBase, FORMATS.text, { ...shared, redact: false });
    expect(text).toMatch(SECRET);
    expect(text).not.toContain('Masked');
  });

  it('words of the user, too', () => {
    const text = post(result, reportBase, FORMATS.text, { ...shared, also: ['gaming', 'Aorus'] });
    expect(text).not.toMatch(/gaming|aorus/i);
    expect(text).toContain('2 words of your own');
  });
});
