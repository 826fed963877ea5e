// `explain`: everything the rule base says of a rule, cause, fix or device, as a Document like any report.
import type { Commands } from '../engine/advise.ts';
import type {
  Cause,
  CauseFix,
  CauseLink,
  Check,
  Condition,
  Confirm,
  DeviceNote,
  Fix,
  Instance,
  Rule,
  RuleBase,
} from '../model.ts';
import { ruleById } from '../rules/by-id.ts';
import { emptyFacts } from '../text/facts.ts';
import { fill, fillCommand } from '../text/fill.ts';
import { hostNames } from '../text/hosts.ts';
import { conditionWords, ids, or } from './conditions.ts';
import {
  type Block,
  type Document,
  type ListItem,
  RISK_WORDS,
  type Section,
  type Words,
} from './document.ts';
import { checkWords, NEEDS_WORDS, rootShell } from './words.ts';

const section = (title: string, blocks: readonly Block[]): Section => ({ id: 'explain', title, blocks });
const paragraph = (...words: Words): Block => ({ kind: 'paragraph', words });
const item = (words: Words, blocks: readonly Block[] = [], aside?: string): ListItem => ({
  words,
  blocks,
  ...(aside ? { aside } : {}),
});
const list = (items: readonly ListItem[], ordered = false): Block => ({ kind: 'list', ordered, items });
const plainList = (texts: readonly string[]): Block => list(texts.map((t) => item([t])));

const sources = (refs: readonly string[]) => section('Sources', [plainList(refs)]);
const onlyWhen = (when: Condition | undefined): Block[] =>
  when ? [{ kind: 'paragraph', tone: 'muted', words: ['When ', ...conditionWords(when), '.'] }] : [];

const EFFECT_WORDS: Readonly<Record<CauseLink['effect'], string>> = {
  raises: 'speaks for',
  lowers: 'speaks against',
};

/** Where a fix comes before the others. */
function firstWhen(first: CauseFix['first']): Block[] {
  if (!first) return [];
  const mended = first.mended ? ['a known fault of the version at hand was mended later'] : [];
  const words = [...(first.when ? conditionWords(first.when) : []), ...mended];
  return [{ kind: 'paragraph', tone: 'muted', words: ['Before the others when ', ...words, '.'] }];
}

function linkItem({ cause, strength, effect, when, note }: CauseLink, base: RuleBase): ListItem {
  const title = base.causes.get(cause)?.title ?? cause;
  const words: Words = [
    `${EFFECT_WORDS[effect]} `,
    { kind: 'strong', text: title },
    '  ',
    { kind: 'id', id: cause },
  ];
  return item(words, [...(note ? [paragraph(note)] : []), ...onlyWhen(when)], strength);
}

function formItem({ title, why, when }: Cause['forms'][number]): ListItem {
  const words = [title, why].filter((text) => text !== undefined).map((text) => fill(text, []));
  const [first = '', ...others] = words;
  return item(
    [title ? { kind: 'strong', text: first } : first],
    [...others.map((t) => paragraph(t)), ...onlyWhen(when)],
  );
}

function instanceItem({ title, versions, seen, when, mended, refs }: Instance): ListItem {
  const affected = Object.entries(versions).map(([name, ranges]) => `${name} ${or(ranges)}`);
  return item(
    [`${title.charAt(0).toUpperCase()}${title.slice(1)}.`],
    [
      paragraph(`Affected: ${affected.join('; ')}.${mended ? ` Mended in ${mended}.` : ''}`),
      ...(seen.length > 0 ? [paragraph('Seen as ', ...ids(seen))] : []),
      ...onlyWhen(when),
      { kind: 'paragraph', tone: 'muted', words: [refs.join('; ')] },
    ],
  );
}

/** A check for whatever host has its command. */
const checkOf = ({ run, expect, on }: Confirm): Check => ({
  run: fillCommand(run, [], undefined),
  expect: fillCommand(expect, [], undefined),
  ...(on ? { host: hostNames(on) } : {}),
});

