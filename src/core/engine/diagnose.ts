// Findings and facts in, ranked causes out. Scores order the causes and are never shown: what is shown is the evidence.
import type {
  Bdf,
  Cause,
  CauseLink,
  Confidence,
  Consequence,
  Diagnosis,
  Evidence,
  Facts,
  Finding,
  FixAdvice,
  Instance,
  RuleBase,
  Strength,
} from '../model.ts';
import { ruleById } from '../rules/by-id.ts';
import { shortBdf, slotOf, slotsNamed } from '../text/bdf.ts';
import { fill, fillConfirm, vmidOf } from '../text/fill.ts';
import type { ByWords } from './by-words.ts';
import { alternativesTo, type Candidate, edgesOf, fold, LISTED, POSSIBLE } from './chain.ts';
import { factsHold, holds, notesOf, type World } from './condition.ts';
import { linkHolds } from './omitted.ts';

const WEIGHT = { strong: 10, medium: 5, weak: 2 } as const satisfies Record<Strength, number>;
const PRIOR = { common: 0.6, uncommon: 0, rare: -0.6 } as const satisfies Record<Cause['prior'], number>;
/** What a line counts by its age: of the newest attempt to start a guest, of an older one, or of the boot before. */
const AGE = { newest: 1, older: 0.7, boot: 0.85 } as const;
/** Each further rule that says the same adds less: many echoes of one fault are no proof. */
const ECHO = 0.3;
/** The first error of the newest attempt counts more than the cascade behind it. */
const FIRST = 1;
const LIKELY = 8;
/** With fewer causes than this, the report also names what could lie behind the first one. */
const ALTERNATIVES = 3;

export interface Advisor {
  /** Turns the fixes of a cause into advice for the host at hand. */
  advise(cause: Cause, devices: readonly Bdf[], world: World): FixAdvice[];
}

function age(finding: Finding, newest: number): number {
  if (newest === 0 || finding.attempt === newest) return AGE.newest;
  return finding.attempt === 0 ? AGE.boot : AGE.older;
}

function collect(base: RuleBase, world: World, findings: readonly Finding[]): Map<string, Candidate> {
  const candidates = new Map<string, Candidate>();
  // A host without guests has its own troubles, which are none of passthrough.
  const ordinary = world.facts.passthrough === 'absent';
  const newest = findings.reduce((n, f) => Math.max(n, f.attempt), 0);

  function put(
    link: CauseLink,
    evidence: Omit<Evidence, 'effect' | 'strength'>,
    factor: number,
    finding?: Finding,
  ) {
    const cause = base.causes.get(link.cause);
    if (!cause || (ordinary && !cause.withoutGuest)) return;
    let candidate = candidates.get(cause.id);
    if (!candidate) {
      candidate = { cause, evidence: [], findings: [], instances: new Set(), score: 0, rank: 0 };
      candidates.set(cause.id, candidate);
    }
    candidate.evidence.push({
      ...evidence,
      effect: link.effect,
      strength: link.strength,
      weight: WEIGHT[link.strength] * factor * (link.effect === 'raises' ? 1 : -1),
    });
    if (finding && link.effect === 'raises') candidate.findings.push(finding);
  }

  for (const finding of findings) {
    const rule = ruleById(base, finding.rule);
    if (!rule || rule.tier === 'broad') continue;
    for (const said of rule.causes) {
      const link = linkHolds(said, rule, finding, world);
      if (!link) continue;
      const text = link.note ? `${finding.text} — ${link.note}` : finding.text;
      const device = finding.device ? { device: finding.device } : {};
      put(link, { rule: rule.id, lines: finding.lines, text, ...device }, age(finding, newest), finding);
    }
  }
  for (const cause of base.causes.values()) {
    for (const instance of cause.instances) {
      const told = factsHold(instance.versions, world.facts);
      if (told === false) continue;
      for (const finding of instance.seen.flatMap((rule) => world.byRule.get(rule) ?? [])) {
        if (!holds(instance.when, finding, world)) continue;
        const { device, lines, rule } = finding;
        const text = `${finding.text} — ${told ? 'this version has a known fault' : 'a known fault of some versions'}: ${instance.title}`;
        put(
          { cause: cause.id, strength: instance.strength, effect: 'raises' },
          { rule, lines, text, ...(device ? { device } : {}) },
          age(finding, newest),
          finding,
        );
        candidates.get(cause.id)?.instances.add(instance);
      }
    }
    for (const sign of cause.signs) {
      // A fact that makes a cause more probable is no fault by itself: it counts beside a line, or when it is strong.
      if (!candidates.has(cause.id) && (sign.strength !== 'strong' || sign.effect === 'lowers')) continue;
      if (!holds(sign.when, undefined, world)) continue;
      put(
        { cause: cause.id, strength: sign.strength, effect: sign.effect },
        { rule: 'fact', lines: [], text: sign.text },
        1,
      );
    }
  }
  const given = guestSlots(world.facts);
  // Of a whole host few devices are in question: only those are looked up by their ids.
  const inQuestion = new Set(given);
  for (const { findings } of candidates.values())
    for (const { device } of findings) if (device) inQuestion.add(slotOf(device));
  for (const [bdf, device] of world.facts.devices) {
    if (!inQuestion.has(slotOf(bdf))) continue;
    for (const note of notesOf(device, base.devices)) {
      for (const link of note.causes) {
        // A line without an address speaks of the guest's devices; that some other device of the host is a troublesome one
        // says nothing of it.
        const concerned = candidates
          .get(link.cause)
          ?.findings.some((f) => (f.device ? slotOf(f.device) === slotOf(bdf) : given.has(slotOf(bdf))));
        const lines = device.line ? [device.line] : [];
        if (concerned && holds(link.when, undefined, world, [bdf]))
          put(
            link,
            { rule: 'fact', lines, text: `${shortBdf(bdf)} [${device.id}]: ${note.title}`, device: bdf },
            1,
          );
      }
    }
  }
  return candidates;
}

