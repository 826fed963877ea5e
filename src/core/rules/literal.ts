// Which fixed text of a pattern is it found by? One that a gate can tell, and that few lines of an ordinary log hold.

declare const TextEncoder: new () => { encode(text: string): Uint8Array };
export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The shortest literal that a gate can tell, in bytes of UTF-8. */
const MIN_BYTES = 7;
/** The shortest that an opened line is searched for, in characters. */
const MIN_CHARACTERS = 4;

/** Whether a gate can tell `literal`, so that it may stand in front of a pattern. */
export const isLiteral = (literal: string): boolean =>
  literal.length >= MIN_CHARACTERS && utf8(literal).length >= MIN_BYTES;

/** Words that every log is full of; some have lost the letter that may be large. */
const EVERYDAY =
  /\b(?:a|ail|ailed|an|and|annot|any|are|assigned|at|be|been|bridge|by|can|cannot|command|container|could|denied|device|directory|disabled|does|domain|driver|enabled|enabling|equires|error|fail|failed|failure|file|for|found|from|group|has|have|in|invalid|is|kernel|line|memory|module|nable|nabling|name|network|no|not|of|on|open|operation|or|ould|path|pci|permission|read|requires|resource|rror|set|size|start|state|such|support|supported|system|the|this|time|timeout|to|type|uhci_hcd|unable|unsupported|use|used|using|value|was|with|write|xhci_hcd)\b/gi;

/** How many letters and digits of `text` belong to words that are none of the everyday ones. */
const rareCharacters = (text: string): number =>
  text.replace(EVERYDAY, '').replace(/[^\p{L}\d]/gu, '').length;

/** How well `text` tells a line, below 1 when a gate cannot: rare words count first, then the length. */
export const worth = (text: string): number =>
  isLiteral(text) ? rareCharacters(text) * 4 + text.length : text.length / 10;

const least = (literals: readonly string[]) => Math.min(...literals.map(worth));

/** How much more several literals have to tell than one, for each of them costs the gate. */
const WORTH_SEVERAL = 1.5;

/**
 * The literals of which every text holds at least one that is made of `parts`, in a row: each one of some spellings, or undefined for
 * what is not fixed. One fixed text does where it tells enough; else neighbours are spelled out, in up to `most` ways. `piece` is what
 * of a spelling stands in every such text.
 */
export function bestLiterals(
  parts: readonly (readonly string[] | undefined)[],
  most: number,
  piece: (text: string) => string = (text) => text,
): string[] {
  let best = [''];
  for (let from = 0; from < parts.length; from++) {
    let texts: readonly string[] = [''];
    for (const part of parts.slice(from)) {
      if (!part || texts.length * part.length > most) break;
      texts = texts.flatMap((text) => part.map((option) => text + option));
      const pieces = [...new Set(texts.map(piece))];
      const more = pieces.length > best.length ? WORTH_SEVERAL : 1;
      if (least(pieces) > least(best) * more) best = pieces;
    }
  }
  return best;
}
