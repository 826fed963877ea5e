// A message that was quoted without its errno: what its rule tells apart by the errno is possible, and nothing of it sure.
import type { CauseLink, Condition, Finding, Rule, Strength } from '../model.ts';
import { holds, type World } from './condition.ts';

/** The capture of an errno that the line does not tell. */
export const OMITTED = '…';

const LESS = { strong: 'medium', medium: 'weak', weak: 'weak' } as const satisfies Record<Strength, Strength>;

function* valuesOf(when: Condition | undefined, name: string): Generator<string> {
  if (!when) return;
  yield* when.capture?.[name] ?? [];
  for (const inner of [...(when.any ?? []), ...(when.not ? [when.not] : [])]) yield* valuesOf(inner, name);
}

/** What the finding says by a line that tells the errno; one that does not adds nothing to it. */
function toldOf(finding: Finding): Finding {
  const told = finding.variants.filter((v) => !Object.values(v).includes(OMITTED));
  return told.length > 0 && told.length < finding.variants.length ? { ...finding, variants: told } : finding;
}

/** The link as it holds for the finding, if it does: weaker where it hangs on what the line does not tell, the rule's first one least. */
export function linkHolds(
  link: CauseLink,
  rule: Rule,
  finding: Finding,
  world: World,
): CauseLink | undefined {
  const [name] = Object.entries(finding.variants[0] ?? {}).find(([, value]) => value === OMITTED) ?? [];
  if (name === undefined) return holds(link.when, toldOf(finding), world) ? link : undefined;
  if ([...valuesOf(link.when, name)].length === 0) return holds(link.when, finding, world) ? link : undefined;
  const told = toldOf(finding);
  if (told !== finding) return holds(link.when, told, world) ? link : undefined;
  const values = new Set(rule.causes.flatMap((c) => [...valuesOf(c.when, name)]));
  const possible = [...values, OMITTED].some((value) =>
    holds(link.when, { ...finding, variants: finding.variants.map((v) => ({ ...v, [name]: value })) }, world),
  );
  if (!possible) return undefined;
  // A rule names the commonest first.
  const first = rule.causes.find((c) => [...valuesOf(c.when, name)].length > 0);
  return { ...link, strength: link === first && link.strength === 'medium' ? 'medium' : LESS[link.strength] };
}

/** Whether a message stands there without its errno, and nowhere with it. */
export const isCutShort = (findings: readonly Finding[]): boolean =>
  findings.some((f) => f.variants.every((v) => Object.values(v).includes(OMITTED)));
