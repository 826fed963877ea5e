// Limine (Arch, CachyOS, Omarchy): recognised only.
import { onlyFound } from './only-found.ts';

export const limine = onlyFound('Limine', [
  '/boot/limine.conf',
  '/boot/limine/limine.conf',
  '/boot/EFI/limine/limine.conf',
  '/boot/efi/limine.conf',
  '/efi/limine.conf',
  '/etc/default/limine',
]);
