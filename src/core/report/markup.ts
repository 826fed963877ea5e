// The walk that all postable formats share: a section becomes pieces of text, each valid by itself, so that a report can be
// cut between any two of them. A markup says only how a heading, a paragraph, a list, code and a table look.
import {
  type Block,
  type ChainStep,
  CONFIDENCE_WORDS,
  FOLDED,
  type LogLine,
  plain,
  type Section,
  type Words,
} from './document.ts';
import { deviceList } from './words.ts';
import { commentRows } from './wrap.ts';

/** Columns that the code boxes of forums show without scrolling. */
const COMMENT_WIDTH = 84;

export interface Markup {
  /** Running text, escaped. */
  words(words: Words): string;
  /** Our own or foreign text as bold, escaped. */
  strong(text: string): string;
  /** Heading of a section (1) or within one (2). */
  heading(text: string, level: 1 | 2): string;
  list(items: readonly string[]): string;
  /** An item with material of its own, nested; without it the material stands behind the item, where it can be cut. */
  nest?(marker: string, text: string): string;
  /** Text as it stands, in a type of fixed width. */
  code(lines: readonly string[], language: 'console' | 'text' | 'mermaid'): string;
  table(head: readonly string[], rows: readonly (readonly Words[])[]): string;
  /** Small print, escaped already. */
  aside(text: string): string;
  /** The causal chain as a diagram; without it, it is drawn with characters. */
  chain?(steps: readonly ChainStep[]): string;
  /** Folds long material away. */
  fold?(title: string, body: string): string;
}

export interface Piece {
  readonly text: string;
  /** Code, that may be cut between two lines: the lines, to be rendered anew. */
  readonly lines?: readonly string[];
}

/** A log quotation in characters: evidence lines are marked, labels stand in a column. */
export function logText(lines: readonly LogLine[]): string[] {
  const width = Math.max(...lines.map((l) => l.label.length));
  const some = lines.some((l) => l.mark) && lines.some((l) => !l.mark);
  return lines.map((l) => `${some ? (l.mark ? '> ' : '  ') : ''}${l.label.padEnd(width)}  ${l.text}`);
}

/** The causal chain in characters. */
function chainText(steps: readonly ChainStep[]): string[] {
  return steps.flatMap((s) => {
    const lead = s.depth === 0 ? '' : `${'    '.repeat(s.depth - 1)}'-> `;
    const about = [s.id, ...(s.devices.length > 0 ? [deviceList(s.devices)] : []), plain(s.lines)];
    const why = s.why ? [`${' '.repeat(lead.length)}  because ${s.why}`] : [];
    return [`${lead}${s.title} (${about.filter((a) => a !== '').join('; ')})`, ...why];
  });
}

/** A table in characters, for markups without tables. */
export function tableText(head: readonly string[], rows: readonly (readonly Words[])[]): string[] {
  const cells = rows.map((row) => row.map(plain));
  const widths = head.map((_, i) => Math.max(...cells.map((row) => (row[i] ?? '').length)));
  return cells.map((row) =>
    row
      .map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0)))
      .filter((_, i) => (widths[i] ?? 0) > 0)
      .join('  ')
      .trimEnd(),
  );
}

function blockPieces(block: Block, m: Markup): Piece[] {
  switch (block.kind) {
    case 'verdict': {
      const devices: Words =
        block.devices.length > 0 ? [' · ', { kind: 'code', text: deviceList(block.devices) }] : [];
      const about: Words = [
        CONFIDENCE_WORDS[block.confidence],
        ' · ',
        { kind: 'id', id: block.id },
        ...devices,
      ];
      return [{ text: `${m.heading(block.title, 1)}\n\n${m.aside(m.words(about))}` }];
    }
    case 'heading':
      return [{ text: m.heading(block.text, 2) }];
    case 'paragraph':
      return [{ text: block.tone === 'muted' ? m.aside(m.words(block.words)) : m.words(block.words) }];
    case 'list': {
      const numbers = (i: number) => (block.ordered ? `${i + 1}. ` : '');
      const aside = (text: string | undefined) => (text ? ` ${m.aside(m.words([`(${text})`]))}` : '');
      const text = (i: number) => {
        const item = block.items[i];
        return item ? `${m.words(item.words)}${aside(item.aside)}` : '';
      };
      if (block.items.every((item) => item.blocks.length === 0))
        return [{ text: m.list(block.items.map((_, i) => text(i))) }];
      if (m.nest) {
        const nested = block.items.map((item, i) => {
          const inner = [text(i), ...item.blocks.flatMap((b) => blockPieces(b, m).map((p) => p.text))];
          return m.nest?.(numbers(i) || '- ', inner.join('\n\n')) ?? '';
        });
        return [{ text: nested.join('\n\n') }];
      }
      // An item with material of its own is a paragraph with blocks behind it: nesting breaks code in half of all places.
      return block.items.flatMap((item, i) => {
        const head = `${numbers(i)}${text(i)}`;
        const [first, ...rest] = item.blocks.flatMap((b) => blockPieces(b, m));
        if (!first || first.lines) return [{ text: head }, ...(first ? [first] : []), ...rest];
        return [{ text: `${head}\n\n${first.text}` }, ...rest];
      });
    }
    case 'table':
      return block.rows.length > 0 ? [{ text: m.table(block.head, block.rows) }] : [];
    case 'code': {
      const { language } = block;
      const lines =
        language === 'console' ? block.lines.flatMap((l) => commentRows(l, COMMENT_WIDTH)) : block.lines;
      return [{ text: m.code(lines, language), lines }];
    }
    case 'log': {
      const lines = logText(block.lines);
      return [{ text: m.code(lines, 'text'), lines }];
    }
    case 'chain': {
      if (m.chain) return [{ text: m.chain(block.steps) }];
      const lines = chainText(block.steps);
      return [{ text: m.code(lines, 'text'), lines }];
    }
    case 'timeline':
      return [];
  }
}

export function sectionPieces(section: Section, m: Markup): Piece[] {
  const pieces = section.blocks.flatMap((b) => blockPieces(b, m));
  if (pieces.length === 0) return [];
  return section.title ? [{ text: m.heading(section.title, 2) }, ...pieces] : pieces;
}

export function renderSections(sections: readonly Section[], m: Markup): string {
  return `${sections
    .map((s) => {
      if (!m.fold || !FOLDED.has(s.id))
        return sectionPieces(s, m)
          .map((p) => p.text)
          .join('\n\n');
      const body = sectionPieces({ ...s, title: '' }, m).map((p) => p.text);
      return body.length > 0 ? m.fold(s.title, body.join('\n\n')) : '';
    })
    .filter((text) => text !== '')
    .join('\n\n')}\n`;
}
