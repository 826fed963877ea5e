// Making a report fit a size limit: sections go by priority, excerpts shrink, and the report says what was left out; or it
// is split into numbered parts, each valid by itself.
import { UserError } from '../user-error.ts';
import type { Document, Section, SectionId } from './document.ts';
import { type Markup, type Piece, renderSections, sectionPieces } from './markup.ts';
import type { Limit } from './places.ts';

const encoder = { bytes: (s: string) => utf8Length(s), characters: (s: string) => [...s].length };

/** Bytes of the text in UTF-8. */
function utf8Length(s: string): number {
  let bytes = 0;
  for (const c of s) {
    const p = c.codePointAt(0) ?? 0;
    bytes += p < 0x80 ? 1 : p < 0x800 ? 2 : p < 0x10000 ? 3 : 4;
  }
  return bytes;
}

export const sizeOf = (text: string, unit: Limit['unit']): number => encoder[unit](text);

/** What gives way, first things first. A number is how many lines of surroundings the excerpts keep. */
const STEPS: readonly (readonly [SectionId, string] | number)[] = [
  ['findings', 'the list of all findings'],
  ['uncatalogued', 'suspicious lines that no rule knows'],
  ['raw', 'the sections that helpers ask for (command line, lspci, groups, guest)'],
  1,
  0,
  ['others', 'other causes'],
  ['excerpts', 'the quoted lines'],
  ['missing', 'what the input does not hold'],
  ['tried', 'what was tried'],
  ['facts', 'the facts of the machine'],
  ['notices', 'notes'],
  ['chain', 'the causal chain'],
  ['fixes', 'what to do'],
];

/** The document for `around` lines of surroundings: composing is left to the caller, who has the result. */
export type Composed = (around: number) => Document;

function note(left: readonly string[], limit: Limit): Section {
  const what = `Left out for the limit of ${limit.size.toLocaleString('en')} ${limit.unit}: ${left.join(', ')}.`;
  return { id: 'footer', title: '', blocks: [{ kind: 'paragraph', words: [what], tone: 'muted' }] };
}

/** The first version of the report that is no longer than `limit`. Throws UserError when not even the verdict fits. */
export function fitted(composed: Composed, markup: Markup, around: number, limit: Limit | undefined): string {
  const whole = renderSections(composed(around).sections, markup);
  if (!limit || sizeOf(whole, limit.unit) <= limit.size) return whole;
  const dropped = new Set<Section['id']>();
  const left: string[] = [];
  let lines = around;
  let document = composed(around);
  let smallest = whole;
  for (const step of STEPS) {
    if (typeof step === 'number') {
      if (step >= lines) continue;
      lines = step;
      document = composed(lines);
      const said = `lines around the evidence beyond ${step}`;
      if (left.at(-1)?.startsWith('lines around')) left.pop();
      left.push(said);
    } else {
      if (!document.sections.some((s) => s.id === step[0])) continue;
      dropped.add(step[0]);
      left.push(step[1]);
    }
    const kept = document.sections.filter((s) => !dropped.has(s.id));
    smallest = renderSections([...kept, note(left, limit)], markup);
    if (sizeOf(smallest, limit.unit) <= limit.size) return smallest;
  }
  const bare = document.sections.slice(0, 1).map((s) => ({ ...s, blocks: s.blocks.slice(0, 2) }));
  smallest = renderSections([...bare, note(['everything but the verdict'], limit)], markup);
  if (sizeOf(smallest, limit.unit) <= limit.size) return smallest;
  throw new UserError(
    `--limit ${limit.size}: the verdict alone takes ${sizeOf(smallest, limit.unit)} ${limit.unit}`,
    'Give more room, or use --split to write several parts.',
  );
}

/** Cuts code between two lines so that each part fits. */
function cut(piece: Piece, markup: Markup, limit: Limit, room: number): string[] {
  if (sizeOf(piece.text, limit.unit) <= room || !piece.lines) return [piece.text];
  const parts: string[] = [];
  let lines: string[] = [];
  for (const line of piece.lines) {
    if (lines.length > 0 && sizeOf(markup.code([...lines, line], 'text'), limit.unit) > room) {
      parts.push(markup.code(lines, 'text'));
      lines = [];
    }
    lines.push(line);
  }
  return [...parts, markup.code(lines, 'text')];
}

/** The whole report in parts of at most `limit` each; every part says its number. */
export function split(document: Document, markup: Markup, limit: Limit): string[] {
  const head = (n: number, of: number) =>
    `${markup.words([{ kind: 'strong', text: `Part ${n} of ${of}` }])}\n\n`;
  const room = limit.size - sizeOf(head(999, 999), limit.unit) - 2;
  const parts: string[][] = [[]];
  let used = 0;
  const pieces = document.sections
    .flatMap((s) => sectionPieces(s, markup))
    .flatMap((p) => cut(p, markup, limit, room));
  for (const text of pieces) {
    const size = sizeOf(text, limit.unit) + 2;
    if (size > room + 2)
      throw new UserError(
        `--limit ${limit.size}: a single paragraph takes ${size} ${limit.unit}`,
        'Give more room for each part.',
      );
    if (used > 0 && used + size > room) {
      parts.push([]);
      used = 0;
    }
    parts.at(-1)?.push(text);
    used += size;
  }
  if (parts.length === 1) return [`${parts[0]?.join('\n\n') ?? ''}\n`];
  return parts.map((p, i) => `${head(i + 1, parts.length)}${p.join('\n\n')}\n`);
}
