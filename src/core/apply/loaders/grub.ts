// GRUB: Debian's (own file in grub.d, update-grub), everyone else's (token in /etc/default/grub, grub-mkconfig), and GRUB that
// reads boot loader entries (Fedora, RHEL).
import { type Draft, draftText } from '../draft.ts';
import { missingArgs } from '../edit.ts';
import { exists, type Host, tryText } from '../host.ts';
import { editEntries, entryFiles, entryTokens } from './entries.ts';
import {
  assignments,
  editAssignment,
  GRUB_FILE,
  GRUB_FOLDER,
  grubFiles,
  grubTokens,
  removeEverywhere,
} from './grub-config.ts';
import type { Loader } from './loader.ts';

/** Sorts last, so that no other file overrides it. */
export const OWN_GRUB_FILE = `${GRUB_FOLDER}/zz-pt-doctor.cfg`;
const UNREADABLE = `${GRUB_FILE} computes the command line; pt-doctor can't edit that safely`;

const config = (host: Host) =>
  ['/boot/grub/grub.cfg', '/boot/grub2/grub.cfg'].find((path) => exists(host, path));
const bls = (host: Host) =>
  /^\s*GRUB_ENABLE_BLSCFG=["']?true/m.test(tryText(host, GRUB_FILE) ?? '') &&
  entryFiles(host, ['/boot']).length > 0;
const debian = (host: Host) => exists(host, '/usr/sbin/update-grub');

export const grub: Loader = {
  title: 'GRUB (update-grub)',
  installed: (host) =>
    exists(host, GRUB_FILE) && debian(host) && config(host) ? `${GRUB_FILE} and ${config(host)}` : undefined,
  configured: (draft) => grubTokens(draft, grubFiles(draft.host)),
  edit(draft, edit) {
    const files = grubFiles(draft.host);
    if (this.configured(draft) === undefined) return UNREADABLE;
    removeEverywhere(draft, files, edit);
    const missing = missingArgs(grubTokens(draft, files) ?? [], edit.add);
    if (missing.length > 0) appendOwn(draft, missing);
    draft.loaderChanged = true;
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
      `# Written by pt-doctor; \`pt-doctor undo\` takes it back.\nGRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT ${missing.join(' ')}"\n`,
    );
}

function editGrubFile(draft: Draft, edit: Parameters<Loader['edit']>[1]): string | undefined {
  if (grubTokens(draft, [GRUB_FILE]) === undefined) return UNREADABLE;
  removeEverywhere(draft, [GRUB_FILE], edit);
  const missing = missingArgs(grubTokens(draft, [GRUB_FILE]) ?? [], edit.add);
  if (missing.length === 0) return undefined;
  const all = assignments(draft, [GRUB_FILE]);
  const line =
    all.findLast((a) => a.name === 'GRUB_CMDLINE_LINUX_DEFAULT') ??
    all.findLast((a) => a.name === 'GRUB_CMDLINE_LINUX');
  if (!line) return `${GRUB_FILE} has no GRUB_CMDLINE_LINUX_DEFAULT line`;
  editAssignment(draft, line, { add: missing, remove: [] });
  return undefined;
}

export const grubFile: Loader = {
  title: 'GRUB (grub-mkconfig)',
  installed: (host) =>
    exists(host, GRUB_FILE) && !debian(host) && !bls(host) && config(host)
      ? `${GRUB_FILE} and ${config(host)}`
      : undefined,
  configured: (draft) => grubTokens(draft, [GRUB_FILE]),
  edit(draft, edit) {
    const fault = editGrubFile(draft, edit);
    if (fault === undefined) draft.loaderChanged = true;
    return fault;
  },
  refresh(host) {
    const path = config(host) ?? '/boot/grub/grub.cfg';
    return [path.includes('grub2') ? 'grub2-mkconfig' : 'grub-mkconfig', '-o', path];
  },
};

export const grubBls: Loader = {
  title: 'GRUB with boot loader entries',
  installed: (host) =>
    exists(host, GRUB_FILE) && bls(host)
      ? `GRUB_ENABLE_BLSCFG=true in ${GRUB_FILE}, and /boot/loader/entries`
      : undefined,
  configured: (draft) => entryTokens(draft, ['/boot']),
  edit(draft, edit) {
    // The entries decide what boots; /etc/default/grub is edited too, or the next grub2-mkconfig would take it back.
    return editEntries(draft, ['/boot'], edit) ?? editGrubFile(draft, edit);
  },
  refresh: () => undefined,
};
