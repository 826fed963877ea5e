// The reference in docs/: a page per cause, the messages and the devices, made from the same rule files that diagnose.
import type { Commands } from '../engine/advise.ts';
import type { Rule, RuleBase } from '../model.ts';
import type { Document } from './document.ts';
import { explainCause, explainDevice } from './explain.ts';
import { codeSpan, escapeMarkdown, type MarkdownFlavor, markdown, richText } from './markdown.ts';
import { type Markup, renderSections } from './markup.ts';

const GENERATED = '<!-- Made from rules/ by `npm run generate`; edit the rule files instead. -->';
const FLAVOR = {
  code: 'fence',
  tables: true,
  mermaid: false,
  details: false,
  nesting: true,
  rich: true,
} satisfies MarkdownFlavor;

/** Where a page stands: in docs/ or in docs/causes/. */
type From = '' | 'causes/';

const href = (page: string, from: From) => (from === '' ? page : `../${page}`);
const causeLink = (id: string, from: From) => `[${id}](${from === '' ? 'causes/' : ''}${id}.md)`;

/** Links the ids of causes and devices, and of rules to the table of their area; every other id stays code. */
function pageMarkup(base: RuleBase, from: From): Markup {
  const devices = new Set(base.devices.map((d) => d.id));
  const areas = new Map(base.rules.map((r) => [r.id, r.area]));
  const m = markdown({
    ...FLAVOR,
    link(id) {
      if (base.causes.has(id)) return causeLink(id, from);
      if (devices.has(id)) return `[${id}](${href('devices.md', from)}#${id})`;
      const area = areas.get(id);
      return area && `[${id}](${href('messages.md', from)}#${area})`;
    },
  });
  // A page about one cause has its name for a title; devices are many on a page, each with a heading of its own.
  return from === '' ? m : { ...m, heading: (text) => `## ${escapeMarkdown(text)}` };
}

const page = (title: string, ...parts: readonly string[]) =>
  `${[`${GENERATED}\n\n# ${escapeMarkdown(title)}`, ...parts].join('\n\n').trim()}\n`;

const sortedCauses = (base: RuleBase) => [...base.causes.values()].sort((a, b) => a.id.localeCompare(b.id));
const count = <T>(list: Iterable<T>) => [...list].length;

function indexPage(base: RuleBase): string {
  const causes = sortedCauses(base).map((c) => `| ${causeLink(c.id, '')} | ${richText(c.title)} |`);
  return page(
    'What passthrough messages mean',
    `${count(base.causes)} causes with their cures; [${base.rules.length} kinds of messages](messages.md) by what printed them; [${base.devices.length} families of devices](devices.md) known for trouble. \`pt-doctor explain ID\` prints the same in a terminal.`,
    '## Causes',
    ['| cause | what is wrong |', '| --- | --- |', ...causes].join('\n'),
  );
}

function messageRow(rule: Rule): string[] {
  const patterns = rule.observe ? [] : [...rule.match, ...rule.regex];
  if (patterns.length === 0) return [];
  const causes = [...new Set(rule.causes.filter((c) => c.effect === 'raises').map((c) => c.cause))];
  const verdict = rule.severity === 'benign' ? 'harmless' : causes.map((c) => causeLink(c, '')).join(', ');
  const codes = (list: readonly string[]) => list.map((p) => codeSpan(p, true));
  const { holds = [], lacks = [] } = rule.line ?? {};
  const rest = [
    holds.length > 0 ? `in a line with ${codes(holds).join(' and ')}` : '',
    lacks.length > 0 ? `in a line without ${codes(lacks).join(' and ')}` : '',
  ].filter(Boolean);
  const cells = [[...codes(patterns), ...rest].join('<br>'), richText(rule.title), verdict];
  return [`| ${[...cells, codeSpan(rule.id)].join(' | ')} |`];
}

function messagesPage(base: RuleBase): string {
  const areas = [...new Set(base.rules.map((r) => r.area))].sort();
  const tables = areas.flatMap((area) => [
    `## ${area}`,
    [
      '| message | meaning | speaks for | rule |',
      '| --- | --- | --- | --- |',
      ...base.rules.filter((r) => r.area === area).flatMap(messageRow),
    ].join('\n'),
  ]);
  return page(
    'Messages',
    'Holes such as `{device:bdf}` stand for what differs from line to line.',
    areas.map((area) => `[${area}](#${area})`).join(' · '),
    ...tables,
  );
}

const body = (document: Document, m: Markup) => renderSections(document.sections, m).trim();

function devicesPage(base: RuleBase): string {
  const m = pageMarkup(base, '');
  const notes = [...base.devices].sort((a, b) => a.title.localeCompare(b.title));
  return page(
    'Devices known for trouble',
    'Told of a device only where a line names it or the guest gets it. A `*` stands for the rest of an id.',
    ...notes.map(
      (n) => `<a id="${n.id}"></a>\n\n## ${escapeMarkdown(n.title)}\n\n${body(explainDevice(n, base), m)}`,
    ),
  );
}

/** Path below docs/ to text, for every page. */
export function docsPages(base: RuleBase, commandsFor: Commands): ReadonlyMap<string, string> {
  const m = pageMarkup(base, 'causes/');
  return new Map([
    ['README.md', indexPage(base)],
    ['messages.md', messagesPage(base)],
    ['devices.md', devicesPage(base)],
    ...sortedCauses(base).map((cause) => {
      const explained = explainCause(cause, base, commandsFor);
      return [
        `causes/${cause.id}.md`,
        page(explained.title, codeSpan(cause.id), body(explained, m)),
      ] as const;
    }),
  ]);
}
