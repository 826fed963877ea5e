// What every initramfs tool answers to the planner, and the looks at /boot that they share.
import type { CommandChange, Draft } from '../draft.ts';
import { exists, type Host, resolvePath, tryText } from '../host.ts';

export interface InitramfsTool {
  /** Why it looks installed on this host; undefined when it does not. */
  installed(host: Host): string | undefined;
  /** Puts vfio and `script` (binding by address) into the image. A text is why that can't be done here. */
  include(draft: Draft, modules: readonly string[], script: string | undefined): string | undefined;
  /** The commands that rebuild every image. */
  rebuild(host: Host): readonly (readonly string[])[];
  /** In place of `rebuild` where the way back is another command. */
  switchOn?(host: Host): CommandChange;
  /** Command that lists the files of the image of `kernel`. */
  inspect(host: Host, kernel: string): readonly string[] | undefined;
}

export const anyOf = (paths: readonly string[]) => (host: Host) => paths.find((p) => exists(host, p));

export const firstImage = (host: Host, names: readonly string[]) =>
  names.map((n) => `/boot/${n}`).find((p) => exists(host, p));

/** Kernels that have modules on the host. */
export function installedKernels(host: Host): string[] {
  return [...host.list(resolvePath(host, '/lib/modules'))];
}

/** Arch names its images after the package of the kernel: `/boot/initramfs-linux.img`, `/boot/booster-linux-lts.img`. */
export function packageImages(
  host: Host,
  prefix: string,
): { readonly kernel: string; readonly path: string }[] {
  return installedKernels(host).flatMap((kernel) => {
    const name = tryText(host, `/lib/modules/${kernel}/pkgbase`)?.trim();
    const path = `/boot/${prefix}-${name}.img`;
    return name && exists(host, path) ? [{ kernel, path }] : [];
  });
}
