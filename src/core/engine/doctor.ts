// The whole way from raw lines to a Result: open, read facts, match, find, diagnose. Pure; whoever reads bytes calls it.
import type { Bdf, Facts, Line, Match, RawKind, Result, RuleBase, Sieve, Source } from '../model.ts';
import { LINE_CAP, type OpenedLine, openEnvelope } from '../text/envelope.ts';
import { FACT_LITERALS } from '../text/facts.ts';
import { devicePrefix } from '../text/printk.ts';
import type { Commands } from './advise.ts';
import { PASTE_LINES } from './by-words.ts';
import { createDispatch, type Dispatch, dispatchOf } from './dispatch.ts';
import { examine } from './examine.ts';
import { createExcerpts, type Near, rawKind } from './excerpt.ts';
import { LONG_LINE } from './gate.ts';
import { createMatcher } from './match.ts';
import { guessedFrom, noticesOf } from './notices.ts';
import { GUEST_LITERALS, PASSTHROUGH_LITERALS, type Shown } from './passthrough.ts';
import { literalsOf, preparedOf } from './prepare.ts';
import { createMemory } from './remember.ts';
import { createScopes } from './scope.ts';
import { createSieve } from './sieve.ts';
import { createUncatalogued, SUSPICIOUS_LITERALS } from './uncatalogued.ts';

export interface DoctorOptions {
  readonly base: RuleBase;
  readonly commandsFor: Commands;
  /** Keep every line number of a storm. */
  readonly allLines?: boolean;
  /** 0 is the newest boot, -1 the one before; `all` takes them together. Default: the newest with a failure. */
  readonly boot?: number | 'all';
  /** Letters of any case match: for a text that a person may have typed. */
  readonly anyCase?: boolean;
  /** What is known besides the lines, of the host at hand: it beats what its log says. */
  readonly facts?: Facts;
  /** Somebody gave this text to be explained: when no rule knows a line of a short one, its words are looked at. */
  readonly byWords?: boolean;
}

export interface Doctor {
  /** A new input begins; the lines of all inputs are numbered through. */
  source(name: string): void;
  /**
   * One raw line without its line break. A reader that leaves lines out says by `near` what stands around this one, and by
   * `held` which literals a gate has seen in its bytes.
   */
  line(raw: string, near?: Near, held?: readonly number[]): void;
  /** Lines that a gate has left out: they only count. With -1 the next line is more of the last one. */
  skip(count: number): void;
  finish(): Result;
  /** For a gate: a line that holds none of its literals tells nothing. Undefined when no gate can be made. */
  readonly sieve: Sieve | undefined;
  /** Whether lines may be skipped: not until one was seen that is of a log, lest a log be taken for none, and not of a short text. */
  readonly maySkip: boolean;
}

/** What the text of a line says, wherever the line stands. */
interface Told {
  /** The source that the text was read for. */
  readonly source: Source;
  readonly driver: string | undefined;
  readonly device: Bdf | undefined;
  /** The section of a report that the line belongs to when it tells a fact. */
  readonly kind: RawKind | undefined;
  readonly nothing: boolean;
  readonly suspicious: boolean;
  /** Positions in FACT_LITERALS. */
  readonly ofFacts: readonly number[];
  readonly matches: readonly Match[];
  readonly benign: boolean;
}

const lower = (text: string) => text.toLowerCase();

