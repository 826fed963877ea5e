// What a person types to rebuild the initramfs, one entry per tool.
export const INITRAMFS_IDS = ['initramfs-tools', 'dracut', 'mkinitcpio', 'booster', 'rpm-ostree'] as const;
export type InitramfsId = (typeof INITRAMFS_IDS)[number];
/** Distributions that run the tool through scripts of their own; by itself it writes another file than the one that boots. */
export type RebuildId = InitramfsId | 'endeavouros' | 'cachyos' | 'opensuse' | 'ubuntu';

interface ByHand {
  readonly hosts: string;
  readonly command: string;
  /** Puts modules, and the file in modprobe.d that speaks of them, into the image, where the tool does not find them by itself. */
  include?(modules: readonly string[], file: string): readonly string[];
}

/** The spaces inside the quotes are dracut's rule: each file appends to the same list. */
const inDracut = (modules: readonly string[], file: string) => [
  `echo 'add_drivers+=" ${modules.join(' ')} " install_items+=" ${file} "' >> /etc/dracut.conf.d/vfio.conf`,
];

/** It follows the softdeps inside the modules, not those of modprobe.d; its hook kms brings the graphics drivers all the same. */
const inMkinitcpio: ByHand['include'] = (modules) => [
  `echo 'MODULES+=(${modules.join(' ')})' >> /etc/mkinitcpio.conf.d/vfio.conf`,
];

export const REBUILD: Readonly<Record<RebuildId, ByHand>> = {
  // Its `modprobe --show-depends` follows the softdep lines of /etc/modprobe.d.
  'initramfs-tools': { hosts: 'Proxmox VE, Debian or Ubuntu', command: 'update-initramfs -u -k all' },
  ubuntu: {
    hosts: 'Ubuntu',
    command: 'update-initramfs -u -k all',
    // From 25.10 on the command is a script in front of dracut, whose image of no host in particular holds no /etc/modprobe.d.
    include: (modules, file) =>
      inDracut(modules, file).map((line) => `[ ! -d /etc/dracut.conf.d ] || ${line}`),
  },
  dracut: {
    hosts: 'Fedora, openSUSE or another host with dracut',
    command: 'dracut --regenerate-all --force',
    include: inDracut,
  },
  mkinitcpio: {
    hosts: 'Arch',
    command: 'mkinitcpio -P',
    include: inMkinitcpio,
  },
  endeavouros: {
    hosts: 'EndeavourOS (the first with systemd-boot, the second with GRUB)',
    command: 'reinstall-kernels || dracut-rebuild',
    include: inDracut,
  },
  opensuse: {
    hosts: 'openSUSE (the first with a file per boot entry)',
    command: 'sdbootutil mkinitrd || dracut --regenerate-all --force',
    include: inDracut,
  },
  cachyos: {
    hosts: 'CachyOS (the first with Limine)',
    command: 'limine-mkinitcpio || mkinitcpio -P',
    include: inMkinitcpio,
  },
  booster: { hosts: 'a host with booster', command: '/usr/lib/booster/regenerate_images' },
  'rpm-ostree': {
    hosts: 'Fedora Silverblue and other rpm-ostree hosts',
    command: 'rpm-ostree initramfs --enable',
    include: inDracut,
  },
};
