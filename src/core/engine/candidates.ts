// What speaks for and against each cause: findings, known faults of versions, facts, devices known for trouble.
import type { Cause, CauseLink, Evidence, Facts, Finding, Instance, RuleBase, Strength } from '../model.ts';
import { ruleById } from '../rules/by-id.ts';
import { shortBdf, slotOf, slotsNamed } from '../text/bdf.ts';
import { factsHold, holds, notesOf, type World } from './condition.ts';
import { linkHolds } from './omitted.ts';

/** A cause that something speaks for or against. */
export interface Candidate {
  readonly cause: Cause;
  readonly evidence: (Evidence & { readonly weight: number })[];
  readonly findings: Finding[];
  /** Known faults of the versions at hand that stand behind the findings. */
  readonly instances: Set<Instance>;
  score: number;
  rank: number;
}

const WEIGHT = { strong: 10, medium: 5, weak: 2 } as const satisfies Record<Strength, number>;
const PRIOR = { common: 0.6, uncommon: 0, rare: -0.6 } as const satisfies Record<Cause['prior'], number>;
/** What a line counts by its age: of the newest attempt to start a guest, of an older one, or of the boot before. */
const AGE = { newest: 1, older: 0.7, boot: 0.85 } as const;
/** Each further rule that says the same adds less: many echoes of one fault are no proof. */
const ECHO = 0.3;

function age(finding: Finding, newest: number): number {
  if (newest === 0 || finding.attempt === newest) return AGE.newest;
  return finding.attempt === 0 ? AGE.boot : AGE.older;
}

/** Every cause that `findings`, the facts, or a device known for trouble speak for or against, with what each of them says. */
export function candidatesOf(
  base: RuleBase,
  world: World,
  findings: readonly Finding[],
): Map<string, Candidate> {
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

export function scoreOf(candidate: Candidate): number {
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
