// initramfs-tools (Debian, Ubuntu, Proxmox VE, Pop!_OS): a hook of our own rather than lines in /etc/initramfs-tools/modules;
// /etc/modprobe.d is copied by the tool itself.
import { draftText, OWN_HEADER } from '../draft.ts';
import { exists, type Host, tryText } from '../host.ts';
import { REBUILD } from './by-hand.ts';
import { firstImage, type InitramfsTool } from './tool.ts';

const PROGRAM = '/usr/sbin/update-initramfs';
const CONFIG = '/etc/initramfs-tools/initramfs.conf';

export const initramfsTools: InitramfsTool = {
  // Where dracut has taken its place, update-initramfs is a script that calls dracut.
  installed(host: Host) {
    if (exists(host, PROGRAM)) return /\bdracut\b/.test(tryText(host, PROGRAM) ?? '') ? undefined : PROGRAM;
    return exists(host, CONFIG) ? CONFIG : undefined;
  },
  include(draft, modules, script) {
    // force_load takes one module; what follows it would be options of that module.
    draftText(
      draft,
      '/etc/initramfs-tools/hooks/pt-doctor',
      `#!/bin/sh
${OWN_HEADER}case "$1" in prereqs) exit 0 ;; esac
. /usr/share/initramfs-tools/hook-functions
${script ? modules.map((m) => `force_load ${m}`).join('\n') : `manual_add_modules ${modules.join(' ')}`}
${script ? `copy_file script ${script} ${script}\n` : ''}exit 0
`,
      0o755,
    );
    return undefined;
  },
  // -k all, or kernels other than the newest keep their old image.
  rebuild: () => [REBUILD['initramfs-tools'].command.split(' ')],
  inspect: (host, kernel) => {
    const path = firstImage(host, [`initrd.img-${kernel}`]);
    return path === undefined ? undefined : ['lsinitramfs', path];
  },
};
