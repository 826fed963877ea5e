// Which boot loader and initramfs the commands of a report are for, as far as facts from a log tell.
import type { RebuildId } from '../apply/initramfs/by-hand.ts';
import type { LoaderId } from '../apply/loaders/by-hand.ts';
import type { Facts } from '../model.ts';
import type { Distribution } from '../text/distributions.ts';
import { type HostKind, hostKindOf } from '../text/hosts.ts';

export interface Site extends HostKind {
  /** One when the host is known, several when it is not. */
  readonly loaders: readonly LoaderId[];
  readonly initramfs: readonly RebuildId[];
  /** The host keeps no changes under /etc, or is declared elsewhere: pt-doctor can't apply anything there. */
  readonly managed: boolean;
}

interface Family {
  readonly loaders: readonly LoaderId[];
  readonly initramfs: readonly RebuildId[];
  readonly managed?: boolean;
}

const DEBIAN: Family = { loaders: ['grub'], initramfs: ['initramfs-tools'] };
const ARCH: Family = { loaders: ['grub-file', 'systemd-boot'], initramfs: ['mkinitcpio'] };
const RED_HAT: Family = { loaders: ['grub-bls'], initramfs: ['dracut'] };

const FAMILIES: Readonly<Record<string, Family>> = {
  proxmox: { loaders: ['grub', 'proxmox-boot'], initramfs: ['initramfs-tools'] },
  debian: DEBIAN,
  ubuntu: { loaders: ['grub'], initramfs: ['ubuntu'] },
  mint: DEBIAN,
  pop: { loaders: ['kernelstub'], initramfs: ['initramfs-tools'] },
  fedora: RED_HAT,
  rhel: RED_HAT,
  opensuse: { loaders: ['grub2-file', 'sdbootutil'], initramfs: ['opensuse'] },
  arch: ARCH,
  manjaro: { loaders: ['grub-file'], initramfs: ['mkinitcpio'] },
  endeavouros: { loaders: ['reinstall-kernels', 'grub-file'], initramfs: ['endeavouros'] },
  cachyos: { loaders: ['limine', 'sdboot-manage', 'grub-file', 'refind'], initramfs: ['cachyos'] },
  gentoo: { loaders: ['grub-file'], initramfs: ['dracut'] },
  unraid: { loaders: ['syslinux'], initramfs: [], managed: true },
  nixos: { loaders: ['nixos'], initramfs: [], managed: true },
  truenas: { loaders: ['truenas'], initramfs: [], managed: true },
} satisfies Readonly<Record<Distribution, Family>>;

const UNKNOWN: Family = {
  loaders: ['grub', 'proxmox-boot', 'grub-bls', 'grub-file', 'grub2-file', 'systemd-boot'],
  initramfs: ['initramfs-tools', 'dracut', 'mkinitcpio'],
};

/** sdbootutil keeps the entries of both: openSUSE has a GRUB that reads them as well. */
const GRUBS: readonly LoaderId[] = ['grub', 'grub-bls', 'grub-file', 'grub2-file', 'sdbootutil'];

const SYSTEMD_BOOTS: readonly LoaderId[] = [
  'proxmox-boot',
  'systemd-boot',
  'kernelstub',
  'reinstall-kernels',
  'sdboot-manage',
  'sdbootutil',
];

/** The boot loader that the running command line or a fact gives away, among those that the family has. */
function loaderOf(facts: Facts, family: Family): readonly LoaderId[] {
  const cmdline = facts.cmdline ?? [];
  const named = `${facts.bootLoader ?? ''} ${facts.flags.get('boot-loader')?.value ?? ''}`.toLowerCase();
  const only = (wanted: readonly LoaderId[]) => {
    const hit = wanted.filter((id) => family.loaders.includes(id));
    return hit.length > 0 ? hit : undefined;
  };
  if (cmdline.some((t) => t.startsWith('ostree='))) return ['rpm-ostree'];
  if (named.includes('limine')) return ['limine'];
  if (named.includes('refind')) return ['refind'];
  if (named.includes('grub')) return only(GRUBS) ?? family.loaders;
  if (named.includes('systemd-boot') || named.includes('proxmox-boot'))
    return only(SYSTEMD_BOOTS) ?? ['systemd-boot'];
  // GRUB sets BOOT_IMAGE=; systemd-boot and the kernel's own EFI stub name the initrd with backslashes.
  if (cmdline.some((t) => t.startsWith('BOOT_IMAGE='))) return only([...GRUBS, 'syslinux']) ?? family.loaders;
  if (cmdline.some((t) => /^initrd=\\/.test(t))) return only(SYSTEMD_BOOTS) ?? family.loaders;
  return family.loaders;
}

export function siteOf(facts: Facts): Site {
  const kind = hostKindOf(facts);
  const family = kind.distribution === undefined ? undefined : FAMILIES[kind.distribution];
  const used = family ?? UNKNOWN;
  const loaders = loaderOf(facts, used);
  return {
    ...kind,
    loaders,
    initramfs: loaders.includes('rpm-ostree') ? ['rpm-ostree'] : used.initramfs,
    managed: used.managed ?? false,
  };
}
