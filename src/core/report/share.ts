// A report for other eyes: composed, masked, and with a line at the end that says what was masked.
import type { Result, RuleBase } from '../model.ts';
import { BEYOND_US, createRedactor } from '../redact/redact.ts';
import { AROUND, compose, type View } from './compose.ts';
import { type Document, mapDocument, type Section } from './document.ts';
import { fitted, split } from './fit.ts';
import type { Limit, Place } from './places.ts';

export interface ShareOptions {
  readonly version: string;
  /** Mask what is private: the default of every caller. */
  readonly redact: boolean;
  readonly also: readonly string[];
}

/** The masked document, and what was masked in it. */
export function shareable(
  result: Result,
  base: RuleBase,
  view: View,
  options: ShareOptions,
  around = AROUND,
): { readonly document: Document; readonly masked: readonly string[] } {
  const document = compose(result, base, { version: options.version, view, around });
  if (!options.redact) return { document, masked: [] };
  const hosts = [...result.raw.hosts, ...(result.facts.hostname ? [result.facts.hostname] : [])];
  const redactor = createRedactor({ hosts, also: options.also });
  for (const text of result.raw.lines.values()) redactor.learn(text);
  for (const section of result.raw.sections.values()) for (const { text } of section) redactor.learn(text);
  const safe = mapDocument(document, (text, place) =>
    place === 'label' ? redactor.maskName(text) : redactor.mask(text),
  );
  const masked = redactor.summary();
  const said = masked.length > 0 ? `Masked: ${masked.join(', ')}.` : 'Nothing private was recognised.';
  const footer: Section = {
    id: 'footer',
    title: '',
    blocks: [{ kind: 'paragraph', words: [`${said} ${BEYOND_US}`], tone: 'muted' }],
  };
  return { document: { ...safe, sections: [...safe.sections, footer] }, masked };
}

/** The report as text to post at `place`, within the limit. */
export function post(
  result: Result,
  base: RuleBase,
  place: Place,
  options: ShareOptions,
  limit: Limit | undefined = place.limit,
): string {
  const composed = (around: number) => shareable(result, base, 'share', options, around).document;
  return fitted(composed, place.markup, AROUND, limit);
}

/** The whole report in as many parts as the limit asks for. */
export function postInParts(
  result: Result,
  base: RuleBase,
  place: Place,
  options: ShareOptions,
  limit: Limit,
): string[] {
  return split(shareable(result, base, 'share', options).document, place.markup, limit);
}
