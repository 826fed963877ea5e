// What a person types to change the kernel command line, one entry per boot loader. The planner's side is in the
// loader files beside this one; this table is all that a report needs, so it stays small and free of host access.
import type { ArgEdit } from '../edit.ts';

export const LOADER_IDS = [
  'grub',
  'grub-file',
  'grub2-file',
  'grub-bls',
  'proxmox-boot',
  'systemd-boot',
  'kernel-install',
  'reinstall-kernels',
  'sdboot-manage',
  'sdbootutil',
  'kernelstub',
  'rpm-ostree',
  'limine',
  'refind',
  'syslinux',
  'nixos',
  'truenas',
] as const;
export type LoaderId = (typeof LOADER_IDS)[number];

export interface ByHand {
  /** How a heading names this kind of host. */
  readonly hosts: string;
  /** For a root shell, as every command of a fix. */
  commands(edit: ArgEdit): readonly string[];
}

const words = (list: readonly string[]) => list.join(' ');

/** A comment line, for places that only an editor reaches. */
function editLines(where: string, edit: ArgEdit): string[] {
  const what = [
    ...(edit.add.length > 0 ? [`add: ${words(edit.add)}`] : []),
    ...(edit.remove.length > 0 ? [`remove: ${words(edit.remove)}`] : []),
  ];
  return what.length > 0 ? [`# ${where}, ${what.join('; ')}`] : [];
}

function options(edit: ArgEdit, add: string, remove: string): string {
  return words([...edit.add.map((a) => `${add}${a}`), ...edit.remove.map((r) => `${remove}${r}`)]);
}

/** A sed program that drops whole words and appends new ones on the lines that `address` selects. */
function sed(edit: ArgEdit, address: string): string {
  const drop = edit.remove.map((r) => `${address} s/ ${r.replaceAll(/[/.*]/g, '\\$&')}\\( \\|$\\)/\\1/g`);
  const add = edit.add.length > 0 ? [`${address} s/$/ ${words(edit.add).replaceAll(/[/&]/g, '\\$&')}/`] : [];
  return [...drop, ...add].map((s) => `-e '${s.trim()}'`).join(' ');
}

const byMkconfig =
  (program: string, config: string): ByHand['commands'] =>
  (edit) => [
    ...editLines('in /etc/default/grub, inside the quotes of GRUB_CMDLINE_LINUX_DEFAULT', edit),
    `${program} -o ${config}`,
  ];

const ownGrubFile = (edit: ArgEdit) => [
  ...(edit.add.length > 0
    ? [
        `echo 'GRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT ${words(edit.add)}"' >> /etc/default/grub.d/zz-passthrough.cfg`,
      ]
    : []),
  ...editLines('in /etc/default/grub, inside the quotes of GRUB_CMDLINE_LINUX_DEFAULT', {
    add: [],
    remove: edit.remove,
  }),
];

