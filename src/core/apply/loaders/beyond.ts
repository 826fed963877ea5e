// Set-ups of a known loader that pt-doctor does not edit; found so that the planner stops instead of editing what has no effect.
import { type Host, resolvePath } from '../host.ts';
import { BOOT_FOLDERS } from './entries.ts';

/** Unified kernel images hold the command line inside; entries beside them do not count. */
function unifiedImages(host: Host): string[] {
  return BOOT_FOLDERS.flatMap((folder) =>
    host
      .list(resolvePath(host, `${folder}/EFI/Linux`))
      .filter((n) => n.endsWith('.efi'))
      .map((n) => `${folder}/EFI/Linux/${n}`),
  );
}

/** What a person does instead; undefined when there is nothing of the kind. */
export function beyondUs(host: Host): string | undefined {
  const [image] = unifiedImages(host);
  if (image !== undefined)
    return `the kernel boots from a unified image (${image}): put the arguments into /etc/kernel/cmdline and build the image anew (mkinitcpio -P, dracut --regenerate-all --force or kernel-install add-all); with Secure Boot it must be signed again (sbctl sign-all)`;
  return undefined;
}
