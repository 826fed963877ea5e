// Long lines: what failed stands at the beginning, why it failed at the end, and a command of thousands of characters between.

/** Of what is kept, this part is the end. */
const END = 1 / 4;
const GAP = ' […] ';
/** A report quotes no more of a line than this; matching has looked at more. */
export const QUOTED = 1000;

/** `text`, without its middle where it is longer than `most`. Words and addresses stay whole. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = Math.floor(most * END);
  // Half an address could not be told from something harmless when it is masked later.
  const head = text.slice(0, most - end - GAP.length).replace(/[\w:.-]{1,80}$/, '');
  const tail = text.slice(-end).replace(/^[\w:.-]{1,80}/, '');
  return head.trimEnd() + GAP + tail.trimStart();
}