export function createDoctor(options: DoctorOptions): Doctor {
  const { base } = options;
  const allLines = options.allLines ?? false;
  const prepared = preparedOf(base);
  const { literals, useFrom, uses } = prepared;
  const anyCase = options.anyCase ?? false;
  const matcher = createMatcher(base.rules, prepared, anyCase);
  const firstFact = prepared.ruleOf.length;
  const firstSuspicious = firstFact + FACT_LITERALS.length;
  const firstGuest = firstSuspicious + PASSTHROUGH_LITERALS.length;
  const firstBoot = firstSuspicious + SUSPICIOUS_LITERALS.length;
  let dispatch: Dispatch | undefined;
  const memory = createMemory<Told>();
  const scopes = createScopes({ allLines });
  const uncatalogued = createUncatalogued();
  const excerpts = createExcerpts();
  const sources: { name: string; lines: number }[] = [];
  let lines = 0;
  let matched = 0;
  let benign = 0;
  let capped = 0;
  let understood = 0;
  /** Of a short text: the lines that no rule knows. */
  const unknown: { readonly line: Line; readonly raw: string }[] = [];
  const shown: Shown = { passthrough: false, guests: false };
  /** Calls `use` for all that the literals of `text` stand for. */
  function eachUse(text: string, held: readonly number[] | undefined, use: (what: number) => void) {
    const take = (literal: number) => {
      for (let i = useFrom[literal] ?? 0; i < (useFrom[literal + 1] ?? 0); i++) use(uses[i] ?? 0);
    };
    if (held) {
      // What a gate saw may stand in the envelope, or behind the cap.
      for (const literal of held) if (text.includes(literals.at(literal) ?? '')) take(literal);
      return;
    }
    dispatch ??= anyCase ? createDispatch(literalsOf(prepared).map(lower)) : dispatchOf(literals);
    dispatch.each(anyCase ? lower(text) : text, take);
  }

  function holdsAny(text: string): boolean {
    let any = false;
    eachUse(text, undefined, () => {
      any = true;
    });
    return any;
  }

  /** What `line` says by its text, its device filled in. Equal lines, of which storms are made, are looked at once. */
  function toldBy(line: OpenedLine, held: readonly number[] | undefined): Told {
    const { text, source } = line;
    const known = memory.get(text);
    if (known?.source === source) {
      if (known.driver) line.driver = known.driver;
      if (known.device) line.device = known.device;
      return known;
    }
    const ofRules: number[] = [];
    const ofFacts: number[] = [];
    let suspicious = false;
    let boot = false;
    eachUse(text, held, (use) => {
      if (use < firstFact) ofRules.push(use);
      else if (use < firstSuspicious) ofFacts.push(use - firstFact);
      else if (use < firstBoot) {
        suspicious = true;
        shown.passthrough ||= use < firstGuest;
        shown.guests ||= use >= firstGuest && use < firstGuest + GUEST_LITERALS.length;
      } else boot = true;
    });
    const { driver, device } = devicePrefix(text);
    if (driver) line.driver = driver;
    if (device) line.device = device;
    const matches = matcher.match(line, ofRules);
    // One shape for all, and no spreading: this is done for every new text.
    const told: Told = {
      source,
      driver,
      device,
      kind: ofFacts.length > 0 ? rawKind(text) : undefined,
      nothing: ofRules.length + ofFacts.length === 0 && !suspicious && !boot,
      suspicious,
      ofFacts,
      matches,
      benign: matches.every((m) => m.rule.severity === 'benign'),
    };
    memory.offer(text, told);
    return told;
  }

  function line(raw: string, near?: Near, held?: readonly number[]) {
    lines++;
    const source = sources.at(-1);
    if (source) source.lines++;
    const opened = openEnvelope(raw, lines, held !== undefined);
    if (opened.text === '') return;
    excerpts.seen(opened, raw, near);
    if (opened.source !== 'unknown') understood++;
    if (raw.length > LINE_CAP && (raw.length >= LONG_LINE || holdsAny(raw))) capped++;
    const told = toldBy(opened, held);
    if (lines <= PASTE_LINES && told.matches.length === 0) unknown.push({ line: opened, raw });
    // Nothing but the literals decides whether a line is looked at: so a gate in front changes nothing.
    if (told.nothing) return;
    const scope = scopes.of(opened);
    if (told.ofFacts.length > 0) {
      scope.facts.read(opened, told.ofFacts);
      if (told.kind) excerpts.fact(told.kind, opened, raw, near);
      understood++;
    }
    for (const match of told.matches) {
      const { rule } = match;
      scope.findings.add(match, opened);
      shown.guests ||= rule.source !== 'any' && !rule.source.includes('kernel');
      if (rule.severity !== 'benign') excerpts.evidence(match.key, opened, raw, near);
      for (const flag in rule.sets) {
        const value = rule.sets[flag] ?? '';
        const filled = value.replace(/\{(\w+)\}/g, (_, name: string) => match.captures[name] ?? '');
        scope.facts.facts.flags.set(flag, { value: filled, line: opened.no });
      }
    }
    if (told.matches.length > 0) {
      matched++;
      understood++;
      if (told.benign) benign++;
    } else if (told.suspicious) uncatalogued.offer(opened);
  }

  return {
    get sieve() {
      return prepared.sieve ?? createSieve(literalsOf(prepared));
    },
    get maySkip() {
      return understood > 0 && (!options.byWords || lines >= PASTE_LINES);
    },
    source(name) {
      sources.push({ name, lines: 0 });
      scopes.file();
      excerpts.file();
    },
    line,
    skip(count) {
      lines += count;
      const source = sources.at(-1);
      if (source) source.lines += count;
    },
    finish() {
      const gathered = { scopes, shown, lines, unknown: unknown.map((u) => u.line) };
      const { examined, chosen } = examine(options, prepared.observing, gathered);
      const guessed = guessedFrom(examined.diagnoses);
      for (const { line, raw } of unknown)
        if (guessed.has(line.no)) excerpts.evidence('words', line, raw, undefined);
      return {
        input: { lines, matched, benign, sources },
        facts: examined.facts,
        diagnoses: examined.diagnoses,
        findings: examined.findings,
        uncatalogued: uncatalogued.list(),
        notices: [...chosen, ...noticesOf(examined, { lines, understood, capped, older: scopes.dropped })],
        raw: excerpts.text(),
      };
    },
  };
}
