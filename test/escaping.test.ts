// Escaping at the edge, with any text: whatever stands in a log is text in Markdown, BBCode and HTML.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeHtml } from '../src/core/report/escape.ts';
import { codeSpan, escapeMarkdown, fence } from '../src/core/report/markdown.ts';
import { FORMATS, PLACES } from '../src/core/report/places.ts';
import { htmlText, readBbcode, renderMarkdown, squeezed } from './support/report-text.ts';

/** Text with much of what is markup somewhere. */
const nasty = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...[
          '`',
          '``',
          '```',
          '*',
          '**',
          '_',
          '[',
          ']',
          '(',
          ')',
          '<',
          '>',
          '&lt;',
          '&',
          '|',
          '~~',
          '#',
          '- ',
          '1. ',
        ],
        ...[
          'http://evil.example',
          'www.evil.example',
          'a@b.example',
          '[b]',
          '[/code]',
          '[/icode]',
          '[url=x]',
          '[IMG]',
        ],
        ...['<script>', '</pre>', '-->', '\\', '$', '"', "'", ' ', '  ', '=', '---', '!['],
      ),
      fc.string({ maxLength: 4 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) =>
    parts
      .join('')
      .replace(/[\u0000-\u001f\u007f-\u00a0]/g, '')
      .trim(),
  )
  .filter((text) => text !== '');

const plainTags = (html: string) =>
  [...new Set(Array.from(html.matchAll(/<([a-z][a-z0-9]*)/g), (m) => m[1]))].sort();

describe('any text stays text', () => {
  it('in running Markdown', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const html = renderMarkdown(`x ${escapeMarkdown(text)} y`);
        expect(plainTags(html)).toEqual(['p']);
        expect(plainTags(renderMarkdown(escapeMarkdown(text)))).toEqual(['p']);
        expect(squeezed(htmlText(html))).toBe(squeezed(`x${text}y`));
      }),
      { numRuns: 400 },
    );
  });

  it('in a Markdown code span and a fence', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const span = renderMarkdown(`x ${codeSpan(text)} y`);
        expect(plainTags(span)).toEqual(['code', 'p']);
        expect(squeezed(htmlText(span))).toBe(squeezed(`x${text}y`));
        const block = renderMarkdown(`${fence([text, text], 'text')}\n\nend`);
        expect(plainTags(block)).toEqual(['code', 'p', 'pre']);
        expect(squeezed(htmlText(block))).toBe(squeezed(`${text}${text}end`));
      }),
      { numRuns: 400 },
    );
  });

  it('in running BBCode and in code', () => {
    const places = [PLACES.proxmox, PLACES.arch, PLACES.unraid, FORMATS.bbcode];
    fc.assert(
      fc.property(nasty, fc.constantFrom(...places), (text, { markup }) => {
        const tags = (bbcode: string) =>
          readBbcode(bbcode)
            .filter((p) => p.kind === 'tag')
            .map((p) => p.text);
        expect(tags(markup.words([text]))).toEqual([]);
        expect(tags(markup.code([text], 'text'))).toEqual(['code', '/code']);
        expect(markup.words([text])).not.toMatch(/https?:\/\//);
      }),
      { numRuns: 400, examples: [['[A*]', PLACES.proxmox]] },
    );
  });

  it('in HTML', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        expect(htmlText(`<p title="${escapeHtml(text)}">${escapeHtml(text)}</p>`).trim()).toBe(text);
      }),
      { numRuns: 400 },
    );
  });
});
