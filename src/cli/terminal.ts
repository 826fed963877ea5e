// The terminal report: the first screen answers what is wrong, why we think so, and what to do first.
import type { Result, RuleBase } from '../core/model.ts';
import { compose } from '../core/report/compose.ts';
import {
  type Block,
  type ChainStep,
  CONFIDENCE_WORDS,
  type Document,
  type ListItem,
  type LogLine,
  plain,
  type Section,
  type Tone,
  type Word,
  type Words,
} from '../core/report/document.ts';
import { deviceList } from '../core/report/words.ts';
import { columnsOf, commentRows, wrap } from '../core/report/wrap.ts';
import { type Paint, paintFor } from './paint.ts';

export interface TerminalOptions {
  readonly columns: number;
  readonly color: boolean;
  /** Everything: facts, quoted lines, every finding. */
  readonly verbose: boolean;
  readonly version: string;
}

/** Longer lines are hard to read, however wide the window is. */
const WIDEST = 110;
const NARROWEST = 40;
/** A quoted line takes this many rows at most in the brief report: the first, and the last ones, where the reason stands. */
const LOG_ROWS = 3;

/** Not an element for `virsh edit`, nor an option for QEMU's command line. */
const TO_TYPE = /^[^<\s-]/;

interface Page {
  readonly width: number;
  readonly paint: Paint;
  readonly verbose: boolean;
  readonly table: typeof import('cli-table3') | undefined;
}

const tones = (paint: Paint) =>
  ({
    bad: paint.red,
    warn: paint.yellow,
    info: paint.cyan,
    good: paint.green,
    muted: paint.gray,
  }) satisfies Record<Tone, Paint>;

function styler(paint: Paint, base: Paint | undefined): (text: string, word: Word) => string {
  return (text, word) => {
    if (typeof word === 'string') return base ? base(text) : text;
    if (word.kind === 'strong') return paint.bold(text);
    if (word.kind === 'code') return base ? base(text) : paint.cyan(text);
    return paint.gray(text);
  };
}

const indent = (lines: readonly string[], by: number) =>
  lines.map((l) => (l === '' ? '' : ' '.repeat(by) + l));

function flow(words: Words, page: Page, width: number, base?: Paint): string[] {
  return wrap(words, width, styler(page.paint, base));
}

function logRows(lines: readonly LogLine[], page: Page, width: number): string[] {
  const { paint } = page;
  const labels = Math.max(...lines.map((l) => columnsOf(l.label)));
  const room = Math.max(20, width - labels - 2);
  return lines.flatMap((l) => {
    const rows = wrap([l.text], room, (t) => (l.mark ? t : paint.gray(t)));
    const whole = page.verbose || rows.length <= LOG_ROWS + 1;
    const shown = whole ? rows : [...rows.slice(0, 1), paint.gray('…'), ...rows.slice(1 - LOG_ROWS)];
    return (shown.length > 0 ? shown : ['']).map(
      (row, i) => `${paint.gray((i === 0 ? l.label : '').padEnd(labels))}  ${row}`,
    );
  });
}

function chainRows(steps: readonly ChainStep[], page: Page, width: number): string[] {
  const { paint } = page;
  return steps.flatMap((s) => {
    const lead = s.depth === 0 ? '' : `${'    '.repeat(s.depth - 1)}└─▶ `;
    const about = [s.id, ...(s.devices.length > 0 ? [deviceList(s.devices)] : []), plain(s.lines)];
    const words: Words = [
      s.verdict ? { kind: 'strong', text: s.title } : s.title,
      { kind: 'muted', text: `  ${about.filter((a) => a !== '').join(' · ')}` },
    ];
    const rows = flow(words, page, width - lead.length);
    if (s.why) rows.push(...flow([s.why], page, width - lead.length, paint.gray));
    return rows.map((row, i) => (i === 0 ? paint.gray(lead) : ' '.repeat(lead.length)) + row);
  });
}

function listRows(items: readonly ListItem[], ordered: boolean, page: Page, width: number): string[] {
  const { paint } = page;
  const roomy = items.some((i) => i.blocks.length > 1);
  return items.flatMap((item, i) => {
    const mark = ordered ? `${i + 1}.` : item.tone === 'muted' ? '·' : item.tone === 'good' ? '✓' : '●';
    const color = item.tone ? tones(paint)[item.tone] : paint.bold;
    const hang = Math.max(2, mark.length + 1);
    const aside: Words = item.aside ? [{ kind: 'muted', text: `  (${item.aside})` }] : [];
    const rows = flow([...item.words, ...aside], page, width - hang);
    const body = item.blocks.flatMap((b) => blockRows(b, page, width - hang));
    return [
      ...(roomy && i > 0 ? [''] : []),
      ...rows.map((row, n) => (n === 0 ? color(mark.padEnd(hang)) : ' '.repeat(hang)) + row),
      ...indent(body, hang),
    ];
  });
}

