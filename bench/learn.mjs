// npm run learn -- [--cases DIR ...] [--messages FILE] [--ordinary DIR]: learns rules/words, what the words of a text that no rule
// knows say of its cause, and prints how it does on cases left out. Learned from: the texts of the rules, causes and near misses;
// labelled cases ({log, primary, acceptable}, one JSON file each); a catalog's messages that are no failures; logs of healthy hosts
// (OWNER+NAME: those of one owner count once).
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { byWords, loadRules, NO_TROUBLE, wordsOf } from '../packaging/sources.mjs';
import { train } from './regression.mjs';

const { values } = parseArgs({
  options: {
    cases: { type: 'string', multiple: true, default: ['../shared/corpus'] },
    messages: { type: 'string', default: '../shared/catalog/messages.json' },
    ordinary: { type: 'string' },
  },
});

const missing = [...values.cases, values.messages, ...(values.ordinary ? [values.ordinary] : [])].filter(
  (path) => !existsSync(path),
);
if (missing.length > 0) {
  console.error(
    `learn: ${missing.join(', ')}: not there\n  Give what to learn from: npm run learn -- --cases DIR --messages FILE --ordinary DIR`,
  );
  process.exit(2);
}

/** How much the texts of a rule count by what they say of a cause, and those that say nothing of any. */
const STRENGTH = { strong: 1, medium: 0.7, weak: 0.4 };
const WITHOUT_CAUSE = 0.7;
const NEAR_MISS = 0.5;
const PATTERN = 0.5;
/** A message that is no failure says nothing by itself, however much it speaks of devices. */
const MESSAGE = 4;
/** A sentence holds little else than what tells. */
const TOLD = 2;
/** Of a case with several causes, what the first one counts. */
const PRIMARY = 0.75;
/** Characters of a case, and lines of the pieces that logs of healthy hosts are cut into. */
const MOST = 6000;
const PIECES = [1, 2, 4, 8];
const ORDINARY = 1500;
const FOLDS = 5;

const { base } = await loadRules('rules');
/** `source`: texts of one author or machine share names, which are no words to learn. */
const document = (text, classes, { weight = 1, source } = {}) => ({
  words: [...wordsOf(text).keys()],
  classes,
  weight,
  source,
});
const nothing = { [NO_TROUBLE]: 1 };

function* ofRules() {
  for (const { id, title, why, notTheFix } of base.causes.values())
    for (const text of [title, why, ...notTheFix.map((n) => n.text)])
      yield document(text, { [id]: 1 }, { source: id });
  for (const { id, title, means, match, examples, causes } of base.rules) {
    const raised = causes.filter((link) => link.effect === 'raises');
    const sum = raised.reduce((n, { strength }) => n + STRENGTH[strength], 0);
    const classes = sum
      ? Object.fromEntries(raised.map((link) => [link.cause, STRENGTH[link.strength] / sum]))
      : nothing;
    const weight = sum ? Math.max(...raised.map((link) => STRENGTH[link.strength])) : WITHOUT_CAUSE;
    for (const text of [`${title} ${means}`, ...examples.match])
      yield document(text, classes, { weight, source: id });
    for (const text of match)
      yield document(text.replace(/\{[^}]*\}/g, ' '), classes, { weight: weight * PATTERN, source: id });
    for (const text of examples.noMatch) yield document(text, nothing, { weight: NEAR_MISS, source: id });
  }
}

/** Sentences as people write them, a file for each cause. */
function* ofTold() {
  for (const file of readdirSync('fixtures/told'))
    for (const sentence of readFileSync(join('fixtures/told', file), 'utf8').trim().split('\n'))
      yield document(sentence, { [file.replace('.txt', '')]: 1 }, { weight: TOLD });
}

