// `regex:` rules: the literal by which each is reached is proved to be in every match, and each is proved to be linear.
import { RegExpParser } from '@eslint-community/regexpp';
import { DFA, isDisjointWith, JS, NFA } from 'refa';
import { analyse } from 'scslre';
import { describe, expect, it } from 'vitest';
import { isLiteral } from '../src/core/rules/literal.ts';
import { regexLiterals, repeatsInRepeat } from '../src/core/rules/regex.ts';
import { base } from './support/rule-base.ts';

/** Every line that may match: look-arounds, word borders and the bounds of gaps are left out, which only lets more lines in. */
function language(source: string): { nfa: NFA; maxCharacter: number } {
  const literal = new RegExp(`[^]*(?:${source.replace(/\.\{0,\d+\}/g, '.*')})[^]*`);
  const { expression, maxCharacter } = JS.Parser.fromLiteral(literal).parse({ assertions: 'ignore' });
  return { nfa: NFA.fromRegex(expression, { maxCharacter }, {}), maxCharacter };
}

/** Whether every line that `source` matches holds one of `texts`. */
function implies(source: string, texts: readonly string[]): boolean {
  const held = language(texts.map((text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|'));
  const without = DFA.fromFA(held.nfa);
  without.complement();
  return isDisjointWith(language(source).nfa, without);
}

const regexes = base.rules.flatMap((r) => r.regex.map((source) => [r.id, source] as const));
const ofLines = base.rules.flatMap((r) =>
  [...(r.line?.holds ?? []), ...(r.line?.lacks ?? [])].map((source) => [r.id, source] as const),
);

describe('the literals of a regex', () => {
  it.each(regexes)('%s: every match of %s holds one of them', (_, source) => {
    const literals = regexLiterals(source);
    expect(literals.filter((literal) => !isLiteral(literal))).toEqual([]);
    expect(implies(source, literals)).toBe(true);
  });

  it.each([
    ['abcdefgh|ijklmnopq', ['']],
    ['(?:abc(?:def)ghijklmn)?opqrs', ['opqrs']],
    ['abcx?defgh', ['defgh']],
    ['abcdx{0,3}efgh', ['abcd']],
    ['abcde+fgh', ['abcde']],
    ['a\\.b\\/c\\[d\\w+', ['a.b/c[d']],
    ['[abc]defg(?<n>hijklm)', ['defghijklm']],
    ['[abc]defg(?=hijklm)', ['defg']],
    ['abc\\x41defg', ['41defg']],
    ['one\\btwo$', ['onetwo']],
    ['the (?:guest|card) vanishes', ['the guest vanishes', 'the card vanishes']],
    [
      'the (?:guest|card) (?:dies|hangs) at',
      ['the guest dies at', 'the guest hangs at', 'the card dies at', 'the card hangs at'],
    ],
    ['x (?:vanishes|disappears)\\b', ['x vanishes', 'x disappears']],
    ['x (?:vanishes|disappears)?\\b', ['x ']],
    ['x (?:vanish|disappear)(?:es|ed)?', ['x vanish', 'x disappear']],
  ])('of %s are %j', (source, literals) => {
    expect(regexLiterals(source)).toEqual(literals);
    if (literals[0] !== '' && !source.includes('\\x')) expect(implies(source, literals)).toBe(true);
  });

  it('the proof refuses literals of which a match may hold none', () => {
    expect(implies('abcdefgh|ijklmnopq', ['ijklmnopq'])).toBe(false);
    expect(implies('(?:abcdefgh)?x', ['abcdefgh'])).toBe(false);
    expect(implies('(?:abcdefgh|ijklmnopq)x', ['abcdefgh', 'ijklmnopq'])).toBe(true);
  });
});

describe('time', () => {
  const reports = (source: string) => {
    const parser = new RegExpParser();
    const pattern = parser.parsePattern(source, 0, source.length, { unicode: false });
    const flags = parser.parseFlags('');
    return analyse({ pattern, flags }, { reportTypes: { Move: false } }).reports;
  };

  it.each([...regexes, ...ofLines])('%s: %s is linear', (_, source) => {
    expect(reports(source).map((r) => r.type)).toEqual([]);
    expect(repeatsInRepeat(source)).toBe(false);
  });

  it.each(['(?:a+)+b', '(a|ab)*c', '(?:\\w+\\s?)*x', '((?:ab)+c?)+'])('refuses %s', (source) => {
    expect(repeatsInRepeat(source)).toBe(true);
  });

  it.each(['(?:ab)+c', '(?:a|b)c', 'a+b+', '(?:a{1,3}b)?'])('takes %s', (source) => {
    expect(repeatsInRepeat(source)).toBe(false);
  });
});
