// The messages of a catalog (a JSON list of {id, source, file, printed, relevance, tier, ...}: one sample line per message template)
// that have words enough to be told by, each as one line.
import { readFileSync } from 'node:fs';

export const readMessages = (path) =>
  JSON.parse(readFileSync(path, 'utf8'))
    .filter((m) => m.printed && !m.weak && !m.value_of)
    .map((m) => ({ ...m, line: m.printed.replace(/\s*\n\s*/g, ' ') }));
