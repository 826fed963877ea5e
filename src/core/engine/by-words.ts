// What a short text speaks of when no rule knows a line of it: the cause whose rules and explanations use its words.
// Naive Bayes (Manning, Raghavan, Schütze: Introduction to Information Retrieval, chapter 13) over the texts of the rule base:
// what is written there for people is all that it learns from.
import type { Cause, Diagnosis, Line, Rule, RuleBase, Strength } from '../model.ts';

/** Somebody chose so few lines; a longer text is a log, and what rules leave out of a log is ordinary. */
export const PASTE_LINES = 64;
/** What is longer, in bytes, is a log as a program wrote it, and not read a second time (reread.ts). */
export const PASTE_BYTES = 64 * 1024;
/** So many causes are named. */
const NAMED = 3;
/** A cause is named when its words outweigh those of everything else (log odds), or fall short of the first one by so much. */
const BEHIND_FIRST = 1;
/** How many words the text of a cause is lengthened by, of everything else: the fewer it has, the less one word says. */
const SMOOTHING = 60;

const STRENGTH = { strong: 1, medium: 0.7, weak: 0.4 } as const satisfies Record<Strength, number>;
const PRIOR = { common: 1, uncommon: 0.5, rare: 0.2 } as const satisfies Record<Cause['prior'], number>;
/** What a rule without a cause, and a near miss, count among everything else. */
const HARMLESS = 0.7;
const NEAR_MISS = 0.5;

/** The text has to do with passthrough. */
const SUBJECT =
  /vfio|pass(?:ed|ing)?[- ]?th?ro?u(?:gh)?|hostdev|hostpci|nodedev|pci[- ]?stub|pciback|iommu|vt-d\b|sr-?iov|\bvfs?\b|vgpu|mdev|looking[- ]glass|kvmfr|assignable|\bppt\d|直通|透传|パススルー|패스스루|проброс|durchreich/i;
