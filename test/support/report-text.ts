// What a reader sees of a report in each format: markup taken off, so that formats can be compared.
import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';

/** Markdown as GitHub renders it, raw HTML shown as text. */
export const renderMarkdown = (markdown: string): string =>
  micromark(markdown, { extensions: [gfm()], htmlExtensions: [gfmHtml()] });

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' };

/** Text of HTML: tags off, entities back. */
export function htmlText(html: string): string {
  return html
    .replace(/<style>[\s\S]*?<\/style>/g, '')
    .replace(/<[a-z!/][^>]*>/gi, ' ')
    .replace(/&(lt|gt|quot|#39|amp);/g, (_, name: string) => ENTITIES[name] ?? '');
}

export interface BbPiece {
  readonly kind: 'tag' | 'text' | 'code';
  readonly text: string;
}

/** Reads BBCode as boards do: a tag in any case of letters, and everything up to its end inside code. */
export function readBbcode(bbcode: string): BbPiece[] {
  const pieces: BbPiece[] = [];
  const tag = /\[(\/?[a-z*]+)(?:=[^\]]*)?\]/gi;
  let at = 0;
  for (let m = tag.exec(bbcode); m; m = tag.exec(bbcode)) {
    if (m.index > at) pieces.push({ kind: 'text', text: bbcode.slice(at, m.index) });
    const name = (m[1] ?? '').toLowerCase();
    pieces.push({ kind: 'tag', text: name });
    at = m.index + m[0].length;
    if (name === 'code' || name === 'icode') {
      const rest = bbcode.slice(at);
      const end = new RegExp(`\\[/${name}\\]`, 'i').exec(rest);
      const inside = rest.slice(0, end?.index ?? rest.length);
      pieces.push({ kind: 'code', text: inside });
      if (end) pieces.push({ kind: 'tag', text: `/${name}` });
      at += inside.length + (end?.[0].length ?? 0);
      tag.lastIndex = at;
    }
  }
  pieces.push({ kind: 'text', text: bbcode.slice(at) });
  return pieces;
}

export const bbcodeText = (bbcode: string): string =>
  readBbcode(bbcode)
    .map((p) => (p.kind === 'tag' ? ' ' : p.text))
    .join('');

/** For comparing: all blanks out, since each format breaks lines where it likes. */
export const squeezed = (text: string): string => text.replace(/\s+/g, '');
