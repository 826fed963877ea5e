// Candidates ranked and told as diagnoses. Scores order the causes and are never shown: what is shown is the evidence.
import type {
  Bdf,
  Cause,
  Confidence,
  Consequence,
  Diagnosis,
  Finding,
  FixAdvice,
  Instance,
  RuleBase,
} from '../model.ts';
import { checksAt, fill } from '../text/fill.ts';
import type { ByWords } from './by-words.ts';
import { type Candidate, candidatesOf, scoreOf } from './candidates.ts';
import { alternativesTo, edgesOf, fold, LISTED, POSSIBLE, speaksAgainst } from './chain.ts';
import { holds, type World } from './condition.ts';

/** The first error of the newest attempt counts more than the cascade behind it. */
const FIRST = 1;
const LIKELY = 8;
/** With fewer causes than this, the report also names what could lie behind the first one. */
const ALTERNATIVES = 3;

export interface Advisor {
  /** Turns the fixes of a cause, of which `instances` are at work, into advice for the host at hand. */
  advise(cause: Cause, devices: readonly Bdf[], world: World, instances: ReadonlySet<Instance>): FixAdvice[];
}

const linesOf = (c: Candidate) =>
  [...new Set(c.evidence.filter((e) => e.weight > 0).flatMap((e) => e.lines))].sort((a, b) => a - b);
/** In order of their addresses, but the ports of the bus behind what hangs on them: commands are typed for the first. */
function devicesOf(c: Candidate): Bdf[] {
  const ports = new Set(c.findings.flatMap((f) => (f.driver === 'pcieport' && f.device ? [f.device] : [])));
  const found = new Set(c.evidence.flatMap((e) => (e.weight > 0 && e.device ? [e.device] : [])));
  const sorted = [...found].sort();
  return [...sorted.filter((bdf) => !ports.has(bdf)), ...sorted.filter((bdf) => ports.has(bdf))];
}

/** The words for a cause that fit what is seen of it. */
function told({ title, why, forms }: Cause, world: World, devices: readonly Bdf[]) {
  return { title, why, ...forms.find((f) => holds(f.when, undefined, world, devices)) };
}

function consequence(c: Candidate, world: World, why: string | undefined): Consequence {
  const devices = devicesOf(c);
  return {
    cause: c.cause.id,
    title: told(c.cause, world, devices).title,
    lines: linesOf(c),
    devices,
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
  const candidates = candidatesOf(base, world, findings);
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
  const guests =
    world.facts.passthrough === 'seen' ||
    world.facts.passthrough === 'guests' ||
    (world.facts.passthrough === undefined && world.facts.flags.has('guest-manager'));
  if (first && guests && (first.rank >= POSSIBLE || first.findings.some((f) => f.severity === 'error')))
    heads.push(
      ...alternativesTo(first, candidates, base, world).slice(0, Math.max(0, ALTERNATIVES - heads.length)),
    );
  return heads.map((c) => {
    // A consequence of this cause is never what brought it about.
    const behind = edges
      .filter((e) => !e.fold && e.consequence === c && rootOf(e.root) !== c)
      .map((e) => consequence(e.root, world, e.why));
    const explained = (consequences.get(c) ?? []).map(({ c: e, why }) => consequence(e, world, why));
    return diagnosisOf(c, world, advisor, explained, behind);
  });
}

/**
 * The causes that the words of a text speak of, and what else to suspect where a text about passthrough has few; all of them
 * remote: nothing but words stands behind them.
 */
export function diagnoseByWords(
  base: RuleBase,
  guesses: readonly ByWords[],
  world: World,
  advisor: Advisor,
): Diagnosis[] {
  const open = guesses.filter(({ cause }) => !speaksAgainst(cause, world));
  const named = open.map(({ cause, lines, words }): Candidate => {
    const text = `No rule knows this, but its words are those of this cause: ${words.join(', ')}`;
    const evidence = { rule: 'words', lines, text, effect: 'raises', strength: 'weak', weight: 0 } as const;
    return { cause, evidence: [evidence], findings: [], instances: new Set(), score: 0, rank: 0 };
  });
  const [first] = named;
  const others = first && open[0]?.subject ? alternativesTo(first, new Map(), base, world) : [];
  const unnamed = others.filter((c) => !named.some((n) => n.cause === c.cause));
  return [...named, ...unnamed.slice(0, Math.max(0, ALTERNATIVES - named.length))].map((c) =>
    diagnosisOf(c, world, advisor, [], []),
  );
}

function diagnosisOf(
  c: Candidate,
  world: World,
  advisor: Advisor,
  leadsTo: readonly Consequence[],
  broughtAboutBy: readonly Consequence[],
): Diagnosis {
  const devices = devicesOf(c);
  const { title, why } = told(c.cause, world, devices);
  return {
    cause: c.cause.id,
    title,
    confidence: confidenceOf(c.rank),
    devices,
    why: [fill(why, devices), ...[...c.instances].map(instanceWords)].join(' '),
    evidence: [...c.evidence]
      .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight))
      .map(({ weight: _, ...evidence }) => evidence),
    leadsTo,
    broughtAboutBy,
    fixes: advisor.advise(c.cause, devices, world, c.instances),
    notTheFix: c.cause.notTheFix.filter((n) => holds(n.when, undefined, world, devices)).map((n) => n.text),
    confirm: checksAt(c.cause.confirm, world.facts, devices),
    refs: [...[...c.instances].flatMap((i) => i.refs), ...c.cause.refs],
  };
}
