// What a short text speaks of when no rule knows a line of it: the cause whose words it uses. Multinomial logistic regression
// (Hastie, Tibshirani, Friedman: The Elements of Statistical Learning, 4.4) over the words that stand in it; rules/words/ holds what
// each word says, and bench/learn.mjs learns that from the rules and from labelled cases.
import type { Cause, Diagnosis, Line, RuleBase, WordWeights } from '../model.ts';

/** Somebody chose so few lines; a longer text is a log, and what rules leave out of a log is ordinary. */
export const PASTE_LINES = 64;
/** What is longer, in bytes, is a log as a program wrote it, and not read a second time (reread.ts). */
export const PASTE_BYTES = 64 * 1024;
/** The file of rules/words that is of no cause: what speaks for an ordinary text. */
export const NO_TROUBLE = 'no-trouble';
/** So many causes are named. */
const NAMED = 3;
/**
 * How likely the first one is at least, and how much of the likelihood of no trouble: in a text that does not speak of passthrough,
 * in a line that does, and where somebody has more to say of it.
 */
const LEAST = {
  other: { likely: 0.6, ofNone: 1 },
  line: { likely: 0.1, ofNone: 0.6 },
  account: { likely: 0.05, ofNone: 0.05 },
};
/** How much of that the others are at least. */
const OF_FIRST = 0.25;
/** Fewer words that do not speak of passthrough are any line of any program. */
const FEWEST = 8;
/** With so many words that no program printed somebody tells what happened. */
const ACCOUNT = 16;
/** What the words of a text say is divided by the root of their number, and of so many more. */
export const DAMPING = 2;

/** The text has to do with passthrough. */
const SUBJECT =
  /vfio|pass(?:ed|ing)?[- ]?th?ro?u(?:gh)?|hostdev|hostpci|nodedev|pci[- ]?stub|pciback|iommu|vt-d\b|sr-?iov|\bvfs?\b|vgpu|mdev|looking[- ]glass|kvmfr|assignable|\bppt\d|直通|透传|パススルー|패스스루|проброс|durchreich/i;
