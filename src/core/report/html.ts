// HTML of a report: the body that the file and the web page share. Everything that is text is escaped here and only here.

import {
  type Block,
  CONFIDENCE_WORDS,
  type Document,
  FOLDED,
  type ListItem,
  type LogLine,
  type Section,
  type Word,
  type Words,
} from './document.ts';
import { escapeHtml } from './escape.ts';
import { chainSvg, timelineSvg } from './picture.ts';
import { deviceList } from './words.ts';

export interface HtmlOptions {
  /** Where an id of the rule base leads; none: it stands as code. */
  readonly idHref?: (id: string) => string;
  /** Lines lead to the log beside the report (the web page), not to the excerpt within. */
  readonly linesBeside?: boolean;
}

interface Writer {
  readonly options: HtmlOptions;
  /** Lines that are quoted in the excerpts, which line numbers can lead to. */
  readonly quoted: ReadonlySet<number>;
  /** Anchors that are set already: an id stands once in a page. */
  readonly anchored: Set<number>;
  anchors: boolean;
  /** A section without a title of its own stands right under the h1. */
  heading: 'h2' | 'h3';
}

function lineWord(no: number, label: string, w: Writer): string {
  const text = escapeHtml(label);
  if (w.options.linesBeside) return `<a class="ln" href="#L${no}" data-line="${no}">${text}</a>`;
  return w.quoted.has(no) ? `<a class="ln" href="#L${no}">${text}</a>` : `<span class="ln">${text}</span>`;
}

function wordHtml(word: Word, w: Writer): string {
  if (typeof word === 'string') return escapeHtml(word);
  if (word.kind === 'line') return lineWord(word.no, word.label, w);
  if (word.kind === 'id') {
    const href = w.options.idHref?.(word.id);
    const id = escapeHtml(word.id);
    return href ? `<a class="id" href="${escapeHtml(href)}">${id}</a>` : `<span class="id">${id}</span>`;
  }
  const text = escapeHtml(word.text);
  if (word.kind === 'strong') return `<strong>${text}</strong>`;
  return word.kind === 'code' ? `<code>${text}</code>` : `<span class="muted">${text}</span>`;
}

const words = (list: Words, w: Writer) => list.map((word) => wordHtml(word, w)).join('');

function logHtml(lines: readonly LogLine[], w: Writer): string {
  const rows = lines.map((l) => {
    const first = w.anchors && !w.anchored.has(l.no);
    if (first) w.anchored.add(l.no);
    const id = first && !w.options.linesBeside ? ` id="L${l.no}"` : '';
    const label = w.options.linesBeside ? lineWord(l.no, l.label, w) : escapeHtml(l.label);
    return `<tr${id}${l.mark ? ' class="mark"' : ''}><th scope="row">${label}</th><td>${escapeHtml(l.text)}</td></tr>`;
  });
  return `<table class="log"><tbody>${rows.join('')}</tbody></table>`;
}

function itemHtml(item: ListItem, w: Writer): string {
  const tone = item.tone ? ` class="${item.tone}"` : '';
  const aside = item.aside ? ` <span class="aside">${escapeHtml(item.aside)}</span>` : '';
  const body = item.blocks.map((b) => blockHtml(b, w)).join('');
  return `<li${tone}><div>${words(item.words, w)}${aside}</div>${body}</li>`;
}

/** What is said of commands stands back behind them, and hangs under its sign where it is broken. */
const codeLine = (line: string, language: 'console' | 'text') =>
  language === 'console' && line.startsWith('# ')
    ? `<span class="said">${escapeHtml(line)}</span>`
    : escapeHtml(line);

function blockHtml(block: Block, w: Writer): string {
  switch (block.kind) {
    case 'verdict': {
      const devices = block.devices.length > 0 ? `<code>${escapeHtml(deviceList(block.devices))}</code>` : '';
      const id = wordHtml({ kind: 'id', id: block.id }, w);
      return `<p class="badges"><span class="badge ${block.confidence}">${CONFIDENCE_WORDS[block.confidence]}</span> ${id} ${devices}</p>`;
    }
    case 'heading':
      return `<${w.heading}>${escapeHtml(block.text)}</${w.heading}>`;
    case 'paragraph':
      return `<p${block.tone ? ` class="${block.tone}"` : ''}>${words(block.words, w)}</p>`;
    case 'list': {
      const tag = block.ordered ? 'ol' : 'ul';
      return `<${tag}>${block.items.map((i) => itemHtml(i, w)).join('')}</${tag}>`;
    }
    case 'table': {
      const head = block.head.map((h) => `<th scope="col">${escapeHtml(h)}</th>`).join('');
      const rows = block.rows.map((row) => {
        const [first = [], ...rest] = row;
        return `<tr><th scope="row">${words(first, w)}</th>${rest.map((c) => `<td>${words(c, w)}</td>`).join('')}</tr>`;
      });
      return `<div class="wide" tabindex="0" role="region" aria-label="table"><table class="facts"><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
    }
    case 'code':
      return `<pre class="${block.language}" tabindex="0"><code>${block.lines.map((l) => codeLine(l, block.language)).join('\n')}</code></pre>`;
    case 'log':
      return logHtml(block.lines, w);
    case 'chain':
      return chainSvg(block.steps);
    case 'timeline':
      return timelineSvg(block);
  }
}

function sectionHtml(section: Section, w: Writer): string {
  w.anchors = section.id === 'excerpts';
  w.heading = section.title === '' ? 'h2' : 'h3';
  const body = section.blocks.map((b) => blockHtml(b, w)).join('\n');
  if (section.title === '') return `<section class="${section.id}">${body}</section>`;
  const title = escapeHtml(section.title);
  if (FOLDED.has(section.id))
    return `<section class="${section.id}"><details><summary><h2>${title}</h2></summary>${body}</details></section>`;
  return `<section class="${section.id}"><h2>${title}</h2>${body}</section>`;
}

/** The report as HTML within <main>; the verdict's title is the h1. */
export function htmlBody(document: Document, options: HtmlOptions = {}): string {
  const quoted = new Set<number>();
  for (const s of document.sections)
    if (s.id === 'excerpts')
      for (const b of s.blocks) if (b.kind === 'log') for (const l of b.lines) quoted.add(l.no);
  const w: Writer = { options, quoted, anchored: new Set(), anchors: false, heading: 'h2' };
  const sections = document.sections.map((s) => sectionHtml(s, w)).join('\n');
  return `<h1>${escapeHtml(document.title)}</h1>\n${sections}`;
}
