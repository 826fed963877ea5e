// rpm-ostree: the initramfs comes with the image of the system; `rpm-ostree initramfs --enable` has dracut make one on this host,
// with what is in /etc (src/daemon/rpmostree-sysroot-upgrader.cxx).
import { exists, type Host, resolvePath, tryText } from '../host.ts';
import { isOstree } from '../loaders/rpm-ostree.ts';
import { includeInDracut } from './dracut.ts';
import type { InitramfsTool } from './tool.ts';

const DEPLOYMENTS = '/ostree/deploy';

/** The origin files of all deployments; they say whether the initramfs is made here, and with which arguments. */
function origins(host: Host): string[] {
  return host.list(resolvePath(host, DEPLOYMENTS)).flatMap((os) =>
    host
      .list(resolvePath(host, `${DEPLOYMENTS}/${os}/deploy`))
      .filter((name) => name.endsWith('.origin'))
      .map((name) => tryText(host, `${DEPLOYMENTS}/${os}/deploy/${name}`) ?? ''),
  );
}

export const rpmOstreeInitramfs: InitramfsTool = {
  installed: (host) => (isOstree(host) ? '/ostree' : undefined),
  include: includeInDracut,
  rebuild: () => [],
  switchOn(host) {
    const own = origins(host).find((o) => /^regenerate-initramfs=true$/m.test(o));
    const args = (/^initramfs-args=(.*)$/m.exec(own ?? '')?.[1] ?? '').split(';').filter(Boolean);
    // Without an argument a second --enable is refused; with one it makes the image again. dracut runs with --force anyway.
    const used = args.length > 0 ? args : ['--force'];
    const enable = ['rpm-ostree', 'initramfs', '--enable', ...used.map((a) => `--arg=${a}`)];
    // --disable fails when it is off already, as after an undo that was cut off.
    const off = 'rpm-ostree initramfs --disable || rpm-ostree initramfs | grep -q disabled';
    return { run: enable, undo: own === undefined ? ['sh', '-c', off] : enable };
  },
  inspect(host, kernel) {
    // BOOT_IMAGE=(hd0,gpt2)/ostree/fedora-SUM/vmlinuz-VERSION; the image lies beside the kernel.
    const folder = /BOOT_IMAGE=(?:\([^)]*\))?(\/\S*)\//.exec(tryText(host, '/proc/cmdline') ?? '')?.[1];
    const path = [`/boot${folder}`, folder ?? '']
      .map((f) => `${f}/initramfs-${kernel}.img`)
      .find((p) => exists(host, p));
    return path === undefined ? undefined : ['lsinitrd', path];
  },
};
