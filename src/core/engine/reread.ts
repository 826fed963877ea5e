// A second look at a small input that no rule knows as it stands, whose messages lack their end, or whose lines were broken: it is
// read as it may have been before it was pasted.
import type { Result } from '../model.ts';
import { BROKEN, isEncoded, isIntact, isWrapped, mend } from '../text/mend.ts';
import { onlyByWords, PASTE_LINES } from './by-words.ts';
import { createDoctor, type DoctorOptions } from './doctor.ts';
import { isCutShort } from './omitted.ts';

export interface Pasted {
  readonly name: string;
  readonly text: string;
}

/**
 * `result`, unless `texts`, of which it was made, say more once they are mended: to the rules, or else by their words.
 */
export function reread(result: Result, texts: readonly Pasted[], options: DoctorOptions): Result {
  const silent = result.diagnoses.length === 0;
  const short = isCutShort(result.findings) || texts.some(({ text }) => isEncoded(text));
  const wrapped = result.input.lines <= PASTE_LINES && texts.some(({ text }) => isWrapped(text));
  // What it says may rest on the pieces of a broken line.
  const thin = troubles(result) === 0;
  if (!silent && !short && !wrapped && !thin) return result;
  // A whole log that was not touched has nothing to mend, and a healthy host is the usual one.
  if (result.input.lines > PASTE_LINES && texts.every(({ text }) => isIntact(text))) return result;
  let guessed: Result | undefined;
  for (const broken of BROKEN) {
    const doctor = createDoctor({ ...options, byWords: silent && guessed === undefined, anyCase: true });
    for (const { name, text } of texts) {
      doctor.source(name);
      for (const { text: line, lines } of mend(text, broken)) {
        if (lines === 0) doctor.skip(-1);
        doctor.line(line);
        if (lines > 1) doctor.skip(lines - 1);
      }
    }
    const mended = doctor.finish();
    const better = silent || (short && !isCutShort(mended.findings)) || tellsMore(mended, result);
    if (better && !onlyByWords(mended.diagnoses)) return { ...mended, notices: [...mended.notices, REREAD] };
    guessed ??= mended;
  }
  return silent && guessed && guessed.diagnoses.length > 0 ? guessed : result;
}

/** Joined lines say more than the broken ones when they tell of more, or of the same with the devices that it befell. */
const tellsMore = (mended: Result, result: Result) =>
  troubles(mended) > troubles(result) ||
  (troubles(mended) === troubles(result) && struck(mended) > struck(result));

/** How many devices errors name. */
const struck = ({ findings }: Result) =>
  new Set(findings.flatMap((f) => (f.severity === 'error' && f.device ? [f.device] : []))).size;

/** How many meanings that are no good news stand in a result. */
const troubles = ({ findings }: Result) =>
  new Set(findings.flatMap((f) => (f.severity === 'error' || f.severity === 'warning' ? [f.rule] : []))).size;

const REREAD = {
  code: 'reread',
  text: 'no rule knows all of this text as it stands: its lines were joined, freed of markup, and read with letters of any case',
};
