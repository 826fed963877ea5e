// The shape of rule, cause, fix and device files. The published JSON Schema and the loader both come from here.
import * as z from 'zod';
import { RANGE } from './version.ts';

const id = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'an id is lower-case words joined by single dashes');
const text = z.string().min(3);
const strings = z.union([z.string().transform((s) => [s]), z.array(z.string()).min(1)]);
/** A scalar or a list of scalars, always read as strings: YAML's `on`, `1` and `D0` are all words here. */
const scalar = z.union([z.string(), z.number().transform(String), z.boolean().transform(String)]);
const words = z.union([scalar.transform((s) => [s]), z.array(scalar).min(1)]);
const wordMap = z.record(z.string(), words);
const range = z.string().regex(RANGE, 'a range such as ">=6.2 <6.11"');

/** A list that may not be left out, with words for an author who did. */
const listOf = <T extends z.ZodType>(item: T, missing: string) => z.array(item, missing).min(1, missing);

const EXAMPLE = 'wants a list of at least one line that the rule matches';
const NEAR_MISS =
  'wants a near miss: a list of at least one line that looks like it and means something else';
const CHECK = 'wants a list of at least one check { run, expect } that tells whether it worked';
const UNDO = 'wants a sentence or command that takes it back';

const strength = z.enum(['strong', 'medium', 'weak']);
const effect = z.enum(['raises', 'lowers']);
const confirm = z.strictObject({ run: text, expect: z.string().min(1), on: strings.optional() });

interface ConditionFile {
  capture?: Record<string, string[]> | undefined;
  seen?: string[] | undefined;
  seen_same_device?: string[] | undefined;
  unseen?: string[] | undefined;
  before?: string[] | undefined;
  after?: string[] | undefined;
  facts?: Record<string, string[]> | undefined;
  uptime?: string | undefined;
  device?:
    | {
        class?: string[] | undefined;
        id?: string[] | undefined;
        driver?: string[] | undefined;
        trait?: string[] | undefined;
      }
    | undefined;
  driver?: string[] | undefined;
  excerpt?: true | undefined;
  any?: ConditionFile[] | undefined;
  not?: ConditionFile | undefined;
}

const deviceCondition = z.strictObject({
  class: strings.optional(),
  id: strings.optional(),
  driver: strings.optional(),
  trait: strings.optional(),
  root_bus: z.literal(true).optional(),
});

const condition: z.ZodType<ConditionFile> = z.lazy(() =>
  z.strictObject({
    capture: wordMap.optional(),
    seen: strings.optional(),
    seen_same_device: strings.optional(),
    unseen: strings.optional(),
    before: strings.optional(),
    after: strings.optional(),
    facts: wordMap.optional(),
    uptime: range.optional(),
    device: deviceCondition.optional(),
    driver: strings.optional(),
    excerpt: z.literal(true).optional(),
    any: z.array(condition).min(1).optional(),
    not: condition.optional(),
  }),
);

const causeLink = z.strictObject({
  cause: id,
  strength,
  effect: effect.default('raises'),
  when: condition.optional(),
  note: text.optional(),
});

export const ruleFile = z
  .strictObject({
    title: text,
    severity: z.enum(['error', 'warning', 'info', 'benign']),
    tier: z.enum(['specific', 'broad']).default('specific'),
    source: z.union([
      z.enum(['kernel', 'qemu', 'libvirt', 'proxmox', 'any']),
      z.array(z.enum(['kernel', 'qemu', 'libvirt', 'proxmox'])).min(1),
    ]),
    match: strings.optional(),
    regex: strings.optional(),
    observe: id.optional(),
    where: wordMap.optional(),
    line: z.strictObject({ holds: strings.optional(), lacks: strings.optional() }).optional(),
    kernel: range.optional(),
    qemu: range.optional(),
    means: text,
    harmless_unless: text.optional(),
    causes: z.array(causeLink).default([]),
    sets: z.record(id, scalar).default({}),
    marks: z.enum(['attempt']).optional(),
    statement: z.literal(true).optional(),
    overlaps: z.array(id).default([]),
    refs: z.array(text).min(1),
    examples: z.strictObject({ match: listOf(text, EXAMPLE), no_match: listOf(text, NEAR_MISS) }),
  })
  .refine((r) => [r.match, r.regex, r.observe].filter(Boolean).length === 1, {
    message: 'a rule has exactly one of match, regex and observe',
  });

const instance = z.strictObject({
  id,
  title: text,
  versions: wordMap,
  seen: strings.default([]),
  when: condition.optional(),
  strength: strength.default('medium'),
  leads_to: strings.default([]),
  mended: text.optional(),
  refs: z.array(text).min(1),
});

