// Which cause led to which: roots come before their consequences, in time and in the report.
import type { Cause, Finding, RuleBase } from '../model.ts';
import type { Candidate } from './candidates.ts';
import { deviceHolds, deviceKnown, holds, type World } from './condition.ts';

export const POSSIBLE = 4;
export const LISTED = 1.5;
/** A cause is the root of another only when its own evidence is not much weaker. */
const ROOT_SHARE = 0.5;

/** The lines that speak loudest for a cause; a weak hint long before the fault does not say when it began. */
function loudest(candidate: Candidate): readonly Finding[] {
  const most = Math.max(...candidate.evidence.map((e) => e.weight));
  const rules = new Set(candidate.evidence.filter((e) => e.weight >= 0.7 * most).map((e) => e.rule));
  return candidate.findings.filter((f) => rules.has(f.rule));
}

/** The first stamp of a candidate's loudest lines on one clock, to see which of two causes came first. */
function began(candidate: Candidate, clock: 'monotonic' | 'wall'): number | undefined {
  const stamps = loudest(candidate).flatMap((f) => (f.firstStamp?.clock === clock ? [f.firstStamp.at] : []));
  return stamps.length > 0 ? Math.min(...stamps) : undefined;
}

/** The first line of a candidate, when none of its lines has a clock. */
function beganAtLine(candidate: Candidate): number | undefined {
  const findings = loudest(candidate);
  if (findings.length === 0 || findings.some((f) => f.firstStamp)) return undefined;
  return Math.min(...findings.flatMap((f) => f.lines.slice(0, 1)));
}

/** A consequence that was seen more than this many seconds before its supposed cause is none. */
const SLACK = 5;

/** Two causes that may lead to each other: only the one that was seen first is the root. */
const mutual = (a: Candidate, b: Candidate) => b.cause.leadsTo.some((link) => link.cause === a.cause.id);

function precedes(root: Candidate, consequence: Candidate): boolean {
  const either = mutual(root, consequence);
  for (const clock of ['monotonic', 'wall'] as const) {
    const [a, b] = [began(root, clock), began(consequence, clock)];
    if (a !== undefined && b !== undefined) return a <= b + (either ? 0 : SLACK);
  }
  // Without clocks the order of the lines is the best that there is, where the roots could be either.
  const [a, b] = [beganAtLine(root), beganAtLine(consequence)];
  return !either || a === undefined || b === undefined || a <= b;
}

export interface Edge {
  readonly root: Candidate;
  readonly consequence: Candidate;
  readonly fold: boolean;
  readonly why: string | undefined;
}

/** Which candidates follow from which: `leads_to` of the causes that are possible at least, and of their instances. */
export function edgesOf(candidates: ReadonlyMap<string, Candidate>, world: World): Edge[] {
  const edges: Edge[] = [];
  for (const root of candidates.values()) {
    if (root.score < POSSIBLE) continue;
    const explained = [...root.instances].flatMap((instance) =>
      instance.leadsTo.map((cause) => ({ cause, fold: true, why: instance.title, when: undefined })),
    );
    for (const link of [...explained, ...root.cause.leadsTo]) {
      const consequence = candidates.get(link.cause);
      if (!consequence || consequence === root || consequence.score < LISTED) continue;
      if (!holds(link.when, undefined, world) || !precedes(root, consequence)) continue;
      const strong = root.score >= ROOT_SHARE * consequence.score;
      edges.push({ root, consequence, fold: link.fold && strong, why: link.why });
    }
  }
  return edges;
}

/** Which consequence stands under which root. Causes may lead to each other, but no fold closes a circle. */
export function fold(edges: readonly Edge[]): {
  readonly folded: ReadonlyMap<Candidate, Edge>;
  readonly rootOf: (c: Candidate) => Candidate;
} {
  const folded = new Map<Candidate, Edge>();
  const rootOf = (c: Candidate): Candidate => {
    const edge = folded.get(c);
    return edge ? rootOf(edge.root) : c;
  };
  // The stronger root is asked first.
  for (const edge of edges.filter((e) => e.fold).sort((a, b) => b.root.score - a.root.score)) {
    const circle = rootOf(edge.root) === edge.consequence;
    if (!circle && !folded.has(edge.consequence)) folded.set(edge.consequence, edge);
  }
  return { folded, rootOf };
}

/**
 * False when the devices of `first` are known and none is of the kind that `cause` can happen to. Of a device that is
 * listed without its id the class alone has to fit.
 */
function canConcern(cause: Cause, first: Candidate, world: World): boolean {
  const { concerns } = cause;
  if (!concerns) return true;
  const fits = first.findings.flatMap((f) => {
    if (deviceKnown(f, world)) return [deviceHolds(concerns, f.device, f, world)];
    const listed = f.device && world.facts.devices.get(f.device)?.class;
    // Behind a port can be anything.
    return listed && !listed.startsWith('06') && concerns.class
      ? [deviceHolds({ class: concerns.class }, f.device, f, world)]
      : [];
  });
  return fits.length === 0 || fits.includes(true);
}

/** Whether what is known of the host speaks against `cause`. */
export const speaksAgainst = (cause: Cause, world: World): boolean =>
  cause.signs.some((s) => s.effect === 'lowers' && holds(s.when, undefined, world));

const PRIORS = { common: 0, uncommon: 1, rare: 2 } as const satisfies Record<Cause['prior'], number>;

/**
 * What else to suspect behind the lines of `first`, as far as the input neither shows nor excludes it: the alternatives
 * that its file names, in their order, then the causes that are known to bring it about, the common ones first.
 */
export function alternativesTo(
  first: Candidate,
  candidates: ReadonlyMap<string, Candidate>,
  base: RuleBase,
  world: World,
): Candidate[] {
  const open = (id: string) => {
    const known = candidates.get(id);
    // What the input raises is listed already, and what it speaks against is none; a faint hint is still open.
    const told = known && (known.score >= LISTED || known.evidence.some((e) => e.effect === 'lowers'));
    const cause = told ? undefined : base.causes.get(id);
    return cause && canConcern(cause, first, world) && !speaksAgainst(cause, world) ? cause : undefined;
  };
  const because = (why: string | undefined) =>
    `${why ? ` (${why})` : ''}; the input neither shows nor excludes it`;
  const named = first.cause.alternatives.flatMap((link) => {
    const cause = holds(link.when, undefined, world) ? open(link.cause) : undefined;
    return cause ? [{ cause, text: `shows itself in the same way${because(link.why)}` }] : [];
  });
  const roots = [...base.causes.values()]
    .flatMap((root) => {
      const link = root.leadsTo.find((l) => l.cause === first.cause.id);
      const cause = link && holds(link.when, undefined, world) ? open(root.id) : undefined;
      return cause ? [{ cause, text: `can bring this about${because(link?.why)}` }] : [];
    })
    .sort((a, b) => PRIORS[a.cause.prior] - PRIORS[b.cause.prior] || (a.cause.id < b.cause.id ? -1 : 1));
  // The order is that of the file; of a root, its own words say more than "in the same way".
  const suspects = new Map([...named, ...roots].map((s) => [s.cause.id, s]));
  return Array.from(suspects.values(), ({ cause, text }) => ({
    cause,
    findings: [],
    instances: new Set(),
    ...candidates.get(cause.id),
    evidence: [
      ...(candidates.get(cause.id)?.evidence ?? []),
      { rule: 'fact', lines: [], effect: 'raises', strength: 'weak', text, weight: 0 },
    ],
    score: 0,
    rank: 0,
  }));
}
