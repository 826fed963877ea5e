// systemd-boot with plain entries, as on Arch and others: the options lines of loader/entries.
import { exists } from '../host.ts';
import { BOOT_FOLDERS, editEntries, entryFiles, entryTokens } from './entries.ts';
import { entriesAreMade } from './kernel-install.ts';
import { KERNELSTUB } from './kernelstub.ts';
import type { Loader } from './loader.ts';

export const systemdBoot: Loader = {
  title: 'systemd-boot',
  installed(host) {
    const folder = BOOT_FOLDERS.find((f) => exists(host, `${f}/loader/loader.conf`));
    return folder !== undefined &&
      entryFiles(host).length > 0 &&
      !exists(host, KERNELSTUB) &&
      !entriesAreMade(host)
      ? `${folder}/loader/loader.conf and ${folder}/loader/entries`
      : undefined;
  },
  configured: (draft) => entryTokens(draft),
  edit: (draft, edit) => editEntries(draft, BOOT_FOLDERS, edit),
  refresh: () => undefined,
};
