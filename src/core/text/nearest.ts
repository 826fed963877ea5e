// Which known name somebody meant who misspelt one.

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substitution));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** So many letters of a name are enough to know it by its beginning. */
const BEGINNING = 6;

/** The known name that is nearest to `word`, or to its beginning; none where more than a third of the letters would be others. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  const away = (name: string) =>
    Math.min(
      distance(word, name),
      word.length < BEGINNING ? Number.POSITIVE_INFINITY : distance(word, name.slice(0, word.length + 1)) + 1,
    );
  const [best] = [...known].map((name) => ({ name, d: away(name) })).sort((a, b) => a.d - b.d);
  return best && best.d <= Math.max(1, word.length / 3) ? best.name : undefined;
}