export const BY_HAND = {
  grub: {
    hosts: 'Proxmox VE, Debian or Ubuntu with GRUB',
    commands: (edit) => [...ownGrubFile(edit), 'update-grub'],
  },
  'grub-file': {
    hosts: 'Arch or another host with GRUB',
    commands: byMkconfig('grub-mkconfig', '/boot/grub/grub.cfg'),
  },
  'grub2-file': {
    hosts: 'openSUSE with a grub.cfg',
    commands: byMkconfig('grub2-mkconfig', '/boot/grub2/grub.cfg'),
  },
  'grub-bls': {
    hosts: 'Fedora or RHEL',
    commands: (edit) => {
      const add = edit.add.length > 0 ? ` --args="${words(edit.add)}"` : '';
      const remove = edit.remove.length > 0 ? ` --remove-args="${words(edit.remove)}"` : '';
      return [`grubby --update-kernel=ALL${remove}${add}`];
    },
  },
  'proxmox-boot': {
    hosts: 'Proxmox VE with systemd-boot',
    commands: (edit) => [`sed -i ${sed(edit, '1')} /etc/kernel/cmdline`, 'proxmox-boot-tool refresh'],
  },
  'systemd-boot': {
    hosts: 'systemd-boot',
    commands: (edit) => [`sed -i ${sed(edit, '/^options/')} /boot/loader/entries/*.conf`],
  },
  'reinstall-kernels': {
    hosts: 'EndeavourOS with systemd-boot',
    commands: (edit) => [`sed -i ${sed(edit, '1')} /etc/kernel/cmdline`, 'reinstall-kernels'],
  },
  sdbootutil: {
    hosts:
      'openSUSE with a file per boot entry (GRUB2-BLS, new Tumbleweed since November 2025; systemd-boot)',
    commands: (edit) => [`sed -i ${sed(edit, '1')} /etc/kernel/cmdline`, 'sdbootutil update-all-entries'],
  },
  'sdboot-manage': {
    hosts: 'CachyOS with systemd-boot',
    commands: (edit) => [
      ...editLines('in /etc/sdboot-manage.conf, inside the quotes of LINUX_OPTIONS', edit),
      'sdboot-manage gen',
    ],
  },
  'kernel-install': {
    hosts: 'Debian or Ubuntu with systemd-boot',
    commands: (edit) => [
      '# the whole command line has to stand in /etc/kernel/cmdline, on one line; when there is none yet, begin with what runs:',
      "test -s /etc/kernel/cmdline || sed 's/initrd=[^ ]* *//g' /proc/cmdline > /etc/kernel/cmdline",
      `sed -i ${sed(edit, '1')} /etc/kernel/cmdline`,
      'update-initramfs -u -k all',
    ],
  },
  kernelstub: {
    hosts: 'Pop!_OS',
    commands: (edit) => [
      ...(edit.add.length > 0 ? [`kernelstub --add-options "${words(edit.add)}"`] : []),
      ...(edit.remove.length > 0 ? [`kernelstub --delete-options "${words(edit.remove)}"`] : []),
    ],
  },
  'rpm-ostree': {
    hosts: 'Fedora Silverblue and other rpm-ostree hosts',
    commands: (edit) => [`rpm-ostree kargs ${options(edit, '--append-if-missing=', '--delete-if-present=')}`],
  },
  limine: {
    hosts: 'Limine',
    commands: (edit) => [
      ...editLines('in limine.conf, on the `cmdline:` line of the entry that you boot', edit),
      ...editLines('with /etc/default/limine instead there, in KERNEL_CMDLINE[default]', edit),
      `# limine-update   (only with /etc/default/limine)`,
    ],
  },
  refind: {
    hosts: 'rEFInd',
    commands: (edit) => editLines('in /boot/refind_linux.conf, inside the second quotes of each line', edit),
  },
  syslinux: {
    hosts: 'Unraid',
    commands: (edit) =>
      editLines('in Main > Flash > Syslinux Configuration, on the `append` line that you boot', edit),
  },
  nixos: {
    hosts: 'NixOS',
    commands: (edit) => [
      ...(edit.add.length > 0
        ? [
            `# in configuration.nix: boot.kernelParams = [ ${words(edit.add.map((a) => JSON.stringify(a)))} ];`,
          ]
        : []),
      ...editLines('in configuration.nix, boot.kernelParams', { add: [], remove: edit.remove }),
      'nixos-rebuild boot',
    ],
  },
  truenas: {
    hosts: 'TrueNAS SCALE',
    commands: (edit) => [
      ...(edit.add.length > 0
        ? [
            `# midclt replaces the whole string: put what kernel_extra_options holds now in front`,
            `midclt call system.advanced.update '${JSON.stringify({ kernel_extra_options: words(edit.add) })}'`,
          ]
        : []),
      ...editLines('in kernel_extra_options', { add: [], remove: edit.remove }),
    ],
  },
} as const satisfies Record<LoaderId, ByHand>;
