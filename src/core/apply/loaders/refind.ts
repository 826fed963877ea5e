// rEFInd: recognised only.
import { onlyFound } from './only-found.ts';

export const refind = onlyFound('rEFInd', [
  '/boot/refind_linux.conf',
  '/boot/efi/EFI/refind/refind.conf',
  '/efi/EFI/refind/refind.conf',
  '/boot/EFI/refind/refind.conf',
]);
