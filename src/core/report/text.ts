// Plain text: for mails, chats and places that know no markup.
import { plain } from './document.ts';
import { type Markup, tableText } from './markup.ts';
import { wrap } from './wrap.ts';

const WIDTH = 78;

const flow = (text: string) => wrap([text], WIDTH, (t) => t).join('\n');
const indented = (lines: readonly string[]) => lines.map((l) => `    ${l}`.trimEnd()).join('\n');

export const text: Markup = {
  words: (words) => flow(plain(words)),
  strong: (t) => t,
  heading: (t, level) => {
    const lines = wrap([t], WIDTH, (x) => x);
    const width = Math.max(...lines.map((l) => l.length));
    return [...lines, (level === 1 ? '=' : '-').repeat(width)].join('\n');
  },
  list: (items) => items.map((i) => `  - ${flow(i).replaceAll('\n', '\n    ')}`).join('\n'),
  code: (lines) => indented(lines),
  table: (head, rows) => indented(tableText(head, rows)),
  aside: (t) => t,
};
