// PCI addresses: finding them in text and writing them in one form.
import type { Bdf } from '../model.ts';

/** What stands in a command where the address of the reader's device goes. */
export const SOME_BDF = '0000:BB:DD.F';

/** Source of a regular expression for a BDF with optional domain, as kernel, QEMU, libvirt and lspci print it. */
export const BDF_PATTERN = '(?:[0-9a-fA-F]{4,8}:)?[0-9a-fA-F]{2}:[01][0-9a-fA-F]\\.[0-7]';

const BDF = new RegExp(`(?<![0-9a-fA-F:.])${BDF_PATTERN}(?![0-9a-fA-F])`, 'g');

const WHOLE = new RegExp(`^${BDF_PATTERN}$`);

/** Is it an address, and no word for one such as `0000:XX:00.0`? */
export const isBdf = (text: string): boolean => WHOLE.test(text);

/** Full, lower-case form: `04:00.3` becomes `0000:04:00.3`. */
export function normalizeBdf(text: string): Bdf {
  const lower = text.toLowerCase();
  return lower.split(':').length === 3 ? lower : `0000:${lower}`;
}

/** Every distinct BDF in `text`, in order. */
export function findBdfs(text: string): Bdf[] {
  return [...new Set(Array.from(text.matchAll(BDF), (m) => normalizeBdf(m[0])))];
}

/** Bus 00 of a domain hangs on no bridge: nothing above could reset its devices, and many are parts of the chipset. */
export const onRootBus = (bdf: Bdf): boolean => /(?:^|:)00:[0-9a-f]{2}\.[0-7]$/.test(bdf);

/** `0000:04:00` of `0000:04:00.3`: the slot whose functions share one physical device. */
export function slotOf(bdf: Bdf): string {
  return bdf.slice(0, bdf.lastIndexOf('.'));
}

/** The slots that a guest's configuration names: `0a:00.0;0a:00.1`, `0000:0a:00` for all functions. */
export function slotsNamed(host: string): string[] {
  return host.split(';').map((one) => {
    const full = one.split(':').length === 3 ? one : `0000:${one}`;
    return full.includes('.') ? slotOf(full) : full;
  });
}

/** `04:00.3` where the domain is 0000, else the full form: as lspci shows it. */
export function shortBdf(bdf: Bdf): string {
  return bdf.startsWith('0000:') ? bdf.slice(5) : bdf;
}