/** Slots of devices that a guest has or is to have: named in its configuration, or on vfio-pci. */
function guestSlots({ vms, devices }: Facts): ReadonlySet<string> {
  const onVfio = [...devices.values()].filter((d) => d.driver === 'vfio-pci').map((d) => d.bdf);
  const named = vms.flatMap((vm) => vm.devices.flatMap((d) => slotsNamed(d.host)));
  return new Set([...named, ...onVfio.map(slotOf)]);
}

function scoreOf(candidate: Candidate): number {
  // One rule on ten devices is one witness, not ten.
  const byRule = new Map<string, number>();
  let against = 0;
  for (const e of candidate.evidence) {
    if (e.weight < 0) against += e.weight;
    else byRule.set(e.rule === 'fact' ? e.text : e.rule, Math.max(byRule.get(e.rule) ?? 0, e.weight));
  }
  const weights = [...byRule.values()].sort((a, b) => b - a);
  const raised = weights.reduce((sum, w, i) => sum + w * (i === 0 ? 1 : ECHO / i), 0);
  return raised === 0 ? 0 : raised + against + PRIOR[candidate.cause.prior];
}

const linesOf = (c: Candidate) =>
  [...new Set(c.evidence.filter((e) => e.weight > 0).flatMap((e) => e.lines))].sort((a, b) => a - b);
const devicesOf = (c: Candidate) =>
  [...new Set(c.evidence.flatMap((e) => (e.weight > 0 && e.device ? [e.device] : [])))].sort();

function consequence(c: Candidate, why: string | undefined): Consequence {
  return {
    cause: c.cause.id,
    title: c.cause.title,
    lines: linesOf(c),
    devices: devicesOf(c),
    ...(why ? { why } : {}),
  };
}

function instanceWords({ title, mended }: Instance): string {
  return `A known fault: ${title}${mended ? ` (mended in ${mended})` : ''}.`;
}

/** Whose error stands first after the newest attempt to start a guest; none when no attempt is marked. */
function earliest(heads: readonly Candidate[]): Candidate | undefined {
  const newest = Math.max(0, ...heads.flatMap((c) => c.findings.map((f) => f.attempt)));
  if (newest === 0) return undefined;
  const begun = (c: Candidate) =>
    Math.min(
      ...c.findings
        .filter((f) => f.attempt === newest && f.severity === 'error')
        .map((f) => f.begun ?? Number.POSITIVE_INFINITY),
    );
  const first = [...heads].sort((a, b) => begun(a) - begun(b))[0];
  return first && Number.isFinite(begun(first)) ? first : undefined;
}

