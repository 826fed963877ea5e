// GRUB as everyone else builds it: a token in /etc/default/grub, then mkconfig. The program and its file have a 2 in their names on
// openSUSE and the Red Hat family, and none on Arch, Gentoo and Void.
import { exists } from '../host.ts';
import { readsFolder } from './grub.ts';
import { readsEntries } from './grub-bls.ts';
import { editGrubFile, GRUB_FILE, grubTokens } from './grub-config.ts';
import type { Loader } from './loader.ts';

function byMkconfig(program: string, config: string): Loader {
  return {
    title: `GRUB (${program})`,
    installed: (host) =>
      exists(host, GRUB_FILE) && exists(host, config) && !readsFolder(host) && !readsEntries(host)
        ? `${GRUB_FILE} and ${config}`
        : undefined,
    configured: (draft) => grubTokens(draft, [GRUB_FILE]),
    edit: editGrubFile,
    refresh: () => [program, '-o', config],
  };
}

export const grubFile = byMkconfig('grub-mkconfig', '/boot/grub/grub.cfg');
export const grub2File = byMkconfig('grub2-mkconfig', '/boot/grub2/grub.cfg');