/** What a fix changes and what to type, for every kind of host. */
function fixBlocks(fix: Fix, commandsFor: Commands, note?: string): Block[] {
  const { commands } = commandsFor(fix, emptyFacts(), []);
  return [
    ...(fix.warning
      ? [{ kind: 'paragraph', tone: 'warn', words: [`Careful: ${fill(fix.warning, [])}`] } as const]
      : []),
    ...(note ? [paragraph(`Here: ${fill(note, [])}`)] : []),
    paragraph(fill(fix.effect, [])),
    ...(commands.length > 0 ? [{ kind: 'code', language: 'console', lines: commands } as const] : []),
    ...fix.confirm.map((c) => paragraph('It worked when ', ...checkWords(checkOf(c)))),
    paragraph(`To undo: ${fillCommand(fix.undo, [], undefined)}`),
  ];
}

const fixAside = (fix: Fix) => [RISK_WORDS[fix.risk], NEEDS_WORDS[fix.needs]].join(', ');

export function explainCause(cause: Cause, base: RuleBase, commandsFor: Commands): Document {
  const fixes = cause.fixes.flatMap((use) => {
    const fix = base.fixes.get(use.fix);
    if (!fix) return [];
    const words: Words = [{ kind: 'strong', text: fill(fix.title, []) }, '  ', { kind: 'id', id: fix.id }];
    return [
      item(
        words,
        [
          ...onlyWhen(fix.when),
          ...onlyWhen(use.when),
          ...firstWhen(use.first),
          ...fixBlocks(fix, commandsFor, use.note),
        ],
        fixAside(fix),
      ),
    ];
  });
  const raisedBy = base.rules.filter((r) =>
    r.causes.some((c) => c.cause === cause.id && c.effect === 'raises'),
  );
  const edge = (id: string, why: string | undefined, when?: Condition) =>
    item(
      [{ kind: 'strong', text: base.causes.get(id)?.title ?? id }, '  ', { kind: 'id', id }],
      [...(why ? [paragraph(why)] : []), ...onlyWhen(when)],
    );
  const signs = cause.signs.map((sign) =>
    item(
      [{ kind: 'strong', text: EFFECT_WORDS[sign.effect] }, `: ${sign.text}`],
      onlyWhen(sign.when),
      sign.strength,
    ),
  );
  const devices = base.devices.flatMap((note) =>
    note.causes.flatMap((link) =>
      link.cause === cause.id
        ? [
            item(
              [
                { kind: 'strong', text: EFFECT_WORDS[link.effect] },
                `: ${note.title}  `,
                { kind: 'id', id: note.id },
              ],
              onlyWhen(link.when),
              link.strength,
            ),
          ]
        : [],
    ),
  );
  const roots = [...base.causes.values()].flatMap((c) =>
    c.leadsTo.filter((e) => e.cause === cause.id).map((e) => edge(c.id, e.why, e.when)),
  );
  return {
    title: cause.title,
    sections: [
      section('', [
        paragraph(fill(cause.why, [])),
        ...(cause.concerns
          ? [
              {
                kind: 'paragraph',
                tone: 'muted',
                words: ['Only where ', ...conditionWords({ device: cause.concerns }), '.'],
              } as const,
            ]
          : []),
      ]),
      section(
        'What it looks like',
        cause.forms.length > 0 ? [list(cause.forms.map((f) => formItem(f)))] : [],
      ),
      section('What to do, in this order', [...rootShell(fixes.flatMap((f) => f.blocks)), list(fixes, true)]),
      section(
        'What will not help',
        cause.notTheFix.length > 0
          ? [list(cause.notTheFix.map((n) => item([n.text], onlyWhen(n.when))))]
          : [],
      ),
      section(
        'How to make sure',
        cause.confirm.map((c) => paragraph(...checkWords(checkOf(c), 'should'))),
      ),
      section(
        'Known faults of versions',
        cause.instances.length > 0 ? [list(cause.instances.map((i) => instanceItem(i)))] : [],
      ),
      section('It can be brought about by', roots.length > 0 ? [list(roots)] : []),
      section(
        'What else shows itself in this way',
        cause.alternatives.length > 0
          ? [list(cause.alternatives.map((a) => edge(a.cause, a.why, a.when)))]
          : [],
      ),
      section(
        'It can lead to',
        cause.leadsTo.length > 0 ? [list(cause.leadsTo.map((e) => edge(e.cause, e.why, e.when)))] : [],
      ),
      section(
        'Messages that speak for it',
        raisedBy.length > 0
          ? [list(raisedBy.map((r) => item([r.title, '  ', { kind: 'id', id: r.id }])))]
          : [],
      ),
      section('What else speaks for or against it', signs.length > 0 ? [list(signs)] : []),
      section('Devices that speak for or against it', devices.length > 0 ? [list(devices)] : []),
      sources(cause.refs),
    ].filter((s) => s.blocks.length > 0),
  };
}

