// Guides and error texts use the same words of a host in two ways: as a statement, and as a condition or advice.

/** Words that make a condition or advice of the rest of their clause. */
const WHOLE_CLAUSE =
  /\b(?:if|unless|whether|in case|(?:make|be) sure|ensure|verify|falls|ob|jeśli)\b[^.,;:!?]{0,40}$/i;
/** Words that do so only of what they stand before, and what may come between: "when I start the guest it says ..." states. */
const NEXT_WORDS =
  /(?:\b(?:when|until|wenn|si|cuando|quando|quand|se)(?:[ /]+(?:the|your|an?|that|this|any|is|host(?:['’]s)?|system(?:['’]s)?|kernel|hardware|Intel|AMD|AMD-Vi|VT-d|der|die|das|l['’]|la|le|el|de|du|il|o)){0,4}|(?<![а-яё])(?:если|когда|якщо)|(?:如果|若|当|當|确保|確保|确认|確認|检查|檢查|もし)[^\s,,。::]{0,6})[ /]?$/iu;

/** Words that make a condition or advice of a line, wherever they stand in it. */
const ANYWHERE =
  /\b(?:if|unless|whether|in case|should|might|(?:make|be) sure|ensure|verify)\b|(?<![а-яё])(?:если|якщо)|如果|若|确保|確保|もし/i;

/** Whether a line that was matched from its beginning on, so that nothing stands before the match, is a condition or advice. */
export const hasAdvice = (line: string): boolean => ANYWHERE.test(line);

/** Whether what follows `before` in its line is said as a condition or as advice, not of how things are. */
export function isAdvice(before: string): boolean {
  // Patterns leave out a first letter that may be large.
  const words = before.slice(-80).replace(/[A-Za-z]+$/, '');
  return WHOLE_CLAUSE.test(words) || NEXT_WORDS.test(words);
}