/** Somebody speaks of trouble, or asks. */
const TROUBLE =
  /\b(?:errors?|fail\w*|cannot|\w+n['’]t|(?:do(?:es)?|did|ca|wo|could|would|should|is|are|was|were|ha[sd]|have)nt|unable|invalid|refus\w*|denied|time[d]?[ -]?out|abort\w*|no|not|never|nothing|without|hang\w*|hung|freez\w*|froze\w*|crash\w*|panic\w*|oops|bugs?|missing|lost|gone|dead|die[sd]?|disappear\w*|busy|(?<!driver )in use|stuck|wrong|corrupt\w*|garbl\w*|unsupported|unavailable|unexpected\w*|illegal|conflict\w*|black|blank|slow\w*|stutter\w*|reboot\w*|kill\w*|problems?|issues?|troubles?|help|prevent\w*|br[eo]a?k\w*|lacks?|los[et]\w*|vanish\w*|unusable|ineligible|incompatible|exhaust\w*|too|crackl\w*|drop\w*|lags?|times? out|stop\w*|instead|again|only|disabl\w*|faults?|fehl\w*|nicht|kein\w*|erreurs?|impossible|pas|échou\w*|fall[ao]\w*|erro|não|niet|fout)\b|\?|[\u0400-\u04ff\u3040-\u9fff\uac00-\ud7af]/i;
const STOP = new Set(
  'the an of to in on is it and or for be with this that was by at as are my from if but when have has can so do we you'.split(
    ' ',
  ),
);
/** Addresses and numbers, the same in no two texts. */
const NUMBERS = /\b[0-9a-f]{2,4}:[0-9a-f]{2}(?:[:.][0-9a-f]+)*|0x[0-9a-f]+/g;
const WORD = /[a-z_][a-z_'-]*[a-z]|[\u3040-\u9fff\uac00-\ud7af]+|[\u0400-\u04ff]+/g;
const WITHOUT_SPACES = /^[\u3040-\u9fff\uac00-\ud7af]/;
const ENDING = /(?<=.)(?:ing|ed|es|s)$/;

/** The words of a text by their stems, as they stand there first; of a name with underscores its parts as well, of Chinese pairs. */
export function wordsOf(text: string): Map<string, string> {
  const words = new Map<string, string>();
  const take = (word: string) => {
    const stem = word.replace(ENDING, '');
    if (!words.has(stem)) words.set(stem, word);
  };
  for (const [word] of text.toLowerCase().replace(NUMBERS, ' ').matchAll(WORD)) {
    if (WITHOUT_SPACES.test(word)) {
      for (let i = 0; i + 1 < word.length; i++) take(word.slice(i, i + 2));
      continue;
    }
    if (STOP.has(word)) continue;
    take(word);
    for (const part of word.split(/[_-]/))
      if (part.length > 2 && part !== word && !STOP.has(part)) take(part);
  }
  return words;
}

/** What a word says of a class. */
const says = ({ words }: WordWeights, stem: string): number =>
  (Object.hasOwn(words, stem) && words[stem]) || 0;

/** How likely each class is for a text of these words, 0 to 1, all together 1. */
function likelihoods(classes: readonly WordWeights[], stems: readonly string[]): number[] {
  const known = stems.filter((stem) => classes.some((of) => says(of, stem) !== 0));
  const damped = Math.sqrt(known.length + DAMPING);
  const odds = classes.map((of) => of.bias + known.reduce((n, stem) => n + says(of, stem), 0) / damped);
  const most = Math.max(...odds);
  const parts = odds.map((o) => Math.exp(o - most));
  const all = parts.reduce((n, part) => n + part, 0);
  return parts.map((part) => part / all);
}

export interface ByWords {
  readonly cause: Cause;
  /** The lines whose words speak for it most. */
  readonly lines: readonly number[];
  /** The words that speak for it most, as they stand in the lines. */
  readonly words: readonly string[];
  /** The text names passthrough. */
  readonly subject: boolean;
}

/** The words of a line by their stems. */
interface Told {
  readonly no: number;
  readonly source: Line['source'];
  readonly words: ReadonlyMap<string, string>;
}

/** The causes that `lines`, which no rule knows, speak of by their words, the likeliest first; none when nothing stands out. */
export function byWords(base: RuleBase, lines: readonly Line[]): ByWords[] {
  const some = (pattern: RegExp) => lines.some((line) => pattern.test(line.text));
  if (!some(TROUBLE)) return [];
  const told = lines.map(({ no, source, text }): Told => ({ no, source, words: wordsOf(text) }));
  const words = new Map<string, string>();
  for (const line of told) for (const [stem, word] of line.words) if (!words.has(stem)) words.set(stem, word);
  const subject = some(SUBJECT);
  const ofPeople = new Set(told.flatMap((line) => (line.source === 'unknown' ? [...line.words.keys()] : [])));
  const kind = !subject ? 'other' : ofPeople.size < ACCOUNT ? 'line' : 'account';
  if (kind === 'other' && words.size < FEWEST) return [];
  const likely = likelihoods(base.words, [...words.keys()]);
  const all = base.words.map((of, i) => ({ of, likely: likely[i] ?? 0 }));
  const none = all.find(({ of }) => of.id === NO_TROUBLE)?.likely ?? 0;
  const ranked = all.filter(({ of }) => of.id !== NO_TROUBLE).sort((a, b) => b.likely - a.likely);
  const [first] = ranked;
  const least = LEAST[kind];
  if (!first || first.likely < least.likely || first.likely < none * least.ofNone) return [];
  return ranked
    .filter(({ likely }) => likely >= first.likely * OF_FIRST)
    .flatMap(({ of }) => {
      const cause = base.causes.get(of.id);
      return cause ? [{ cause, ...loudest(of, told, words), subject }] : [];
    })
    .slice(0, NAMED);
}

/** The lines and words that speak most for a class. */
function loudest(
  of: WordWeights,
  lines: readonly Told[],
  words: ReadonlyMap<string, string>,
): Pick<ByWords, 'lines' | 'words'> {
  const most = <T>(all: readonly T[], weigh: (it: T) => number, limit: number) =>
    all
      .map((it) => ({ it, weight: weigh(it) }))
      .filter(({ weight }) => weight > 0)
      .sort((a, b) => b.weight - a.weight)
      .slice(0, limit)
      .map(({ it }) => it);
  const ofLine = (line: Told) => [...line.words.keys()].reduce((n, stem) => n + says(of, stem), 0);
  return {
    lines: most(lines, ofLine, NAMED)
      .map(({ no }) => no)
      .sort((a, b) => a - b),
    words: most([...words], ([stem]) => says(of, stem), 5).map(([, word]) => word),
  };
}

/** Whether no rule stands behind any of `diagnoses`, or there are none. */
export const onlyByWords = (diagnoses: readonly Diagnosis[]): boolean =>
  diagnoses.every((d) => d.evidence.every((e) => e.rule === 'words'));
