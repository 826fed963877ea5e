// The reference in docs/: one page per cause and an index by message, made from the same rule files that diagnose.
import type { Commands } from '../engine/advise.ts';
import type { Rule, RuleBase } from '../model.ts';
import { explainCause } from './explain.ts';
import { codeSpan, escapeMarkdown, markdown } from './markdown.ts';
import { renderSections } from './markup.ts';

const GENERATED = '<!-- Made from rules/ by `npm run generate`; edit the rule files instead. -->';
const FLAVOR = { code: 'fence', tables: true, mermaid: false, details: false } as const;

const causeLink = (id: string, from: '' | 'causes/') => `[${id}](${from}${id}.md)`;

/** Links cause ids; every other id stays code. */
function pageMarkup(base: RuleBase, from: '' | 'causes/') {
  return markdown({ ...FLAVOR, link: (id) => (base.causes.has(id) ? causeLink(id, from) : undefined) });
}

function messageRow(rule: Rule, pattern: string): string {
  const causes = [...new Set(rule.causes.filter((c) => c.effect === 'raises').map((c) => c.cause))];
  const verdict =
    rule.severity === 'benign' ? 'harmless' : causes.map((c) => causeLink(c, 'causes/')).join(', ');
  return `| ${codeSpan(pattern, true)} | ${escapeMarkdown(rule.title)} | ${verdict} |`;
}

function indexPage(base: RuleBase): string {
  const areas = new Map<string, Rule[]>();
  for (const r of base.rules) areas.set(r.area, [...(areas.get(r.area) ?? []), r]);
  const causes = [...base.causes.values()].sort((a, b) => a.id.localeCompare(b.id));
  const messages = [...areas]
    .sort(([a], [b]) => a.localeCompare(b))
    .flatMap(([area, rules]) => [
      `### ${area}`,
      '',
      '| message | meaning | speaks for |',
      '| --- | --- | --- |',
      ...rules.flatMap((r) => (r.observe ? [] : [...r.match, ...r.regex].map((p) => messageRow(r, p)))),
      '',
    ]);
  return [
    GENERATED,
    '# What passthrough messages mean',
    '',
    'Holes such as `{device:bdf}` stand for what differs from line to line. `pt-doctor explain ID` prints the same in a terminal.',
    '',
    '## Causes',
    '',
    ...causes.map((c) => `- ${causeLink(c.id, 'causes/')}: ${escapeMarkdown(c.title)}`),
    '',
    '## Messages',
    '',
    ...messages,
  ].join('\n');
}

/** Path below docs/ to text, for every page. */
export function docsPages(base: RuleBase, commandsFor: Commands): ReadonlyMap<string, string> {
  const m = pageMarkup(base, '');
  const pages = new Map([['README.md', indexPage(base)]]);
  for (const cause of base.causes.values()) {
    const { title, sections } = explainCause(cause, base, commandsFor);
    const head = `${GENERATED}\n# ${escapeMarkdown(title)}\n\n${codeSpan(cause.id)}`;
    pages.set(`causes/${cause.id}.md`, `${head}\n\n${renderSections(sections, m).trim()}\n`);
  }
  return pages;
}
