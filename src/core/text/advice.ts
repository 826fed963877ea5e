// Guides and error texts use the same words of a host in two ways: as a statement, and as a condition or advice.

/** Words of a condition, a question or advice, and what may stand between them and the words in question. */
const CONDITION =
  /(?:\b(?:if|when|unless|whether|until|in case|sure|ensure|verify|wenn|falls|ob|si|cuando|quando|quand|se|jeśli)(?:[ /]+(?:the|your|an?|that|this|any|is|host(?:['’]s)?|system(?:['’]s)?|kernel|hardware|Intel|AMD|AMD-Vi|VT-d|der|die|das|l['’]|la|le|el|de|du|il|o)){0,4}|(?<![а-яё])(?:если|когда|якщо)|(?:如果|若|当|當|确保|確保|确认|確認|检查|檢查|もし)[^\s,,。::]{0,6})[ /]?$/iu;

/** Whether what follows `before` in its line is said as a condition or as advice, not of how things are. */
export function isAdvice(before: string): boolean {
  // Patterns leave out a first letter that may be large.
  return CONDITION.test(before.slice(-80).replace(/[A-Za-z]+$/, ''));
}
