// A log line becomes the draft of a rule: variable parts turn into typed holes, the author fills in the meaning.
import { BDF_PATTERN } from '../text/bdf.ts';
import { openLine } from '../text/envelope.ts';

const HOLES: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`\\b${BDF_PATTERN}\\b`, 'g'), '{device:bdf}'],
  [/\[(?:mem|io) 0x[^\]]*\]/g, '{bar:res}'],
  [/\bD3(?:hot|cold)\b|\bD[0-3]\b/g, '{:pstate}'],
  [/\b[0-9a-f]{4}:[0-9a-f]{4}\b/g, '{:id}'],
  [/\b0x[0-9a-fA-F]+\b/g, '{:hex}'],
  [/(?<![\w.-])-?\d{2,}(?![\w.])/g, '{:int}'],
];

/** The template that the message of a raw log line suggests. */
function draftTemplate(raw: string): string {
  const { text, driver, device } = openLine(raw, 1);
  // The engine reads a `driver bdf: ` prefix by itself.
  const message = driver && device ? text.slice(text.indexOf(': ', text.indexOf('.')) + 2) : text;
  const escaped = message.replaceAll('{', '{{').replaceAll('}', '}}');
  return HOLES.reduce((t, [pattern, hole]) => t.replace(pattern, hole), escaped);
}

/** What the author has to write; `rules lint` complains of a rule that still holds it. */
export const DRAFT_TEXTS = {
  means: 'What the line says, in a sentence.',
  ref: 'file of the source, function()',
  nearMiss: 'a line that looks like it and means something else',
} as const;

/** A rule file to be completed: sound only when `means`, `refs` and the near miss have been written. */
export function draftRule(raw: string): string {
  const { source, text } = openLine(raw, 1);
  return `# yaml-language-server: $schema=../rule.schema.json
title: ${JSON.stringify(text.slice(0, 60))}
severity: error # error | warning | info | benign
source: ${source === 'unknown' ? 'any' : source}
match:
  - ${JSON.stringify(draftTemplate(raw))}
means: >-
  ${DRAFT_TEXTS.means}
causes:
  - { cause: d3cold-power-transition, strength: medium } # pt-doctor rules list shows all causes
refs:
  - "${DRAFT_TEXTS.ref}"
examples:
  match:
    - ${JSON.stringify(raw.trim())}
  no_match:
    - "${DRAFT_TEXTS.nearMiss}"
`;
}
