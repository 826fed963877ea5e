// Multinomial logistic regression over the words of texts, by gradient descent with a step of its own for each word (AdaGrad) and a
// pull to nought that leaves the weights few (L1). Answers what rules/words holds.
// The sums are those of src/core/engine/by-words.ts: what the words say, divided by the root of their number.
import { DAMPING } from '../packaging/sources.mjs';

/** A word that stands in texts of fewer sources is none to learn from. */
const FEWEST = 5;
const ROUNDS = 14;
const STEP = 0.3;
const BIAS_STEP = 0.01;
const PULL = 0.001;
/** Weights are rounded to halves. */
const GRAIN = 2;

function shuffle(list, random) {
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [list[i], list[j]] = [list[j], list[i]];
  }
}

/** The weights of `words` (a list of their numbers per text), `classes` of them in a row for each word. */
function descend(documents, texts, size, classes, random) {
  const n = classes.length;
  const weights = new Float64Array(size * n);
  const steps = new Float64Array(size).fill(1e-4);
  const bias = new Float64Array(n);
  const odds = new Float64Array(n);
  const order = documents.map((_, i) => i).filter((i) => texts[i].length > 0);
  for (let round = 0; round < ROUNDS; round++) {
    shuffle(order, random);
    for (const i of order) {
      const words = texts[i];
      const { goal, weight } = documents[i];
      const scale = 1 / Math.sqrt(words.length + DAMPING);
      odds.set(bias);
      for (const w of words) for (let c = 0; c < n; c++) odds[c] += weights[w * n + c] * scale;
      const most = Math.max(...odds);
      let all = 0;
      for (let c = 0; c < n; c++) {
        odds[c] = Math.exp(odds[c] - most);
        all += odds[c];
      }
      let square = 0;
      for (let c = 0; c < n; c++) {
        odds[c] = (odds[c] / all - goal[c]) * weight;
        square += (odds[c] * scale) ** 2;
        bias[c] -= BIAS_STEP * odds[c];
      }
      for (const w of words) {
        steps[w] += square / n;
        const step = STEP / Math.sqrt(steps[w]);
        for (let c = 0; c < n; c++) {
          const moved = weights[w * n + c] - step * scale * odds[c];
          weights[w * n + c] = Math.sign(moved) * Math.max(Math.abs(moved) - step * PULL, 0);
        }
      }
    }
  }
  return { weights, bias };
}

/**
 * What each class of `classes` is told by: documents are `{words, classes: {id: share}, weight, source}`, `random` gives numbers from 0 to 1.
 * @returns {{id: string, bias: number, words: Record<string, number>}[]}
 */
export function train(documents, classes, random) {
  const n = classes.length;
  const sources = new Map();
  for (const document of documents)
    for (const word of document.words) {
      const known = sources.get(word) ?? new Set();
      sources.set(word, known.add(document.source ?? document));
    }
  const targets = documents.map(({ words, classes: shares, weight }) => ({
    words,
    weight,
    goal: Float64Array.from(classes, (id) => shares[id] ?? 0),
  }));
  const vocabulary = [...sources.keys()].filter((word) => sources.get(word).size >= FEWEST);
  const number = new Map(vocabulary.map((word, i) => [word, i]));
  const texts = documents.map(({ words }) => words.flatMap((word) => number.get(word) ?? []));
  const { weights, bias } = descend(targets, texts, vocabulary.length, classes, random);
  return classes.map((id, c) => ({
    id,
    bias: Math.round(bias[c] * 100) / 100,
    words: Object.fromEntries(
      vocabulary.flatMap((word, i) => {
        const weight = Math.round(weights[i * n + c] * GRAIN) / GRAIN;
        return weight ? [[word, weight]] : [];
      }),
    ),
  }));
}
