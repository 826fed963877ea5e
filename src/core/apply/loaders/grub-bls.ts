// GRUB that reads boot loader entries (Fedora, RHEL): the places that grubby edits, with an undo that grubby has not.
import { exists, type Host, tryText } from '../host.ts';
import { editEntries, entryFiles, entryTokens } from './entries.ts';
import { editGrubFile, GRUB_FILE } from './grub-config.ts';
import type { Loader } from './loader.ts';

export const readsEntries = (host: Host): boolean =>
  /^\s*GRUB_ENABLE_BLSCFG=["']?true/m.test(tryText(host, GRUB_FILE) ?? '') &&
  entryFiles(host, ['/boot']).length > 0;

export const grubBls: Loader = {
  title: 'GRUB with boot loader entries',
  installed: (host) =>
    exists(host, GRUB_FILE) && readsEntries(host)
      ? `GRUB_ENABLE_BLSCFG=true in ${GRUB_FILE}, and /boot/loader/entries`
      : undefined,
  configured: (draft) => entryTokens(draft, ['/boot']),
  // The entries decide what boots; /etc/default/grub is edited too, or the next grub2-mkconfig would take it back.
  edit: (draft, edit) => editEntries(draft, ['/boot'], edit) ?? editGrubFile(draft, edit),
  refresh: () => undefined,
};
