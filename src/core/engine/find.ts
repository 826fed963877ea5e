// Matches become findings: one per rule and device, counted, with the first and last lines kept. Storms cost no memory.
import type { Captures, Finding, Line, Match, Rule, Stamp } from '../model.ts';

/** Of a storm, this many of the first and of the last line numbers are kept. */
const KEPT = 20;
/** So many different captures of a rule on a device are told apart. */
const VARIANTS = 8;
/** More (rule, device) pairs than this come only from made-up input; further devices of a rule share one finding. */
const MAX_FINDINGS = 2000;

function variantKey(captures: Captures): string {
  let key = '';
  for (const name in captures) key += `${name}=${captures[name]}\n`;
  return key;
}

interface Growing {
  readonly rule: Rule;
  readonly device: string | undefined;
  readonly first: Line;
  captures: Captures;
  readonly variants: Map<string, Captures>;
  /** Captures of the newest line, and their key. */
  newest: Captures;
  newestKey: string;
  count: number;
  readonly head: number[];
  readonly tail: number[];
  lastStamp: Stamp | undefined;
  attempt: number;
  /** Its first line in that attempt. */
  begun: number;
}

export interface Findings {
  add(match: Match, line: Line): void;
  list(): Finding[];
}

export function createFindings(options: { readonly allLines: boolean }): Findings {
  const byKey = new Map<string, Growing>();
  let attempt = 0;
  let marked: Line | undefined;
  let failedSince = false;

  /** Several lines mark one start of a guest; a mark opens a new attempt only after a pause or a failure. */
  function mark(line: Line) {
    const near =
      marked?.stamp && line.stamp && marked.stamp.clock === line.stamp.clock
        ? Math.abs(line.stamp.at - marked.stamp.at) < 20
        : marked !== undefined && line.no - marked.no < 12 && !failedSince;
    if (!near) attempt++;
    marked = line;
    failedSince = false;
  }

  return {
    add(match, line) {
      const { rule, captures } = match;
      if (rule.marks === 'attempt') mark(line);
      else failedSince ||= rule.severity === 'error';
      let { key } = match;
      let known = byKey.get(key);
      if (!known && byKey.size >= MAX_FINDINGS) {
        key = rule.id;
        known = byKey.get(key);
      }
      if (!known) {
        const newestKey = variantKey(captures);
        byKey.set(key, {
          rule,
          device: match.device,
          first: line,
          captures,
          variants: new Map([[newestKey, captures]]),
          newest: captures,
          newestKey,
          count: 1,
          head: [line.no],
          tail: [],
          lastStamp: line.stamp,
          attempt,
          begun: line.no,
        });
        return;
      }
      known.count++;
      known.lastStamp = line.stamp ?? known.lastStamp;
      if (known.attempt !== attempt) known.begun = line.no;
      known.attempt = attempt;
      // Equal lines bring the same captures along.
      if (captures !== known.newest) {
        known.newest = captures;
        const newestKey = variantKey(captures);
        if (newestKey !== known.newestKey) {
          known.newestKey = newestKey;
          known.captures = { ...known.captures, ...captures };
          if (known.variants.size < VARIANTS) known.variants.set(newestKey, captures);
        }
      }
      if (options.allLines || known.head.length < KEPT) known.head.push(line.no);
      else {
        known.tail.push(line.no);
        if (known.tail.length > KEPT) known.tail.shift();
      }
    },
    list() {
      return Array.from(byKey.values(), (g) => ({
        rule: g.rule.id,
        tier: g.rule.tier,
        severity: g.rule.severity,
        count: g.count,
        lines: [...g.head, ...g.tail],
        text: g.first.text,
        captures: g.captures,
        variants: [...g.variants.values()],
        source: g.first.source,
        attempt: g.attempt,
        begun: g.begun,
        ...(g.device ? { device: g.device } : {}),
        ...(g.first.driver ? { driver: g.first.driver } : {}),
        ...(g.first.stamp ? { firstStamp: g.first.stamp } : {}),
        ...(g.lastStamp ? { lastStamp: g.lastStamp } : {}),
      }));
    },
  };
}
