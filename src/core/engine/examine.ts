// What was gathered line by line, examined as a whole: the boot that is asked for, its facts and findings, its diagnoses.
import type { Diagnosis, Facts, Finding, Line, Notice, Rule, RuleBase, Source } from '../model.ts';
import { ruleById } from '../rules/by-id.ts';
import { createAdvisor } from './advise.ts';
import { byWords, PASTE_LINES } from './by-words.ts';
import type { World } from './condition.ts';
import { diagnose, diagnoseByWords } from './diagnose.ts';
import type { DoctorOptions } from './doctor.ts';
import { observe } from './observe.ts';
import { passthroughOf, type Shown, WHOLE_LOG } from './passthrough.ts';
import { mergeFacts, type Scope, type Scopes } from './scope.ts';

export interface Gathered {
  readonly scopes: Scopes;
  readonly shown: Shown;
  readonly lines: number;
  /** Of a short text: the lines that no rule knows. */
  readonly unknown: readonly Line[];
}

export interface Examined {
  readonly facts: Facts;
  readonly findings: readonly Finding[];
  readonly diagnoses: readonly Diagnosis[];
}

/** So many are named of more. */
const SOME_HOSTS = 3;

/** Nothing but `source` prints what such a rule knows. */
const isOnlyOf = (source: Source, rule: Rule | undefined) =>
  rule !== undefined && rule.source !== 'any' && rule.source.every((s) => s === source);

/** What the rules at `observing` see in the facts and in what the lines say. */
function observed(
  base: RuleBase,
  observing: readonly number[],
  facts: Facts,
  findings: readonly Finding[],
): Finding[] {
  return observing.flatMap((position) => {
    const rule = base.rules[position];
    return rule?.observe
      ? observe(rule.observe, facts, findings).map((o) => ({
          rule: rule.id,
          tier: rule.tier,
          severity: rule.severity,
          count: 1,
          lines: o.lines,
          text: o.text,
          captures: o.captures,
          variants: [o.captures],
          source: 'unknown' as const,
          attempt: 0,
          ...(o.device ? { device: o.device } : {}),
        }))
      : [];
  });
}

/** Files with one boot belong to every boot of the others: an lspci listing beside a journal of many boots. */
function bootsOf(scopes: readonly Scope[]): Scope[][] {
  const perFile = new Map<number, number>();
  for (const s of scopes) perFile.set(s.file, (perFile.get(s.file) ?? 0) + 1);
  const many = scopes.filter((s) => (perFile.get(s.file) ?? 0) > 1);
  const shared = scopes.filter((s) => perFile.get(s.file) === 1);
  if (many.length === 0) return [shared];
  return many.map((s) => [s, ...shared]);
}

function examineParts(
  parts: readonly Scope[],
  { base, facts: known, commandsFor, byWords: guesses }: DoctorOptions,
  observing: readonly number[],
  { shown, lines, unknown }: Gathered,
): Examined {
  const read = parts.map((s) => s.facts.facts);
  const facts = mergeFacts(known ? [...read, known] : read);
  const direct = parts.flatMap((s) => s.findings.list());
  const printedBy = (source: Source) => direct.find((f) => isOnlyOf(source, ruleById(base, f.rule)));
  if (printedBy('proxmox')) facts.distribution ??= 'proxmox';
  const libvirt = facts.flags.has('guest-manager') ? undefined : printedBy('libvirt');
  if (libvirt) facts.flags.set('guest-manager', { value: 'libvirt', line: libvirt.lines[0] ?? 0 });
  const findings = [...direct, ...observed(base, observing, facts, direct)];
  const byRule = new Map<string, Finding[]>();
  for (const f of findings) {
    const others = byRule.get(f.rule);
    if (others) others.push(f);
    else byRule.set(f.rule, [f]);
  }
  const excerpt = lines < WHOLE_LOG && !known;
  const world: World = { facts, byRule, notes: base.devices, excerpt };
  const told = passthroughOf(facts, shown, lines);
  if (told) facts.passthrough = told;
  const advisor = createAdvisor(base, commandsFor);
  const diagnoses = diagnose(base, world, findings, advisor);
  if (diagnoses.length > 0 || !guesses || lines > PASTE_LINES) return { facts, findings, diagnoses };
  return { facts, findings, diagnoses: diagnoseByWords(base, byWords(base, unknown), world, advisor) };
}

/** Facts of one host say nothing of another, and nothing but the names in the lines tells them apart. */
function severalHosts(parts: readonly Scope[]): Notice[] {
  const hosts = [...new Set(parts.flatMap(({ host }) => host?.split('.', 1) ?? []))];
  if (hosts.length < 2) return [];
  const [first, ...others] = hosts.slice(0, SOME_HOSTS);
  const names = `${first}, ${others.join(', ')}${hosts.length > SOME_HOSTS ? ' and others' : ''}`;
  const text = `the lines are of several hosts (${names}), taken together as one; give the logs of one host at a time`;
  return [{ code: 'several-hosts', text }];
}

/** Examines the boot asked for, or the newest with a failure; `chosen` says which of several it was. */
export function examine(
  options: DoctorOptions,
  observing: readonly number[],
  gathered: Gathered,
): { readonly examined: Examined; readonly chosen: readonly Notice[] } {
  const { list } = gathered.scopes;
  const of = (parts: readonly Scope[]) => examineParts(parts, options, observing, gathered);
  const all = bootsOf(list);
  if (options.boot === 'all' || all.length === 1) return { examined: of(list), chosen: severalHosts(list) };
  const name = (i: number) => {
    const host = all[i]?.[0]?.host;
    return `boot ${i + 1} of ${all.length}${host ? ` (host ${host})` : ''}`;
  };
  const order = all.map((_, i) => all.length - 1 - i);
  const wanted =
    options.boot === undefined
      ? (order.find((i) => of(all[i] ?? []).diagnoses.length > 0) ?? all.length - 1)
      : all.length - 1 + options.boot;
  const text = `the log holds ${all.length} boots; this is ${name(wanted)}. --boot 0 takes the newest, --boot -1 the one before, --boot all takes them together`;
  const parts = all[wanted] ?? [];
  return { examined: of(parts), chosen: [{ code: 'several-boots', text }, ...severalHosts(parts)] };
}
