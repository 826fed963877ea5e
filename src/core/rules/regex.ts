// What can be told of a `regex:` rule without a regular expression library: the texts of which every match holds one, and whether a
// repeat stands within a repeat. It errs on the safe side; test/regex.test.ts proves both for the rules of the project.

import { bestLiterals } from './literal.ts';

interface Token {
  readonly kind: 'char' | 'class' | 'open' | 'close' | 'or' | 'anchor';
  readonly text: string;
  /** Least and greatest count of the quantifier behind it. */
  readonly min: number;
  readonly max: number;
}

/** The beginning of a group that takes its text, not one that looks around. */
const CONSUMING = /^\((?:\?(?::|<[^=!].*))?$/;
const QUANTIFIER = /(?:[*+?]|\{(\d+)(,?)(\d*)\})\??/y;

function* tokens(source: string): Generator<Token> {
  const piece =
    /(?<open>\((?:\?(?:[:=!]|<[=!]|<[^>]*>))?)|(?<close>\))|(?<or>\|)|(?<anchor>[\^$]|\\[bB])|(?<class>\[(?:\\.|[^\]\\])*\]|\.|\\[dDsSwWpPku]|\\\d)|\\(?<escaped>.)|(?<char>.)/suy;
  for (let at = 0; at < source.length; ) {
    piece.lastIndex = at;
    const groups = piece.exec(source)?.groups;
    if (!groups) return;
    at = piece.lastIndex;
    QUANTIFIER.lastIndex = at;
    const quantifier = groups.open ? null : QUANTIFIER.exec(source);
    if (quantifier) at = QUANTIFIER.lastIndex;
    const [sign = '', least, comma, most] = quantifier ?? [];
    const min = least === undefined ? (/^[*?]/.test(sign) ? 0 : 1) : Number(least);
    const max =
      least === undefined
        ? /^[*+]/.test(sign)
          ? Number.POSITIVE_INFINITY
          : 1
        : comma
          ? most
            ? Number(most)
            : Number.POSITIVE_INFINITY
          : min;
    const kind = (['open', 'close', 'or', 'anchor', 'class'] as const).find((k) => groups[k] !== undefined);
    // Of the escapes only punctuation stands for itself.
    const letter = groups.escaped !== undefined && /[A-Za-z0-9]/.test(groups.escaped);
    yield {
      kind: letter ? 'class' : (kind ?? 'char'),
      text: groups.escaped ?? groups.char ?? groups.class ?? groups.open ?? '',
      min,
      max,
    };
  }
}

/** In so many ways a run of fixed characters and choices is spelled out. */
const MOST_LITERALS = 32;

/** The spellings of the group that begins behind `at`, and where it ends; undefined when they are not plain, or it may be left out. */
function choiceAt(all: readonly Token[], at: number): { options: string[]; end: number } | undefined {
  const options = [''];
  for (let i = at + 1; i < all.length; i++) {
    const { kind, text, min, max } = all[i] as Token;
    if (kind === 'close') return min === 1 && max === 1 ? { options, end: i } : undefined;
    if (kind === 'or') options.push('');
    else if (kind === 'char' && min === 1 && max === 1) options.push(`${options.pop()}${text}`);
    else return undefined;
  }
  return undefined;
}

/**
 * The literals of which every match holds at least one (literal.ts): a run of fixed characters, or the spellings of one with plain
 * choices in it; [''] when alternatives at the top leave none.
 */
export function regexLiterals(source: string): string[] {
  const all = [...tokens(source)];
  const parts: (string[] | undefined)[] = [];
  let depth = 0;
  const gap = () => void parts.push(undefined);
  for (let i = 0; i < all.length; i++) {
    const { kind, text, min, max } = all[i] as Token;
    if (kind === 'or' && depth === 0) return [''];
    const choice = depth === 0 && kind === 'open' && CONSUMING.test(text) ? choiceAt(all, i) : undefined;
    if (choice) {
      parts.push(choice.options);
      i = choice.end;
    } else if (kind === 'open' || kind === 'close') {
      depth += kind === 'open' ? 1 : -1;
      gap();
    } else if (depth > 0 || (kind !== 'char' && kind !== 'anchor')) gap();
    else if (kind === 'char') {
      const last = parts.at(-1);
      if (min === 0) gap();
      else if (last?.length === 1) parts[parts.length - 1] = [`${last[0]}${text}`];
      else parts.push([text]);
      if (min > 0 && (min !== 1 || max !== 1)) gap();
    }
  }
  return bestLiterals(parts, MOST_LITERALS);
}

/** Whether a group that is repeated without end holds a repeat or alternatives: such patterns may take exponential time. */
export function repeatsInRepeat(source: string): boolean {
  const open: boolean[] = [];
  for (const { kind, max } of tokens(source)) {
    const inside = open.length - 1;
    if (kind === 'open') open.push(false);
    else if (kind === 'close') {
      const varies = open.pop() ?? false;
      if (varies && max === Number.POSITIVE_INFINITY) return true;
      if ((varies || max > 1) && open.length > 0) open[open.length - 1] = true;
    } else if (inside >= 0 && (kind === 'or' || max === Number.POSITIVE_INFINITY)) open[inside] = true;
  }
  return false;
}

/** How many repeats of any character (`.*`, `.+`) have no bound. With two, the time grows with the square of a line. */
export function wideRepeats(source: string): number {
  return Array.from(tokens(source)).filter(
    ({ kind, text, max }) => kind === 'class' && text === '.' && max === Number.POSITIVE_INFINITY,
  ).length;
}
