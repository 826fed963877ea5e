// Boot entries that a tool of the distribution writes anew at every update of the kernel. An edited entry would not last: recognised only.
import { exists, type Host, tryText } from '../host.ts';
import { BOOT_FOLDERS, entryFiles, entryTokens } from './entries.ts';
import type { Loader } from './loader.ts';
import { onlyFound } from './only-found.ts';

/** Debian and Ubuntu: update-initramfs has kernel-install write them, from /etc/kernel/cmdline or, without that file, from what runs. */
const HOOK = '/etc/initramfs/post-update.d/systemd-boot';

/** EndeavourOS: a hook of pacman runs kernel-install, which reads /etc/kernel/cmdline. */
const REINSTALL = '/usr/bin/reinstall-kernels';
/** CachyOS: LINUX_OPTIONS of this file. */
const SDBOOT_MANAGE = '/etc/sdboot-manage.conf';

const hasEntries = (host: Host) =>
  entryFiles(host).length > 0 && BOOT_FOLDERS.some((f) => exists(host, `${f}/loader/loader.conf`));

/** The package may lie beside GRUB: entries and the loader's own file have to be there too. */
const makesEntries = (host: Host): boolean =>
  exists(host, HOOK) && exists(host, '/usr/sbin/update-initramfs') && hasEntries(host);

/** openSUSE, where YaST wrote down which loader it is: GRUB may read a file per entry as well. */
const bySdbootutil = (host: Host) =>
  /^LOADER_TYPE=["']?(?:grub2-bls|systemd-boot)/m.test(tryText(host, '/etc/sysconfig/bootloader') ?? '');

/** Somebody else keeps the entries of this host. */
export const entriesAreMade = (host: Host): boolean =>
  makesEntries(host) || bySdbootutil(host) || exists(host, REINSTALL) || exists(host, SDBOOT_MANAGE);

const made = (title: string, installed: Loader['installed']): Loader => ({
  ...onlyFound(title, []),
  installed,
  configured: (draft) => entryTokens(draft),
});

export const kernelInstall = made('systemd-boot with entries by kernel-install', (host) =>
  makesEntries(host) ? HOOK : undefined,
);
export const reinstallKernels = made('systemd-boot with entries by reinstall-kernels', (host) =>
  exists(host, REINSTALL) && hasEntries(host) ? REINSTALL : undefined,
);
export const sdbootManage = made('systemd-boot with entries by sdboot-manage', (host) =>
  exists(host, SDBOOT_MANAGE) && hasEntries(host) ? SDBOOT_MANAGE : undefined,
);
export const sdbootutil = made('boot entries by sdbootutil', (host) =>
  bySdbootutil(host) ? 'LOADER_TYPE in /etc/sysconfig/bootloader' : undefined,
);
