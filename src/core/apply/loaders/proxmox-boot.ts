// systemd-boot of Proxmox VE (ZFS root, UEFI, no Secure Boot): one line in /etc/kernel/cmdline, copied to every ESP by
// proxmox-boot-tool.
import { drafted } from '../draft.ts';
import { exists } from '../host.ts';
import { editCmdlineFile, KERNEL_CMDLINE } from './entries.ts';
import type { Loader } from './loader.ts';

const UUIDS = '/etc/kernel/proxmox-boot-uuids';

export const proxmoxBoot: Loader = {
  title: 'systemd-boot (proxmox-boot-tool)',
  // Without UEFI proxmox-boot-tool only copies GRUB's files.
  installed: (host) =>
    exists(host, UUIDS) && exists(host, KERNEL_CMDLINE) && exists(host, '/sys/firmware/efi')
      ? `${UUIDS} and ${KERNEL_CMDLINE}`
      : undefined,
  configured: (draft) => (drafted(draft, KERNEL_CMDLINE) ?? '').split('\n')[0]?.split(/\s+/).filter(Boolean),
  edit(draft, edit) {
    const before = drafted(draft, KERNEL_CMDLINE);
    const fault = editCmdlineFile(draft, edit);
    if (drafted(draft, KERNEL_CMDLINE) !== before) draft.loaderChanged = true;
    return fault;
  },
  refresh: () => ['proxmox-boot-tool', 'refresh'],
};
