// What can be told of a `regex:` rule without a regular expression library: the text that every match holds, and whether a
// repeat stands within a repeat. It errs on the safe side; test/regex.test.ts proves both for the rules of the project.

import { worth } from './literal.ts';

interface Token {
  readonly kind: 'char' | 'class' | 'open' | 'close' | 'or' | 'anchor';
  readonly text: string;
  /** Least and greatest count of the quantifier behind it. */
  readonly min: number;
  readonly max: number;
}

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
      text: groups.escaped ?? groups.char ?? groups.class ?? '',
      min,
      max,
    };
  }
}

/** The best run of fixed characters that every match holds (literal.ts); '' when alternatives at the top leave none. */
export function regexLiteral(source: string): string {
  let best = '';
  let run = '';
  let depth = 0;
  const end = () => {
    if (worth(run) > worth(best)) best = run;
    run = '';
  };
  for (const { kind, text, min, max } of tokens(source)) {
    if (kind === 'open') depth++;
    if (kind === 'close') depth--;
    if (depth > 0 || kind !== 'char') {
      if (kind === 'or' && depth === 0) return '';
      if (kind !== 'anchor') end();
      continue;
    }
    if (min === 0) end();
    else {
      run += text;
      if (min !== 1 || max !== 1) end();
    }
  }
  end();
  return best;
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
