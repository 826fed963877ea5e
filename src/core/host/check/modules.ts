// Checks of what the host loads for vfio: the module itself, the initramfs, the order of drivers.
import type { ModuleSetting } from '../modules.ts';
import { type HostLook, item } from './item.ts';

const has = (set: ReadonlySet<string> | undefined, name: string) => set?.has(name);

const vfio: HostLook = (s) => {
  const { loaded, builtin, available } = s.modules;
  const title = 'vfio-pci';
  if (has(builtin, 'vfio_pci')) return item('vfio', title, 'pass', 'built into the kernel');
  if (has(loaded, 'vfio_pci')) return item('vfio', title, 'pass', 'loaded');
  if (has(available, 'vfio_pci')) {
    const auto = s.platform.distribution === 'proxmox' || s.guests.list.some((g) => g.kind === 'libvirt');
    return item(
      'vfio',
      title,
      auto ? 'pass' : 'warn',
      auto ? 'not loaded; it will be when a guest starts' : 'there, but not loaded',
      {
        fix: 'modprobe vfio-pci; for every boot: echo vfio-pci > /etc/modules-load.d/vfio.conf',
        cause: 'vfio-module-missing',
      },
    );
  }
  if (available === undefined && loaded === undefined)
    return item('vfio', title, 'unknown', 'neither /proc/modules nor /lib/modules could be read');
  if (available === undefined)
    return item('vfio', title, 'unknown', 'not loaded; /lib/modules could not be read');
  return item('vfio', title, 'fail', `the kernel ${s.platform.kernel ?? ''} has no vfio-pci`, {
    fix: 'Install the module package of this kernel (linux-modules-extra on Ubuntu), or reboot into the kernel that is installed.',
    cause: 'vfio-module-missing',
  });
};

const idsOf = (settings: readonly ModuleSetting[]) =>
  settings.filter((m) => m.kind === 'options' && /^vfio[-_]pci$/.test(m.module) && /\bids=/.test(m.rest));

const initramfs: HostLook = (s) => {
  const ids = idsOf(s.modules.settings);
  const title = 'initramfs';
  if (ids.length === 0) return undefined;
  const content = s.modules.initramfs;
  const file = ids[0]?.file ?? '';
  if ('unread' in content)
    return item(
      'initramfs',
      title,
      'unknown',
      `its content is not known (${content.why}); ${file} must be in it`,
    );
  const name = file.slice(file.lastIndexOf('/') + 1);
  const fix =
    'update-initramfs -u -k all (Debian, Ubuntu, Proxmox VE), dracut -f (Fedora), mkinitcpio -P (Arch), then reboot';
  if (!content.some((path) => path.endsWith(`modprobe.d/${name}`)))
    return item(
      'initramfs',
      title,
      'warn',
      `${file} is not in it: a driver in it may be quicker than vfio-pci`,
      {
        fix,
        cause: 'host-driver-bound',
      },
    );
  return item('initramfs', title, 'pass', `holds ${name}`);
};

const softdeps: HostLook = (s) => {
  const reversed = s.modules.settings.find(
    (m) => m.kind === 'softdep' && /^vfio[-_]pci$/.test(m.module) && /(?:^|\s)pre:/.test(m.rest),
  );
  if (!reversed) return undefined;
  const driver = /pre:\s*(\S+)/.exec(reversed.rest)?.[1] ?? 'DRIVER';
  return item(
    'softdep',
    'softdep',
    'warn',
    `${reversed.file}:${reversed.line} is the wrong way round: it loads ${driver} before vfio-pci`,
    {
      fix: `Write: softdep ${driver} pre: vfio-pci`,
      cause: 'host-driver-bound',
    },
  );
};

/** In the order in which they are told. */
export const MODULE_LOOKS: readonly HostLook[] = [vfio, initramfs, softdeps];
