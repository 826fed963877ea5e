// Lines of the passthrough path that speak of a failure and that no rule knows: listed, never guessed at.
import type { Line } from '../model.ts';
import { DMAR_LITERALS } from '../text/facts/boot.ts';
import { GUEST_LITERALS, PASSTHROUGH_LITERALS } from './passthrough.ts';

/** Only lines with one of these are looked at. */
export const SUSPICIOUS_LITERALS: readonly string[] = [
  ...PASSTHROUGH_LITERALS,
  ...GUEST_LITERALS,
  'AMD-Vi: ',
  ...DMAR_LITERALS,
  'iommu: ',
  'TASK ERROR',
  'libvirtd',
];

const FAILURE =
  /\b(?:errors?|fail(?:s|ed|ure)?|cannot|can't|unable|invalid|refus|denied|timed? ?out|abort|not (?:found|supported|permitted|available|viable)|BUG)\b/i;
/** More are not worth reading. */
const KEPT = 50;

export interface Uncatalogued {
  /** `line` holds one of SUSPICIOUS_LITERALS and no rule matches it. */
  offer(line: Line): void;
  list(): { line: number; text: string }[];
}

export function createUncatalogued(): Uncatalogued {
  const seen = new Map<string, { line: number; text: string }>();
  return {
    offer(line) {
      if (seen.size >= KEPT || !FAILURE.test(line.text)) return;
      // The same message with other numbers is the same message.
      const shape = line.text.replace(/[0-9a-f]*\d[0-9a-f:.]*/gi, '#');
      if (!seen.has(shape)) seen.set(shape, { line: line.no, text: line.text });
    },
    list: () => [...seen.values()],
  };
}
