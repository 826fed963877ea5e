// What rule files name: other rules, causes, fixes, traits, facts and captures. A name that nothing bears never holds.
import { CLASSES, PLAIN_FACTS } from '../engine/condition.ts';
import { OBSERVERS } from '../engine/observe.ts';
import type { Cause, Condition, Fix, Rule, RuleBase } from '../model.ts';
import { READ_FLAGS } from '../text/facts/reader.ts';
import { HOSTS } from '../text/hosts.ts';
import { nearest } from '../text/nearest.ts';
import type { Complaint } from './lint.ts';
import { templateNames } from './template.ts';
import { isRange, RANGE } from './version.ts';

/** Facts that are compared as versions: a bare `6.2` would be the whole version and nothing else. */
const VERSIONS = new Set(['kernel', 'qemu', 'libvirt', 'pve', 'kernel-upstream']);

const DEVICE_ID = /^[0-9a-f]{4}:[0-9a-f]{0,4}\*?$/;

function namesOf(pattern: string, regex: boolean): string[] {
  if (regex) return Array.from(pattern.matchAll(/\(\?<([a-z]\w*)>/gi), (m) => m[1] ?? '');
  try {
    return templateNames(pattern);
  } catch {
    return [];
  }
}

const capturesOf = (rule: Rule): string[] => [
  ...rule.match.flatMap((p) => namesOf(p, false)),
  ...rule.regex.flatMap((p) => namesOf(p, true)),
];

/** Where a condition stands: whose it is, and which captures a line can bring there. */
interface Place {
  readonly id: string;
  readonly key: string;
  /** Undefined where no line stands behind the condition, `any` where an observation does. */
  readonly captures?: readonly string[] | 'any';
}

function noSuch(kind: string, name: string, known: Iterable<string>): string {
  const meant = nearest(name, known);
  return `no such ${kind} "${name}"${meant ? `; did you mean ${meant}?` : ''}`;
}

/** Ids and names that nothing in the rule base bears. */
export function lintReferences(base: RuleBase): Complaint[] {
  const complaints: Complaint[] = [];
  const say = (id: string, key: string, text: string, missing?: string) =>
    void complaints.push({ id, text: key ? `${key}: ${text}` : text, ...(missing ? { missing } : {}) });
  const rules = new Map(base.rules.map((r) => [r.id, r]));
  const traits = new Set(base.devices.flatMap((d) => d.traits));
  const flags = new Set<string>([...READ_FLAGS, ...base.rules.flatMap((r) => Object.keys(r.sets))]);

  const capturesOfAll = (names: readonly string[]) => {
    const named = names.flatMap((name) => rules.get(name) ?? []);
    return named.some((r) => r.observe) ? ('any' as const) : named.flatMap(capturesOf);
  };

  const needRules = (id: string, key: string, names: readonly string[] = []) => {
    for (const name of names) if (!rules.has(name)) say(id, key, noSuch('rule', name, rules.keys()), name);
  };
  const needCause = (id: string, key: string, name: string) => {
    if (!base.causes.has(name)) say(id, key, noSuch('cause', name, base.causes.keys()), `causes/${name}`);
  };

  function factValues({ id, key }: Place, name: string, values: readonly string[]): void {
    for (const value of values) {
      if (value === 'known' || value === 'unknown') continue;
      if (VERSIONS.has(name) ? !RANGE.test(value) || !isRange(value) : isRange(value) && !RANGE.test(value))
        say(id, key, `"${value}" is no range of versions for ${name}; write ">=6.2 <6.11"`);
    }
  }

  function facts(place: Place, named: Condition['facts'] = {}): void {
    for (const [name, values] of Object.entries(named)) {
      const known =
        name in PLAIN_FACTS || flags.has(name) || /^(?:cmdline\.\S+|module\.[^.\s]+\.[^.\s]+)$/.test(name);
      if (!known)
        say(
          place.id,
          place.key,
          `no rule sets the fact "${name}"; known are ${Object.keys(PLAIN_FACTS).join(', ')}, cmdline.NAME, module.NAME.OPTION and those of "sets"`,
        );
      factValues(place, name, values);
    }
  }

  function device({ id, key }: Place, wanted: Condition['device'] = {}): void {
    for (const name of wanted.class ?? [])
      if (!(name in CLASSES))
        say(id, key, `no such class "${name}"; known are ${Object.keys(CLASSES).join(', ')}`);
    for (const pattern of wanted.id ?? [])
      if (!DEVICE_ID.test(pattern))
        say(id, key, `"${pattern}" is no device id; write vendor:device in lower-case hex, * ends a prefix`);
    for (const trait of wanted.trait ?? [])
      if (!traits.has(trait)) say(id, key, `no device has the trait "${trait}"`);
  }

  function condition(place: Place, when: Condition | undefined): void {
    if (!when) return;
    const { id, key, captures } = place;
    needRules(id, key, [
      ...(when.seen ?? []),
      ...(when.seen_same_device ?? []),
      ...(when.unseen ?? []),
      ...(when.before ?? []),
      ...(when.after ?? []),
    ]);
    const captured = captures ?? (when.seen ? capturesOfAll(when.seen) : 'any');
    for (const name of Object.keys(when.capture ?? {}))
      if (captured !== 'any' && !captured.includes(name)) say(id, key, `no pattern captures "${name}"`);
    if (captures === undefined && !when.seen)
      for (const name of ['capture', 'driver', 'uptime'] as const)
        if (when[name]) say(id, key, `"${name}" is asked of a line, and there is none here: it never holds`);
    facts(place, when.facts);
    device(place, when.device);
    for (const other of when.any ?? []) condition(place, other);
    condition(place, when.not);
  }

  function hosts(id: string, named: readonly { readonly on?: readonly string[] }[]): void {
    for (const host of named.flatMap(({ on = [] }) => on))
      if (!HOSTS.includes(host)) say(id, 'on', noSuch('host', host, HOSTS));
  }

  function rule(r: Rule): void {
    const captures = r.observe ? ('any' as const) : capturesOf(r);
    if (r.observe && !(r.observe in OBSERVERS)) say(r.id, '', `no such observation "${r.observe}"`);
    for (const link of r.causes) {
      needCause(r.id, '', link.cause);
      condition({ id: r.id, key: `causes, ${link.cause}`, captures }, link.when);
    }
    needRules(r.id, 'overlaps', r.overlaps);
    for (const [name, wanted] of Object.entries(r.where ?? {})) {
      // A pattern without the capture counts as one that captured nothing.
      if (wanted.includes('')) continue;
      const without = [
        ...r.match.filter((p) => !namesOf(p, false).includes(name)),
        ...r.regex.filter((p) => !namesOf(p, true).includes(name)),
      ];
      for (const pattern of without)
        say(r.id, 'where', `"${pattern}" does not capture "${name}", so it never matches`);
    }
    for (const value of Object.values(r.sets))
      for (const [, name = ''] of value.matchAll(/\{(\w+)\}/g))
        if (captures !== 'any' && !captures.includes(name))
          say(r.id, 'sets', `no pattern captures "${name}"`);
  }

  function cause(c: Cause): void {
    const id = `causes/${c.id}`;
    device({ id, key: 'concerns' }, c.concerns);
    for (const edge of c.leadsTo) {
      needCause(id, 'leads_to', edge.cause);
      if (edge.cause === c.id) say(id, 'leads_to', 'leads to itself');
      condition({ id, key: `leads_to, ${edge.cause}` }, edge.when);
    }
    for (const link of c.alternatives) {
      needCause(id, 'alternatives', link.cause);
      condition({ id, key: `alternatives, ${link.cause}` }, link.when);
    }
    for (const [i, form] of c.forms.entries()) condition({ id, key: `forms[${i}]` }, form.when);
    for (const [i, sign] of c.signs.entries()) condition({ id, key: `signs[${i}]` }, sign.when);
    for (const instance of c.instances) {
      const place: Place = { id, key: `instance ${instance.id}`, captures: capturesOfAll(instance.seen) };
      needRules(id, place.key, instance.seen);
      // Without a line the versions are only told, to people.
      if (instance.seen.length > 0) facts(place, instance.versions);
      else for (const [name, values] of Object.entries(instance.versions)) factValues(place, name, values);
      condition(place, instance.when);
      for (const other of instance.leadsTo) needCause(id, place.key, other);
    }
    const used = new Set<string>();
    for (const use of c.fixes) {
      if (!base.fixes.has(use.fix))
        say(id, 'fixes', noSuch('fix', use.fix, base.fixes.keys()), `fixes/${use.fix}`);
      if (used.has(use.fix)) say(id, 'fixes', `"${use.fix}" stands there twice`);
      used.add(use.fix);
      condition({ id, key: `fixes, ${use.fix}` }, use.when);
      condition({ id, key: `fixes, ${use.fix}, first` }, use.first?.when);
    }
    for (const [i, not] of c.notTheFix.entries()) condition({ id, key: `not_the_fix[${i}]` }, not.when);
    hosts(id, c.confirm);
  }

  function fix(id: string, f: Fix): void {
    condition({ id: `fixes/${id}`, key: 'when' }, f.when);
    hosts(`fixes/${id}`, [...f.confirm, ...(f.action.do === 'manual' ? f.action.steps : [])]);
  }

  for (const r of base.rules) rule(r);
  for (const c of base.causes.values()) cause(c);
  for (const [id, f] of base.fixes) fix(id, f);
  for (const note of base.devices)
    for (const link of note.causes) {
      needCause(`devices/${note.id}`, '', link.cause);
      condition({ id: `devices/${note.id}`, key: `causes, ${link.cause}` }, link.when);
    }
  return complaints;
}