function confidenceOf(score: number): Confidence {
  return score >= LIKELY ? 'likely' : score >= POSSIBLE ? 'possible' : 'remote';
}

/** Ranks the causes that `findings` and `world.facts` raise, best first; consequences are folded under their root. */
export function diagnose(
  base: RuleBase,
  world: World,
  findings: readonly Finding[],
  advisor: Advisor,
): Diagnosis[] {
  const candidates = collect(base, world, findings);
  for (const c of candidates.values()) c.score = scoreOf(c);
  const edges = edgesOf(candidates, world);
  const { folded, rootOf } = fold(edges);
  const consequences = new Map<Candidate, { c: Candidate; why: string | undefined }[]>();
  for (const [c, edge] of folded) {
    const root = rootOf(c);
    consequences.set(root, [...(consequences.get(root) ?? []), { c, why: edge.why }]);
  }
  const heads = [...candidates.values()].filter((c) => c.score >= LISTED && !folded.has(c));
  for (const head of heads) {
    const explained = consequences.get(head) ?? [];
    head.rank = Math.max(head.score, ...explained.map(({ c }) => c.score)) + 0.2 * explained.length;
  }
  const firstToFail = earliest(heads);
  if (firstToFail) firstToFail.rank += FIRST;
  heads.sort((a, b) => b.rank - a.rank || (a.cause.id < b.cause.id ? -1 : 1));
  const [first] = heads;
  // Behind a hint that may well mean nothing, or the fault of a host that shows no guest, there is nothing to look for.
  const guests = world.facts.passthrough === 'seen' || world.facts.passthrough === 'guests';
  if (first && guests && (first.rank >= POSSIBLE || first.findings.some((f) => f.severity === 'error')))
    heads.push(
      ...alternativesTo(first, candidates, base, world).slice(0, Math.max(0, ALTERNATIVES - heads.length)),
    );
  return heads.map((c) => {
    // A consequence of this cause is never what brought it about.
    const behind = edges
      .filter((e) => !e.fold && e.consequence === c && rootOf(e.root) !== c)
      .map((e) => consequence(e.root, e.why));
    const explained = (consequences.get(c) ?? []).map(({ c: e, why }) => consequence(e, why));
    return diagnosisOf(c, world, advisor, explained, behind);
  });
}

/** The causes that the words of a text speak of, all of them remote: nothing but words stands behind them. */
export function diagnoseByWords(told: readonly ByWords[], world: World, advisor: Advisor): Diagnosis[] {
  return told.map(({ cause, lines, words }) => {
    const text = `No rule knows this, but its words are those of this cause: ${words.join(', ')}`;
    const evidence = { rule: 'words', lines, text, effect: 'raises', strength: 'weak', weight: 0 } as const;
    const candidate = {
      cause,
      evidence: [evidence],
      findings: [],
      instances: new Set<Instance>(),
      score: 0,
      rank: 0,
    };
    return diagnosisOf(candidate, world, advisor, [], []);
  });
}

function diagnosisOf(
  c: Candidate,
  world: World,
  advisor: Advisor,
  leadsTo: readonly Consequence[],
  broughtAboutBy: readonly Consequence[],
): Diagnosis {
  const devices = devicesOf(c);
  return {
    cause: c.cause.id,
    title: c.cause.title,
    confidence: confidenceOf(c.rank),
    devices,
    why: [fill(c.cause.why, devices), ...[...c.instances].map(instanceWords)].join(' '),
    evidence: [...c.evidence]
      .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight))
      .map(({ weight: _, ...evidence }) => evidence),
    leadsTo,
    broughtAboutBy,
    fixes: advisor.advise(c.cause, devices, world),
    notTheFix: c.cause.notTheFix.filter((n) => holds(n.when, undefined, world, devices)).map((n) => n.text),
    confirm: c.cause.confirm.map((k) => fillConfirm(k, devices, vmidOf(world.facts))),
    refs: [...[...c.instances].flatMap((i) => i.refs), ...c.cause.refs],
  };
}
