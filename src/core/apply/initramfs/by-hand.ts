// What a person types to rebuild the initramfs, one entry per tool.
export const INITRAMFS_IDS = ['initramfs-tools', 'dracut', 'mkinitcpio', 'booster', 'rpm-ostree'] as const;
export type InitramfsId = (typeof INITRAMFS_IDS)[number];

export const REBUILD = {
  'initramfs-tools': { hosts: 'Proxmox VE, Debian or Ubuntu', command: 'update-initramfs -u -k all' },
  dracut: {
    hosts: 'Fedora, openSUSE or another host with dracut',
    command: 'dracut --regenerate-all --force',
  },
  mkinitcpio: { hosts: 'Arch', command: 'mkinitcpio -P' },
  booster: { hosts: 'a host with booster', command: '/usr/lib/booster/regenerate_images' },
  'rpm-ostree': {
    hosts: 'Fedora Silverblue and other rpm-ostree hosts',
    command: 'rpm-ostree initramfs --enable',
  },
} as const satisfies Record<InitramfsId, { readonly hosts: string; readonly command: string }>;