const code = (lines: readonly string[] = []): Block[] =>
  lines.length > 0 ? [{ kind: 'code', language: 'text', lines }] : [];

function explainRule(rule: Rule, base: RuleBase): Document {
  const patterns = rule.observe ? [] : [...rule.match, ...rule.regex];
  return {
    title: rule.title,
    sections: [
      section('', [
        paragraph(fill(rule.means, [])),
        ...(rule.harmlessUnless ? [paragraph(`Harmless, unless ${rule.harmlessUnless}`)] : []),
      ]),
      section('Lines like', code(rule.examples.match)),
      section(
        'What it says of the cause',
        rule.causes.length > 0 ? [list(rule.causes.map((c) => linkItem(c, base)))] : [],
      ),
      section('Patterns', code(patterns)),
      section('The line holds each of', code(rule.line?.holds)),
      section('The line holds none of', code(rule.line?.lacks)),
      sources(rule.refs),
    ].filter((s) => s.blocks.length > 0),
  };
}

function explainFix(fix: Fix, base: RuleBase, commandsFor: Commands): Document {
  const causes = [...base.causes.values()].filter((c) => c.fixes.some((f) => f.fix === fix.id));
  const blocks = fixBlocks(fix, commandsFor);
  return {
    title: fill(fix.title, []),
    sections: [
      section('', [
        paragraph({ kind: 'muted', text: fixAside(fix) }),
        ...onlyWhen(fix.when),
        ...rootShell(blocks),
        ...blocks,
      ]),
      section('A fix for', [list(causes.map((c) => item([c.title, '  ', { kind: 'id', id: c.id }])))]),
      sources(fix.refs),
    ],
  };
}

export function explainDevice(note: DeviceNote, base: RuleBase): Document {
  return {
    title: note.title,
    sections: [
      section('', [paragraph({ kind: 'muted', text: note.ids.join(', ') }), paragraph(note.note)]),
      section(
        'What it says of the cause',
        note.causes.length > 0 ? [list(note.causes.map((c) => linkItem(c, base)))] : [],
      ),
      sources(note.refs),
    ].filter((s) => s.blocks.length > 0),
  };
}

/** The explanation of whatever has this id: cause first, then rule, fix, device. Undefined when nothing has. */
export function explain(id: string, base: RuleBase, commandsFor: Commands): Document | undefined {
  const cause = base.causes.get(id);
  if (cause) return explainCause(cause, base, commandsFor);
  const rule = ruleById(base, id);
  if (rule) return explainRule(rule, base);
  const fix = base.fixes.get(id);
  if (fix) return explainFix(fix, base, commandsFor);
  const note = base.devices.find((d) => d.id === id);
  return note && explainDevice(note, base);
}
