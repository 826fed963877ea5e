// GRUB as Debian, Ubuntu and Proxmox VE build it: their grub-mkconfig reads /etc/default/grub.d, so the arguments go into a file of
// our own there.
import { type Draft, draftText, OWN_HEADER } from '../draft.ts';
import { missingArgs } from '../edit.ts';
import { exists, type Host, tryText } from '../host.ts';
import {
  assignments,
  COMPUTED,
  editAssignment,
  GRUB_FILE,
  GRUB_FOLDER,
  grubFiles,
  grubTokens,
  removeEverywhere,
} from './grub-config.ts';
import type { Loader } from './loader.ts';

/** Sorts last, so that no other file overrides it. */
const OWN_GRUB_FILE = `${GRUB_FOLDER}/zz-pt-doctor.cfg`;
const CONFIG = '/boot/grub/grub.cfg';

/** Manjaro and others have a program update-grub too, around a grub-mkconfig that reads no folder: the script itself tells. */
export const readsFolder = (host: Host): boolean =>
  exists(host, '/usr/sbin/update-grub') &&
  (tryText(host, '/usr/sbin/grub-mkconfig') ?? '').includes('default/grub.d');

export const grub: Loader = {
  title: 'GRUB (update-grub)',
  installed: (host) =>
    exists(host, GRUB_FILE) && exists(host, CONFIG) && readsFolder(host)
      ? `${GRUB_FILE} and ${CONFIG}`
      : undefined,
  configured: (draft) => grubTokens(draft, grubFiles(draft.host)),
  edit(draft, edit) {
    const files = grubFiles(draft.host);
    if (this.configured(draft) === undefined) return COMPUTED;
    const removed = removeEverywhere(draft, files, edit);
    const missing = missingArgs(grubTokens(draft, files) ?? [], edit.add);
    if (missing.length > 0) appendOwn(draft, missing);
    if (removed || missing.length > 0) draft.loaderChanged = true;
    return undefined;
  },
  // With proxmox-boot-tool the ESPs hold GRUB's files too; its refresh runs grub-mkconfig and copies.
  refresh: (host) =>
    exists(host, '/etc/kernel/proxmox-boot-uuids') ? ['proxmox-boot-tool', 'refresh'] : ['update-grub'],
};

function appendOwn(draft: Draft, missing: readonly string[]): void {
  const [own] = assignments(draft, [OWN_GRUB_FILE]).slice(-1);
  if (own) editAssignment(draft, own, { add: missing, remove: [] });
  else
    draftText(
      draft,
      OWN_GRUB_FILE,
      `${OWN_HEADER}GRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT ${missing.join(' ')}"\n`,
    );
}