const causeFix = z.union([
  id.transform((fix) => ({ fix })),
  z.strictObject({
    fix: id,
    when: condition.optional(),
    note: text.optional(),
    first: z
      .strictObject({ when: condition.optional(), mended: z.literal(true).optional(), note: text.optional() })
      .optional(),
  }),
]);

export const causeFile = z.strictObject({
  title: text,
  why: text,
  forms: z
    .array(
      z
        .strictObject({ when: condition, title: text.optional(), why: text.optional() })
        .refine((f) => f.title ?? f.why, 'a form has a title or a why of its own'),
    )
    .default([]),
  concerns: deviceCondition.optional(),
  without_guest: z.boolean().default(false),
  prior: z.enum(['common', 'uncommon', 'rare']),
  leads_to: z
    .array(
      z.union([
        id.transform((cause) => ({ cause, fold: true })),
        z.strictObject({
          cause: id,
          fold: z.boolean().default(true),
          why: text.optional(),
          when: condition.optional(),
        }),
      ]),
    )
    .default([]),
  alternatives: z
    .array(
      z.union([
        id.transform((cause) => ({ cause })),
        z.strictObject({ cause: id, why: text.optional(), when: condition.optional() }),
      ]),
    )
    .default([]),
  signs: z
    .array(z.strictObject({ when: condition, strength, effect: effect.default('raises'), text }))
    .default([]),
  instances: z.array(instance).default([]),
  confirm: z.array(confirm).default([]),
  fixes: z.array(causeFix).min(1),
  not_the_fix: z
    .array(
      z.union([text.transform((t) => ({ text: t })), z.strictObject({ text, when: condition.optional() })]),
    )
    .default([]),
  refs: z.array(text).min(1),
});

const common = {
  title: text,
  effect: text,
  risk: z.enum(['none', 'low', 'medium', 'high']),
  needs: z.enum(['nothing', 'vm-restart', 'reboot', 'power-off']),
  warning: text.optional(),
  confirm: listOf(confirm, CHECK),
  undo: z.string(UNDO).min(3, UNDO),
  when: condition.optional(),
  refs: z.array(text).min(1),
};

const manualWork = {
  write: z.record(z.string().startsWith('/etc/', 'a file under /etc'), strings).optional(),
  run: strings.optional(),
};

export const fixFile = z.discriminatedUnion('do', [
  z.strictObject({
    ...common,
    do: z.literal('kernel-arg'),
    add: z.array(text).default([]),
    remove: z.array(text).default([]),
  }),
  z.strictObject({
    ...common,
    do: z.literal('modprobe-option'),
    module: text,
    options: z.record(text, scalar),
  }),
  z.strictObject({ ...common, do: z.literal('modprobe-softdep'), module: text, pre: strings }),
  z.strictObject({ ...common, do: z.literal('modprobe-blacklist'), modules: strings }),
  z.strictObject({ ...common, do: z.literal('modules-load'), modules: strings }),
  z.strictObject({ ...common, do: z.literal('driver-bind'), by: z.enum(['id', 'address']) }),
  z.strictObject({
    ...common,
    do: z.literal('sysfs-value'),
    attribute: text,
    value: scalar,
    bridges: z.boolean().default(false),
  }),
  z.strictObject({
    ...common,
    do: z.literal('vm-option'),
    proxmox: z
      .string()
      .regex(/^--[a-z]/, 'the options behind `qm set VMID`, such as --cpu host')
      .optional(),
    libvirt: text.optional(),
    qemu: text.optional(),
    esxi: text.optional(),
    hyperv: text.optional(),
  }),
  z.strictObject({
    ...common,
    do: z.literal('manual'),
    steps: z
      .array(
        z.strictObject({
          ...manualWork,
          text: text.optional(),
          on: strings.optional(),
          either: z
            .array(z.strictObject({ ...manualWork, text }))
            .min(2)
            .optional(),
        }),
      )
      .min(1),
  }),
]);

export const deviceFile = z.strictObject({
  title: text,
  ids: z
    .array(
      z.string().regex(/^[0-9a-f]{4}:[0-9a-f*]{1,4}$/, 'vendor:device in lower-case hex; * ends a prefix'),
    )
    .min(1),
  traits: z.array(id).default([]),
  note: text,
  causes: z.array(causeLink).default([]),
  refs: z.array(text).min(1),
});

export const wordsFile = z.strictObject({
  bias: z.number(),
  /** In halves: finer ones tell no more, and the page packs them so. */
  words: z.record(z.string().min(1), z.number().multipleOf(0.5)),
});

export type RuleFile = z.infer<typeof ruleFile>;
export type CauseFile = z.infer<typeof causeFile>;
export type FixFile = z.infer<typeof fixFile>;
export type DeviceFile = z.infer<typeof deviceFile>;
export type WordsFile = z.infer<typeof wordsFile>;