const seen = new Set();
const cases = values.cases.flatMap((dir) =>
  readdirSync(dir)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(dir, name), 'utf8')))
    .filter(({ log, primary }) => {
      const isNew = log && primary && !seen.has(log.slice(0, 400));
      if (isNew) seen.add(log.slice(0, 400));
      return isNew;
    }),
);

function ofCase({ log, primary, acceptable = [] }) {
  if (!base.causes.has(primary)) return document(log.slice(0, MOST), nothing);
  const others = acceptable.filter((id) => id !== primary && base.causes.has(id));
  const classes = { [primary]: others.length ? PRIMARY : 1 };
  for (const id of others) classes[id] = (1 - PRIMARY) / others.length;
  return document(log.slice(0, MOST), classes);
}

function* ofMessages() {
  const messages = JSON.parse(readFileSync(values.messages, 'utf8'));
  for (const { printed, relevance } of messages)
    if (relevance === 'noise' || relevance === 'state') yield document(printed, nothing, { weight: MESSAGE });
}

function* ofOrdinaryLogs(dir, random) {
  const logs = readdirSync(dir)
    .sort()
    .map((name) => ({
      source: name.split('+')[0],
      lines: readFileSync(join(dir, name), 'utf8').split('\n'),
    }));
  const one = (of) => of[Math.floor(random() * of.length)];
  for (let n = 0; n < ORDINARY; n++) {
    const { source, lines } = one(logs);
    const from = Math.floor(random() * lines.length);
    yield document(lines.slice(from, from + one(PIECES)).join('\n'), nothing, { source });
  }
}

/** Numbers from 0 to 1, the same in every run (mulberry32). */
function numbersFrom(seed) {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const random = numbersFrom(1);
const always = [
  ...ofRules(),
  ...ofTold(),
  ...ofMessages(),
  ...(values.ordinary ? ofOrdinaryLogs(values.ordinary, random) : []),
];
const classes = [...base.causes.keys(), NO_TROUBLE].sort();
const learn = (of) => train([...always, ...of.map(ofCase)], classes, random);

const folds = cases.map(() => Math.floor(random() * FOLDS));
const tally = { faults: 0, named: 0, right: 0, first: 0, harmless: 0, named_harmless: 0 };
for (let fold = 0; fold < FOLDS; fold++) {
  const words = learn(cases.filter((_, i) => folds[i] !== fold));
  for (const { log, primary, acceptable = [] } of cases.filter((_, i) => folds[i] === fold)) {
    const lines = log.split('\n').map((text, i) => ({ no: i + 1, text }));
    const [first] = byWords({ ...base, words }, lines);
    const cause = first?.cause.id;
    if (!base.causes.has(primary)) {
      tally.harmless++;
      if (cause) tally.named_harmless++;
      continue;
    }
    tally.faults++;
    if (!cause) continue;
    tally.named++;
    if (cause === primary) tally.first++;
    if (cause === primary || acceptable.includes(cause)) tally.right++;
  }
}
console.log(
  `left out: ${tally.faults} faults, ${tally.named} named, ${tally.right} of them rightly (${tally.first} by their first label); ` +
    `${tally.harmless} harmless, ${tally.named_harmless} named`,
);

const words = learn(cases);
rmSync('rules/words', { recursive: true, force: true });
mkdirSync('rules/words');
for (const { id, bias, words: weights } of words) {
  const lines = [`# Learned by npm run learn; not edited by hand.`, `bias: ${bias}`, 'words:'];
  let line = '  {';
  for (const [word, weight] of Object.entries(weights).sort(
    (a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1),
  )) {
    const next = ` ${JSON.stringify(word)}: ${weight},`;
    if (line.length + next.length > 120) {
      lines.push(line);
      line = '   ';
    }
    line += next;
  }
  writeFileSync(`rules/words/${id}.yaml`, `${[...lines, line.replace(/,$/, ' }')].join('\n')}\n`);
}
console.log(`learned: ${words.reduce((n, w) => n + Object.keys(w.words).length, 0)} weights in rules/words`);
