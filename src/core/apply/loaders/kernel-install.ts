// systemd-boot on Debian and Ubuntu: update-initramfs has kernel-install write every entry anew, from /etc/kernel/cmdline or, without
// that file, from what runs (/etc/initramfs/post-update.d/systemd-boot). An edited entry would not last: recognised only.
import { exists, type Host } from '../host.ts';
import { BOOT_FOLDERS, entryFiles, entryTokens } from './entries.ts';
import type { Loader } from './loader.ts';
import { onlyFound } from './only-found.ts';

const HOOK = '/etc/initramfs/post-update.d/systemd-boot';

/** The package may lie beside GRUB: entries and the loader's own file have to be there too. */
export const makesEntries = (host: Host): boolean =>
  exists(host, HOOK) &&
  exists(host, '/usr/sbin/update-initramfs') &&
  entryFiles(host).length > 0 &&
  BOOT_FOLDERS.some((f) => exists(host, `${f}/loader/loader.conf`));

export const kernelInstall: Loader = {
  ...onlyFound('systemd-boot with entries by kernel-install', []),
  installed: (host) => (makesEntries(host) ? HOOK : undefined),
  configured: (draft) => entryTokens(draft),
};
