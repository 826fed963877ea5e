// Loaders that pt-doctor changes by a command (rpm-ostree) or only recognises: for those it writes down what to do.
import { exists, type Host, tryText } from '../host.ts';
import type { Loader } from './loader.ts';
import { unifiedImages } from './systemd-boot.ts';

export const rpmOstree: Loader = {
  title: 'rpm-ostree',
  installed: (host) =>
    exists(host, '/run/ostree-booted') || exists(host, '/ostree/repo') ? '/ostree' : undefined,
  configured: (draft) => (tryText(draft.host, '/proc/cmdline') ?? '').split(/\s+/).filter(Boolean),
  edit(draft, edit) {
    const have = this.configured(draft) ?? [];
    const add = edit.add.filter((a) => !have.includes(a));
    const remove = edit.remove.filter((r) => have.includes(r));
    draft.commands.push({
      run: [
        'rpm-ostree',
        'kargs',
        ...add.map((a) => `--append-if-missing=${a}`),
        ...remove.map((r) => `--delete-if-present=${r}`),
      ],
      undo: [
        'rpm-ostree',
        'kargs',
        ...add.map((a) => `--delete-if-present=${a}`),
        ...remove.map((r) => `--append-if-missing=${r}`),
      ],
    });
    return undefined;
  },
  refresh: () => undefined,
};

function onlyFound(title: string, find: (host: Host) => string | undefined): Loader {
  return {
    title,
    installed: find,
    configured: (draft) => (tryText(draft.host, '/proc/cmdline') ?? '').split(/\s+/).filter(Boolean),
    edit: () => `pt-doctor does not edit the configuration of ${title}`,
    refresh: () => undefined,
  };
}

const firstOf = (paths: readonly string[]) => (host: Host) => paths.find((p) => exists(host, p));

export const limine = onlyFound(
  'Limine',
  firstOf([
    '/boot/limine.conf',
    '/boot/limine/limine.conf',
    '/boot/EFI/limine/limine.conf',
    '/efi/limine.conf',
    '/etc/default/limine',
  ]),
);

export const refind = onlyFound(
  'rEFInd',
  firstOf([
    '/boot/refind_linux.conf',
    '/boot/efi/EFI/refind/refind.conf',
    '/efi/EFI/refind/refind.conf',
    '/boot/EFI/refind/refind.conf',
  ]),
);

export const syslinux = onlyFound('Syslinux', firstOf(['/boot/syslinux/syslinux.cfg']));
export const nixos = onlyFound('NixOS', firstOf(['/etc/NIXOS', '/etc/nixos/configuration.nix']));
export const truenas = onlyFound('TrueNAS', firstOf(['/usr/bin/midclt']));

/** Unified images and openSUSE's sdbootutil: found so that the planner stops instead of editing what has no effect. */
export function unsupportedSetup(host: Host): string | undefined {
  const images = unifiedImages(host);
  if (images.length > 0)
    return `the kernel boots from a unified image (${images[0]}): put the arguments into /etc/kernel/cmdline and build the image anew (mkinitcpio -P, dracut --regenerate-all --force or kernel-install add-all)`;
  const type = /^LOADER_TYPE=["']?(grub2-bls|systemd-boot)/m.exec(
    tryText(host, '/etc/sysconfig/bootloader') ?? '',
  )?.[1];
  if (type !== undefined)
    return `openSUSE manages ${type} entries with sdbootutil: add the arguments to /etc/kernel/cmdline, then run: sdbootutil update-all-entries`;
  return undefined;
}
