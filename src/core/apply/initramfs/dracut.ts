// dracut (Fedora, openSUSE, and by choice Arch, Debian, Gentoo): one file of our own in dracut.conf.d.
import { type Draft, drafted, ownLines } from '../draft.ts';
import { OWN_FILE } from '../modprobe.ts';
import { REBUILD } from './by-hand.ts';
import { anyOf, firstImage, type InitramfsTool, packageImages } from './tool.ts';

/** Also what rpm-ostree's own run of dracut reads. */
export function includeInDracut(
  draft: Draft,
  modules: readonly string[],
  script: string | undefined,
): undefined {
  const items = [drafted(draft, OWN_FILE) === undefined ? [] : [OWN_FILE], script ?? []].flat();
  ownLines(draft, '/etc/dracut.conf.d/pt-doctor.conf', [
    // The spaces inside the quotes are dracut's rule: each file appends to the same list.
    `${script ? 'force_drivers' : 'add_drivers'}+=" ${modules.join(' ')} "`,
    ...(items.length > 0 ? [`install_items+=" ${items.join(' ')} "`] : []),
  ]);
  return undefined;
}

export const dracut: InitramfsTool = {
  installed: anyOf(['/usr/bin/dracut', '/usr/sbin/dracut', '/sbin/dracut']),
  include: includeInDracut,
  // On Arch dracut by itself would write another file than the one that boots.
  rebuild(host) {
    const images = packageImages(host, 'initramfs');
    return images.length > 0
      ? images.map((i) => ['dracut', '--force', i.path, '--kver', i.kernel])
      : [REBUILD.dracut.command.split(' ')];
  },
  inspect(host, kernel) {
    const own = packageImages(host, 'initramfs').find((i) => i.kernel === kernel)?.path;
    const path =
      own ?? firstImage(host, [`initramfs-${kernel}.img`, `initrd-${kernel}`, `initrd.img-${kernel}`]);
    return path === undefined ? undefined : ['lsinitrd', path];
  },
};
