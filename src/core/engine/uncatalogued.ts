// Lines of the passthrough path that speak of a failure and that no rule knows: listed, never guessed at.
import type { Line } from '../model.ts';

export const SUSPICIOUS_LITERALS: readonly string[] = [
  'vfio-pci',
  'vfio_pci',
  'vfio_iommu',
  'AMD-Vi: ',
  'TASK ERROR',
  'qemu-system-',
  'libvirtd',
  'hostdev',
];

const SUBJECT = /vfio|AMD-Vi: |DMAR: |iommu: |TASK ERROR|qemu-system-|libvirtd|hostdev|^kvm: /;
const FAILURE =
  /\b(?:errors?|fail(?:s|ed|ure)?|cannot|can't|unable|invalid|refus|denied|timed? ?out|abort|not (?:found|supported|permitted|available|viable)|BUG)\b/i;
/** More are not worth reading. */
const KEPT = 50;

export interface Uncatalogued {
  offer(line: Line): void;
  list(): { line: number; text: string }[];
}

export function createUncatalogued(): Uncatalogued {
  const seen = new Map<string, { line: number; text: string }>();
  return {
    offer(line) {
      if (seen.size >= KEPT || !SUBJECT.test(line.text) || !FAILURE.test(line.text)) return;
      // The same message with other numbers is the same message.
      const shape = line.text.replace(/[0-9a-f]*\d[0-9a-f:.]*/gi, '#');
      if (!seen.has(shape)) seen.set(shape, { line: line.no, text: line.text });
    },
    list: () => [...seen.values()],
  };
}
