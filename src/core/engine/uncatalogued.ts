// Lines of the passthrough path that speak of a failure and that no rule knows: listed, never guessed at.
import type { Line } from '../model.ts';

/** Only lines with one of these are looked at. */
export const SUSPICIOUS_LITERALS: readonly string[] = [
  'vfio-pci',
  'vfio_pci',
  'vfio-user',
  'vfio_iommu',
  'vfio_virqfd',
  'vfio_region',
  'vfio_listener',
  'vfio_container',
  'vfio_dma',
  'vfio_get',
  'vfio_err',
  'vfio_intx',
  'vfio_msi',
  'vfio: ',
  'vfio 0',
  '/dev/vfio',
  'VFIO_MAP',
  'VFIO_IOMMU',
  'VFIO_GROUP',
  'VFIO_DEVICE',
  'AMD-Vi: ',
  'DMAR: ',
  'iommu: ',
  'TASK ERROR',
  'qemu-system-',
  'libvirtd',
  'hostdev',
  'kvm: -device',
  'kvm: error',
  'kvm: failed',
  'kvm: could',
  'kvm: Could',
  'kvm: cannot',
  'kvm: unable',
  'kvm: ../',
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
