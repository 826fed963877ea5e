// Rules about rules: references that exist, causes that can be reached, patterns that hold. A part of each in a file of its own.

import { NO_TROUBLE } from '../engine/by-words.ts';
import type { Fix, Rule, RuleBase } from '../model.ts';
import { lintCommands } from './lint-commands.ts';
import { lintExamples, lintPatterns, lintShadows } from './lint-patterns.ts';
import { lintReferences } from './lint-references.ts';

export { lintExamples } from './lint-patterns.ts';

export interface Complaint {
  /** Rule id, or `causes/<id>`, `fixes/<id>`, `devices/<id>`. */
  readonly id: string;
  readonly text: string;
  /** What is named and not there: a rule's id, or `causes/<id>`, `fixes/<id>`. */
  readonly missing?: string;
}

/** `{device}` and the like, but nothing of a shell (`${name}`) and no program in braces. */
const HOLE = /(?<![$\w])\{[a-z_]+\}/g;
const HOLES = new Set(['{device}', '{devices}', '{vmid}', '{driver}', '{rebuild}']);

/** Every text of a fix, however deep. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return value && typeof value === 'object' ? Object.values(value).flatMap(textsOf) : [];
}

function lintIds(base: RuleBase): Complaint[] {
  const seen = new Set<string>();
  return base.rules.flatMap(({ id }) => {
    const twice = seen.has(id);
    seen.add(id);
    return twice ? [{ id, text: 'two files have this id' }] : [];
  });
}

/** A frightening line is named as harmless only together with what would make it a fault. */
const lintBenign = (base: RuleBase): Complaint[] =>
  base.rules.flatMap(({ id, severity, harmlessUnless }) =>
    severity === 'benign' && !harmlessUnless
      ? [{ id, text: 'benign: say under harmless_unless when it is a fault after all' }]
      : [],
  );

/** Causes that no rule which can match raises, and that no fact raises by itself. */
function lintReach(base: RuleBase, sound: readonly Rule[]): Complaint[] {
  const raised = new Set(
    sound.flatMap((r) =>
      r.tier === 'broad' ? [] : r.causes.filter((c) => c.effect === 'raises').map((c) => c.cause),
    ),
  );
  const rules = new Set(sound.map((r) => r.id));
  return [...base.causes.values()].flatMap((cause) => {
    const alone = cause.signs.some((s) => s.strength === 'strong' && s.effect === 'raises');
    const byInstance = cause.instances.some((i) => i.seen.some((rule) => rules.has(rule)));
    return raised.has(cause.id) || alone || byInstance
      ? []
      : [{ id: `causes/${cause.id}`, text: 'unreachable: no rule raises it' }];
  });
}

/** What a step says in words although the data has a key for it, so that a reader takes alternatives for a sequence. */
const SAID_IN_WORDS = [
  [/^(?:either|or|else)\b/i, 'ways of which one is enough stand under "either"'],
  [
    /(?:^|\. )(?:plain )?(?:libvirt|QEMU)(?: \([^)]*\))?: /i,
    'a step for libvirt or plain QEMU has "on: [libvirt]" or "on: [qemu]"',
  ],
] as const;

function lintSteps({ action }: Fix): string[] {
  if (action.do !== 'manual') return [];
  return action.steps.flatMap((step) => [
    ...SAID_IN_WORDS.flatMap(([words, text]) => (words.test(step.text ?? '') ? [`steps: ${text}`] : [])),
    ...(step.run?.some((run) => /\bqm (?:set|config|list)\b/.test(run)) && !step.on?.includes('proxmox')
      ? ['steps: a step with qm has "on: [proxmox]"']
      : []),
  ]);
}

function lintFixes(base: RuleBase): Complaint[] {
  const complaints: Complaint[] = [];
  const used = new Set([...base.causes.values()].flatMap((c) => c.fixes.map((f) => f.fix)));
  for (const [id, fix] of base.fixes) {
    const say = (text: string) => void complaints.push({ id: `fixes/${id}`, text });
    for (const [hole] of textsOf(fix).flatMap((text) => [...text.matchAll(HOLE)]))
      if (!HOLES.has(hole)) say(`nothing fills ${hole}; known are ${[...HOLES].join(', ')}`);
    for (const text of lintSteps(fix)) say(text);
    // A fix that `plan --fix` can carry out is of use by itself; words for a person need a cause that shows them.
    if (!used.has(id) && (fix.action.do === 'manual' || fix.action.do === 'vm-option'))
      say('no cause uses this fix');
  }
  return complaints;
}

/** Words are learned of the causes that there are, all of them or none. */
function lintWords({ words, causes }: RuleBase): Complaint[] {
  if (words.length === 0) return [];
  const wanted = [...causes.keys(), NO_TROUBLE];
  const learned = new Set(words.map((w) => w.id));
  const again = 'learn the words again: npm run learn';
  return [
    ...wanted
      .filter((id) => !learned.has(id))
      .map((id) => ({ id: `words/${id}`, text: `is missing; ${again}` })),
    ...[...learned]
      .filter((id) => !wanted.includes(id))
      .map((id) => ({ id: `words/${id}`, text: `there is no such cause; ${again}` })),
  ];
}

/** Checks a rule base as a whole. An empty list means that it is sound. */
export function lint(base: RuleBase): Complaint[] {
  const { complaints, broken } = lintPatterns(base.rules);
  const sound = base.rules.filter((r) => !broken.has(r.id));
  return [
    ...lintIds(base),
    ...lintBenign(base),
    ...complaints,
    ...lintReferences(base),
    ...lintReach(base, sound),
    ...lintShadows(sound),
    ...lintFixes(base),
    ...lintCommands(base),
    ...lintWords(base),
    ...lintExamples({ ...base, rules: sound }),
  ];
}
