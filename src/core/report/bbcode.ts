// BBCode of XenForo (Proxmox), FluxBB (Arch) and Invision (Unraid). There is no escape character: what would be a tag is
// broken by a blank.
import type { Words } from './document.ts';
import { type Markup, tableText } from './markup.ts';

export interface BbcodeFlavor {
  readonly heading: (text: string, level: 1 | 2) => string;
  /** Tag for code within a line. */
  readonly inline?: string;
  readonly spoiler: boolean;
}

/** Opening and closing tags, known or not: `[b]`, `[/CODE]`, `[url=...]`. Ids like `[10de:1e04]` and `[AMD]` are none. */
const TAG =
  /\[(?=\/?(?!(?:AMD|AMD\/ATI|mem|io|bus|GeForce|MSI|C-State|Radeon)\b)[a-z*][a-z0-9_*-]*\s*(?:=[^\]]*)?\])/gi;

/** Running text: no tag, and no address that a board would turn into a link. */
function escapeBbcode(text: string): string {
  return text
    .replace(TAG, '[ ')
    .replaceAll('://', ': //')
    .replace(/www\.(?=\S)/gi, 'www .')
    .replace(/\r?\n/g, ' ');
}

/** Inside a code block only its own end is a tag. */
const escapeCode = (text: string) => text.replace(/\[(?=\/\s*i?code)/gi, '[ ');

export function bbcode(flavor: BbcodeFlavor): Markup {
  const words = (list: Words) =>
    list
      .map((w) => {
        if (typeof w === 'string') return escapeBbcode(w);
        if (w.kind === 'line') return escapeBbcode(w.label);
        const text = w.kind === 'id' ? w.id : w.text;
        if (w.kind === 'strong') return `[b]${escapeBbcode(text)}[/b]`;
        if (w.kind === 'muted' || text === '') return escapeBbcode(text);
        if (!flavor.inline) return escapeBbcode(text);
        return `[${flavor.inline}]${escapeCode(text)}[/${flavor.inline}]`;
      })
      .join('')
      .trim();
  const code: Markup['code'] = (lines) => `[code]\n${lines.map(escapeCode).join('\n')}\n[/code]`;
  return {
    words,
    strong: (text) => `[b]${escapeBbcode(text)}[/b]`,
    heading: (text, level) => flavor.heading(escapeBbcode(text), level),
    list: (items) => ['[list]', ...items.map((i) => `[*]${i}`), '[/list]'].join('\n'),
    code,
    table: (head, rows) => code(tableText(head, rows), 'text'),
    aside: (text) => `[i]${text}[/i]`,
    ...(flavor.spoiler
      ? {
          fold: (title, body) =>
            `[spoiler="${escapeBbcode(title).replace(/["\]]/g, '')}"]\n${body}\n[/spoiler]`,
        }
      : {}),
  };
}
