// Markdown: fences or four blanks for code, tables and Mermaid where the place knows them.
import { type ChainStep, plain, type Words } from './document.ts';
import { type Markup, tableText } from './markup.ts';
import { deviceList } from './words.ts';

export interface MarkdownFlavor {
  readonly code: 'fence' | 'indent';
  readonly tables: boolean;
  readonly mermaid: boolean;
  /** HTML's <details>. */
  readonly details: boolean;
  /** Blocks within the items of a list. */
  readonly nesting?: boolean;
  /** Our own text holds URLs, as links, and code between back-ticks. */
  readonly rich?: boolean;
  /** An id as a link; without an answer it is code. */
  readonly link?: (id: string) => string | undefined;
}

/** Text in which nothing is markup, no URL becomes a link and nobody is mentioned. */
export function escapeMarkdown(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/[\\`*_[\]{}|~#!>$]/g, '\\$&')
    .replaceAll('@', '&#64;')
    .replaceAll('://', '&#58;//')
    .replace(/www\./gi, (w) => `${w.slice(0, 3)}&#46;`)
    .replace(/^(\s*)([-+=])/, '$1\\$2')
    .replace(/^(\s*\d{1,9})([.)])(?=\s|$)/, '$1\\$2')
    .replace(/\r?\n/g, ' ');
}

/** A code span that no run of back-ticks in the text can end. */
export function codeSpan(text: string, inTable = false): string {
  const flat = text.replace(/\s*\n\s*/g, ' ');
  const longest = Math.max(0, ...Array.from(flat.matchAll(/`+/g), (m) => m[0].length));
  const ticks = '`'.repeat(longest + 1);
  const pad = flat.startsWith('`') || flat.endsWith('`') || flat.trim() === '' ? ' ' : '';
  return `${ticks}${pad}${inTable ? flat.replaceAll('|', '\\|') : flat}${pad}${ticks}`;
}

export function fence(lines: readonly string[], language: string): string {
  const longest = Math.max(2, ...lines.flatMap((l) => Array.from(l.matchAll(/`+/g), (m) => m[0].length)));
  const ticks = '`'.repeat(longest + 1);
  return [`${ticks}${language}`, ...lines, ticks].join('\n');
}

/** A label in a Mermaid diagram: quotes, brackets and HTML as the entities that Mermaid knows. */
const mermaidText = (text: string) =>
  text.replace(/[^\w .,:;()/+=-]/g, (c) => `#${c.codePointAt(0)};`).replace(/\s+/g, ' ');

function mermaid(steps: readonly ChainStep[]): string[] {
  const label = (s: ChainStep) =>
    [s.title, ...(s.devices.length > 0 ? [deviceList(s.devices)] : []), plain(s.lines)]
      .filter((t) => t !== '')
      .map(mermaidText)
      .join('<br/>');
  const boxes = steps.map((s, i) => `  n${i}["${label(s)}"]${s.verdict ? ':::verdict' : ''}`);
  const edges = steps.flatMap((s, i) => {
    const parents = steps.flatMap((p, j) => (j < i && p.depth === s.depth - 1 ? [j] : []));
    const roots = s.verdict ? parents : parents.slice(-1);
    return roots.map((j) => `  n${j} ${s.why ? `-->|"${mermaidText(s.why)}"|` : '-->'} n${i}`);
  });
  return ['flowchart TD', ...boxes, ...edges, '  classDef verdict stroke-width:3px'];
}

const RICH = /(`[^`\n]+`|https?:\/\/[^\s<>;`]*[\w/#])/;

/** Our own text: what stands at odd places of the split is code or a URL. */
export const richText = (text: string) =>
  text
    .split(RICH)
    .map((part, i) => {
      if (i % 2 === 0) return escapeMarkdown(part);
      return part.startsWith('`') ? part : `<${part}>`;
    })
    .join('');

export function markdown(flavor: MarkdownFlavor): Markup {
  const own = flavor.rich ? richText : escapeMarkdown;
  const words = (list: Words, inTable = false) =>
    list
      .map((w) => {
        if (typeof w === 'string') return own(w);
        if (w.kind === 'id') return flavor.link?.(w.id) ?? codeSpan(w.id);
        if (w.kind === 'line') return escapeMarkdown(w.label);
        if (w.kind === 'code') return w.text === '' ? '' : codeSpan(w.text, inTable);
        return w.kind === 'strong' ? `**${escapeMarkdown(w.text)}**` : own(w.text);
      })
      .join('')
      .trim();
  const code: Markup['code'] = (lines, language) =>
    flavor.code === 'fence' ? fence(lines, language) : lines.map((l) => `    ${l}`).join('\n');
  return {
    words,
    strong: (text) => `**${escapeMarkdown(text)}**`,
    heading: (text, level) => `${level === 1 ? '##' : '###'} ${escapeMarkdown(text)}`,
    list: (items) => items.map((i) => `- ${i}`).join('\n'),
    code,
    table(head, rows) {
      if (!flavor.tables) return code(tableText(head, rows), 'text');
      const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
      return [
        line(head.map((h) => escapeMarkdown(h))),
        line(head.map(() => '---')),
        ...rows.map((row) => line(row.map((cell) => words(cell, true)))),
      ].join('\n');
    },
    aside: (text) => text,
    ...(flavor.nesting
      ? { nest: (marker, text) => marker + text.replace(/\n(?=[^\n])/g, `\n${' '.repeat(marker.length)}`) }
      : {}),
    ...(flavor.mermaid ? { chain: (steps) => fence(mermaid(steps), 'mermaid') } : {}),
    ...(flavor.details
      ? {
          fold: (title, body) =>
            `<details><summary>${escapeMarkdown(title)}</summary>\n\n${body}\n\n</details>`,
        }
      : {}),
  };
}