function tableRows(block: Extract<Block, { kind: 'table' }>, page: Page): string[] {
  if (!page.table) return [];
  const none = Object.fromEntries(
    ['top', 'bottom', 'left', 'right', 'mid']
      .flatMap((side) => [side, `${side}-mid`, `${side}-left`, `${side}-right`, `mid-${side}`])
      .map((name) => [name, '']),
  );
  const widths = block.head.map((head, i) =>
    Math.max(columnsOf(head), ...block.rows.map((row) => columnsOf(plain(row[i] ?? [])))),
  );
  // The widest column gives way when the table is wider than the page.
  const widest = widths.indexOf(Math.max(...widths));
  const others = widths.reduce((sum, w, i) => sum + (i === widest ? 0 : w + 2), 0);
  const room = page.width - others - 4;
  if (room < 20)
    return block.rows.flatMap((row) => {
      const cells = row.filter((cell) => plain(cell) !== '');
      return flow(
        cells.flatMap((cell, i): Word[] => (i === 0 ? [...cell] : ['  ', ...cell])),
        page,
        page.width,
      );
    });
  const table = new page.table({
    chars: { ...none, middle: '' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2, compact: true },
  });
  for (const row of block.rows)
    table.push(row.map((cell, i) => flow(cell, page, i === widest ? room : (widths[i] ?? room)).join('\n')));
  return table
    .toString()
    .split('\n')
    .map((l) => l.trimEnd());
}

function blockRows(block: Block, page: Page, width: number): string[] {
  const { paint } = page;
  switch (block.kind) {
    case 'verdict': {
      const color = block.confidence === 'likely' ? paint.red : paint.yellow;
      const devices = block.devices.length > 0 ? [deviceList(block.devices)] : [];
      return [
        ...flow([block.title], page, width - 2, color.bold).map(
          (l, i) => `${i === 0 ? color('✗ ') : '  '}${l}`,
        ),
        ...indent(
          flow(
            [[CONFIDENCE_WORDS[block.confidence], block.id, ...devices].join(' · ')],
            page,
            width - 2,
            paint.gray,
          ),
          2,
        ),
        '',
      ];
    }
    case 'heading':
      return ['', paint.bold(block.text)];
    case 'paragraph':
      return flow(block.words, page, width, block.tone ? tones(paint)[block.tone] : undefined);
    case 'list':
      return listRows(block.items, block.ordered, page, width);
    case 'table':
      return tableRows(block, page);
    case 'code':
      // A command is never broken: it is there to be copied. What is said of it is read.
      return block.lines.flatMap((l) =>
        block.language === 'text'
          ? [paint.cyan(l)]
          : l.startsWith('# ')
            ? commentRows(l, width).map((row) => paint.gray(row))
            : [`${TO_TYPE.test(l) ? paint.gray('$ ') : ''}${paint.cyan(l)}`],
      );
    case 'log':
      return logRows(block.lines, page, width);
    case 'chain':
      return chainRows(block.steps, page, width);
    case 'timeline':
      return [];
  }
}

function sectionRows(section: Section, page: Page): string[] {
  const rows = section.blocks.flatMap((b, i) => {
    const previous = section.blocks[i - 1];
    const apart = previous && b.kind === previous.kind && b.kind === 'log';
    const after = previous?.kind === 'paragraph' && b.kind === 'list';
    return [...(apart || after ? [''] : []), ...blockRows(b, page, page.width)];
  });
  return [...(section.title ? [page.paint.bold(section.title)] : []), ...rows, ''];
}

/** A document as text for a terminal of `columns` columns; ends with a line break. */
export async function terminalDocument(
  document: Document,
  options: Omit<TerminalOptions, 'version'>,
): Promise<string> {
  const tables = document.sections.some((s) => s.blocks.some((b) => b.kind === 'table'));
  const page: Page = {
    width: Math.max(NARROWEST, Math.min(options.columns, WIDEST)) - 4,
    paint: await paintFor(options),
    verbose: options.verbose,
    table: tables ? (await import('cli-table3')).default : undefined,
  };
  const rows = document.sections.flatMap((s) => sectionRows(s, page));
  return `\n${indent(rows, 2).join('\n').trimEnd()}\n`;
}

/** The report as text for a terminal of `columns` columns; ends with a line break. */
export function terminalReport(result: Result, base: RuleBase, options: TerminalOptions): Promise<string> {
  const view = options.verbose ? 'verbose' : 'brief';
  return terminalDocument(compose(result, base, { version: options.version, view }), options);
}
