// A second look at a small input that no rule knows as it stands: it is read as it may have been before it was pasted.
import type { Result } from '../model.ts';
import { BROKEN, mend } from '../text/mend.ts';
import { onlyByWords } from './by-words.ts';
import { createDoctor, type DoctorOptions } from './doctor.ts';

export interface Pasted {
  readonly name: string;
  readonly text: string;
}

/** What `texts` say once they are mended: to the rules, or else by their words; undefined when that is nothing. */
export function reread(texts: readonly Pasted[], options: DoctorOptions): Result | undefined {
  let guessed: Result | undefined;
  for (const broken of BROKEN) {
    const doctor = createDoctor({ ...options, byWords: guessed === undefined, anyCase: true });
    for (const { name, text } of texts) {
      doctor.source(name);
      for (const { text: line, lines } of mend(text, broken)) {
        if (lines === 0) doctor.skip(-1);
        doctor.line(line);
        if (lines > 1) doctor.skip(lines - 1);
      }
    }
    const result = doctor.finish();
    if (!onlyByWords(result.diagnoses)) return { ...result, notices: [...result.notices, REREAD] };
    guessed ??= result;
  }
  return guessed && guessed.diagnoses.length > 0 ? guessed : undefined;
}

const REREAD = {
  code: 'reread',
  text: 'no rule knows this text as it stands: its lines were joined, freed of markup, and read with letters of any case',
};