/** A command that somebody typed says nothing by itself. */
const PROMPT = /^(?:\S+@\S+\s*)?[^\s$#]{0,40}[$#]\s/;
/** Somebody speaks of trouble, or asks. */
const TROUBLE =
  /\b(?:errors?|fail\w*|cannot|\w+n['’]?t|unable|invalid|refus\w*|denied|time[d]?[ -]?out|abort\w*|no|not|never|nothing|without|hang\w*|hung|freez\w*|froze\w*|crash\w*|panic\w*|oops|bugs?|missing|lost|gone|dead|die[sd]?|disappear\w*|busy|in use|stuck|wrong|corrupt\w*|garbl\w*|unsupported|unavailable|unexpected\w*|illegal|conflict\w*|black|blank|slow\w*|stutter\w*|reboot\w*|kill\w*|problems?|issues?|troubles?|help|fehl\w*|nicht|kein\w*|erreurs?|impossible|pas|échou\w*|fall[ao]\w*|erro|não|niet|fout)\b|\?|[\u0400-\u04ff\u3040-\u9fff\uac00-\ud7af]/i;
const STOP = new Set(
  'the an of to in on is it and or for be with this that was by at as are my from if but when have has can so do we you'.split(
    ' ',
  ),
);
/** Rows of lsmod, ls, lspci and such. */
const COLUMNS = /\S\s{3,}\S|^\S*[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]\s/i;
/** A service, as syslog names it, or a function. */
const PROGRAM = /^(?:[\w-]+\[\d+\]: |\w+_\w+\b)/;
/** Compilers speak of code. */
const COMPILER = /\.(?:[chS]|cpp|dtsi?):\d+|\bIn function\b/;
/** Addresses and numbers, the same in no two texts. */
const NUMBERS = /\b[0-9a-f]{2,4}:[0-9a-f]{2}(?:[:.][0-9a-f]+)*|0x[0-9a-f]+/g;
const WORD = /[a-z_][a-z_'-]*[a-z]|[\u3040-\u9fff\uac00-\ud7af]+|[\u0400-\u04ff]+/g;
const WITHOUT_SPACES = /^[\u3040-\u9fff\uac00-\ud7af]/;
const ENDING = /(?:ing|ed|es|s)$/;
/** Holes of templates are no words. */
const HOLES = /\{[^}]*\}/g;

/** Calls `each` for the words of a text: of a name with underscores its parts as well, of Chinese pairs of characters. */
function eachWord(text: string, each: (stem: string, word: string) => void) {
  const take = (word: string) => each(word.replace(ENDING, ''), word);
  for (const [word] of text.toLowerCase().replace(NUMBERS, ' ').matchAll(WORD)) {
    if (WITHOUT_SPACES.test(word)) {
      for (let i = 0; i + 1 < word.length; i++) take(word.slice(i, i + 2));
      continue;
    }
    if (STOP.has(word)) continue;
    take(word);
    const parts = word.split(/[_-]/).filter((part) => part.length > 2 && !STOP.has(part));
    if (parts.length > 1) for (const part of parts) take(part);
  }
}

/** The words of a text by their stems, as they stand there first. */
function wordsOf(text: string): Map<string, string> {
  const words = new Map<string, string>();
  eachWord(text, (stem, word) => {
    if (!words.has(stem)) words.set(stem, word);
  });
  return words;
}

type Counts = Map<string, number>;

interface Vocabulary {
  /** How often each word stands in the texts of a cause, and all words of the cause together. */
  readonly causes: ReadonlyMap<string, { readonly counts: Counts; readonly total: number }>;
  readonly all: Counts;
  readonly total: number;
}

function add(counts: Counts, texts: readonly string[], weight: number) {
  for (const stem of wordsOf(texts.join('\n')).keys()) counts.set(stem, (counts.get(stem) ?? 0) + weight);
}

const sum = (counts: Counts) => [...counts.values()].reduce((n, count) => n + count, 0);

function textsOf(rule: Rule): string[] {
  return [rule.title, rule.means, ...rule.match.map((m) => m.replace(HOLES, ' ')), ...rule.examples.match];
}

function learn(base: RuleBase): Vocabulary {
  const counted = new Map<string, Counts>();
  for (const cause of base.causes.values()) {
    const counts: Counts = new Map();
    counted.set(cause.id, counts);
    const confirm = cause.confirm.map((c) => `${c.run} ${c.expect}`);
    for (const text of [cause.title, cause.why, ...cause.notTheFix.map((n) => n.text), ...confirm])
      add(counts, [text], 1);
  }
  const others: Counts = new Map();
  for (const rule of base.rules) {
    const raised = rule.causes.filter((link) => link.effect === 'raises');
    const texts = textsOf(rule);
    for (const { cause, strength } of raised) add(counted.get(cause) ?? others, texts, STRENGTH[strength]);
    if (raised.length === 0) add(others, texts, HARMLESS);
    for (const text of rule.examples.noMatch) add(others, [text], NEAR_MISS);
  }
  const all: Counts = new Map();
  for (const counts of [...counted.values(), others])
    for (const [word, count] of counts) all.set(word, (all.get(word) ?? 0) + count);
  const causes = new Map([...counted].map(([id, counts]) => [id, { counts, total: sum(counts) }]));
  return { causes, all, total: sum(all) };
}

/** By how much `word` speaks for a cause, as log odds against everything else; 0 for a word that nothing knows. */
function weigh({ causes, all, total }: Vocabulary, cause: string, word: string): number {
  const everywhere = all.get(word);
  const texts = causes.get(cause);
  if (everywhere === undefined || !texts) return 0;
  const common = (everywhere + 0.5) / (total + all.size);
  return Math.log(((texts.counts.get(word) ?? 0) + SMOOTHING * common) / (texts.total + SMOOTHING) / common);
}

export interface ByWords {
  readonly cause: Cause;
  /** The lines whose words speak for it most. */
  readonly lines: readonly number[];
  /** The words that speak for it most, as they stand in the lines. */
  readonly words: readonly string[];
}

/** A message as the kernel, QEMU or a service prints it: the rules know those that matter, the words of another say nothing. */
const isMessage = ({ source, text }: Line) => source === 'kernel' || source === 'qemu' || PROGRAM.test(text);

/** Lines of logs tell what went well, too; commands and listings nothing. */
const isOrdinary = (line: Line) =>
  line.source !== 'unknown' || line.stamp !== undefined || PROMPT.test(line.text) || COLUMNS.test(line.text);

/** The causes that `lines`, which no rule knows, speak of by their words, the likeliest first; none when nothing stands out. */
export function byWords(base: RuleBase, lines: readonly Line[]): ByWords[] {
  if (!lines.some((line) => SUBJECT.test(line.text)) || lines.some((line) => COMPILER.test(line.text)))
    return [];
  const vocabulary = learn(base);
  const words = wordsOf(lines.map((line) => line.text).join('\n'));
  const speaks = (cause: string, of: ReadonlyMap<string, string>) => {
    let odds = 0;
    for (const stem of of.keys()) odds += weigh(vocabulary, cause, stem);
    return odds;
  };
  const ranked = [...base.causes.values()]
    .map((cause) => ({ cause, odds: Math.log(PRIOR[cause.prior]) + speaks(cause.id, words) }))
    .sort((a, b) => b.odds - a.odds);
  const [first] = ranked;
  if (!first || first.odds <= 0) return [];
  const loudest = (cause: string) =>
    lines.map((line) => ({ line, odds: speaks(cause, wordsOf(line.text)) })).sort((a, b) => b.odds - a.odds);
  const told = loudest(first.cause.id)[0]?.line;
  if (
    !told ||
    isMessage(told) ||
    !(isOrdinary(told) ? [told] : lines).some((line) => TROUBLE.test(line.text))
  )
    return [];
  return ranked
    .filter(({ odds }) => odds > 0 || odds > first.odds - BEHIND_FIRST)
    .slice(0, NAMED)
    .map(({ cause }) => ({
      cause,
      lines: loudest(cause.id)
        .filter(({ odds }) => odds > 0)
        .slice(0, NAMED)
        .map(({ line }) => line.no)
        .sort((a, b) => a - b),
      words: [...words]
        .map(([stem, word]) => ({ word, odds: weigh(vocabulary, cause.id, stem) }))
        .filter(({ odds }) => odds > 0)
        .sort((a, b) => b.odds - a.odds)
        .slice(0, 5)
        .map(({ word }) => word),
    }));
}

/** Whether no rule stands behind any of `diagnoses`, or there are none. */
export const onlyByWords = (diagnoses: readonly Diagnosis[]): boolean =>
  diagnoses.every((d) => d.evidence.every((e) => e.rule === 'words'));
