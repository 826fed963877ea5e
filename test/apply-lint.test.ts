// `plan --lint`: one line of configuration each, on a host where it is wrong, and a host where it is right.
import { describe, expect, it } from 'vitest';
import { lintHost } from '../src/core/fix/lint-host.ts';
import { hostTree, wish } from './support/hosts.ts';
import type { MemoryHost } from './support/memory-host.ts';

/** A host tree with files added. */
function host(name: string, files: Readonly<Record<string, string>>): MemoryHost {
  const tree = hostTree(name);
  for (const [path, text] of Object.entries(files)) tree.put(path, { text, mtime: 5 });
  return tree;
}
const ids = (h: MemoryHost) => lintHost(h).map((l) => l.id);

const args = (words: string) => ({ '/etc/default/grub': `GRUB_CMDLINE_LINUX_DEFAULT="quiet ${words}"\n` });
const modprobe = (text: string) => ({ '/etc/modprobe.d/vfio.conf': `${text}\n` });
const INTEL = { '/proc/cpuinfo': 'vendor_id\t: GenuineIntel\n' };
const BUILT_IN = {
  '/lib/modules/6.1.0-31-amd64/modules.builtin': 'kernel/drivers/gpu/drm/nouveau/nouveau.ko\n',
};
const SIMPLEFB = { '/boot/config-6.1.0-31-amd64': 'CONFIG_SYSFB_SIMPLEFB=y\n' };
const EFIFB = { '/boot/config-6.1.0-31-amd64': '# CONFIG_SYSFB_SIMPLEFB is not set\n' };

type Case = readonly [
  id: string,
  tree: string,
  bad: Readonly<Record<string, string>>,
  good: Readonly<Record<string, string>>,
];
const CASES: readonly Case[] = [
  ['amd-iommu-on', 'debian-12', args('amd_iommu=on'), args('iommu=pt')],
  ['intel-iommu-on-amd', 'debian-12', args('intel_iommu=on'), { ...INTEL, ...args('intel_iommu=on') }],
  ['iommu-value-unknown', 'debian-12', args('intel_iommu=pt'), args('iommu=pt')],
  ['iommu-value-unknown', 'debian-12', args('iommu=1'), args('iommu=soft')],
  [
    'video-efifb-off',
    'debian-12',
    { ...SIMPLEFB, ...args('video=efifb:off,vesafb:off') },
    { ...EFIFB, ...args('video=efifb:off') },
  ],
  ['acs-override-unpatched', 'debian-12', args('pcie_acs_override=downstream'), args('pci=noats')],
  ['pci-stub', 'debian-12', args('pci-stub.ids=10de:1b81'), args('vfio-pci.ids=10de:1b81')],
  ['rd-driver-pre-unused', 'debian-12', args('rd.driver.pre=vfio-pci'), args('quiet')],
  ['unsafe-interrupts', 'debian-12', args('vfio_iommu_type1.allow_unsafe_interrupts=1'), args('quiet')],
  [
    'unsafe-interrupts',
    'debian-12',
    modprobe('options vfio_iommu_type1 allow_unsafe_interrupts=1'),
    modprobe('options vfio_iommu_type1 allow_unsafe_interrupts=0'),
  ],
  [
    'vfio-virqfd',
    'arch-grub',
    { '/etc/modules-load.d/vfio.conf': 'vfio_virqfd\n' },
    { '/etc/modules-load.d/vfio.conf': 'vfio_pci\n' },
  ],
  [
    'vfio-virqfd',
    'arch-grub',
    { '/etc/mkinitcpio.conf': 'MODULES=(vfio_pci vfio_virqfd)\nHOOKS=(modconf)\n' },
    { '/etc/mkinitcpio.conf': '# vfio_virqfd\nHOOKS=(modconf)\n' },
  ],
  [
    'softdep-reversed',
    'debian-12',
    modprobe('softdep vfio-pci pre: nouveau'),
    modprobe('softdep nouveau pre: vfio-pci'),
  ],
  [
    'ids-twice',
    'debian-12',
    modprobe('options vfio-pci ids=10de:1b81,10de:1b81'),
    modprobe('options vfio-pci ids=10de:1b81,10de:10f0'),
  ],
  [
    'ids-unknown',
    'debian-12',
    modprobe('options vfio-pci ids=10de:ffff'),
    modprobe('options vfio-pci ids=10de:1b81'),
  ],
  [
    'ids-overridden',
    'debian-12',
    modprobe('options vfio-pci ids=10de:1b81\noptions vfio-pci ids=10de:10f0'),
    modprobe('options vfio-pci ids=10de:10f0'),
  ],
  [
    'ids-overridden',
    'debian-12',
    { ...args('vfio-pci.ids=10de:10f0'), ...modprobe('options vfio-pci ids=10de:1b81') },
    { ...args('vfio-pci.ids=10de:1b81'), ...modprobe('options vfio-pci ids=10de:1b81') },
  ],
  ['blacklist-harmful', 'debian-12', modprobe('blacklist usb-storage'), modprobe('blacklist nouveau')],
  [
    'softdep-built-in',
    'debian-12',
    { ...BUILT_IN, ...modprobe('softdep nouveau pre: vfio-pci') },
    modprobe('softdep nouveau pre: vfio-pci'),
  ],
  [
    'blacklist-built-in',
    'debian-12',
    { ...BUILT_IN, ...modprobe('blacklist nouveau') },
    modprobe('blacklist nouveau'),
  ],
  [
    'modprobe-unknown-command',
    'debian-12',
    modprobe('option vfio-pci ids=10de:1b81'),
    modprobe('options vfio-pci ids=10de:1b81'),
  ],
  [
    'modprobe-not-conf',
    'debian-12',
    { '/etc/modprobe.d/vfio': 'options vfio-pci ids=10de:1b81\n' },
    { '/etc/modprobe.d/vfio.conf.bak': '' },
  ],
  [
    'cmdline-second-line',
    'proxmox-9-zfs',
    { '/etc/kernel/cmdline': 'root=ZFS=rpool/ROOT/pve-1 boot=zfs\niommu=pt\n' },
    { '/etc/kernel/cmdline': 'root=ZFS=rpool/ROOT/pve-1 boot=zfs iommu=pt\n' },
  ],
  [
    'cmdline-unused',
    'debian-12',
    { '/etc/kernel/cmdline': 'intel_iommu=on\n' },
    { '/etc/kernel/cmdline': 'quiet\n' },
  ],
  [
    'initramfs-stale',
    'debian-12',
    { '/boot/initrd.img-6.1.0-31-amd64': '', '/etc/modprobe.d/kvm.conf': '' },
    { '/boot/initrd.img-6.1.0-31-amd64': '' },
  ],
  [
    'initramfs-config-unused',
    'fedora-42',
    { '/etc/initramfs-tools/modules': 'vfio_pci\n' },
    { '/etc/dracut.conf.d/vfio.conf': 'add_drivers+=" vfio_pci "\n' },
  ],
  [
    'initramfs-config-unused',
    'debian-12',
    { '/etc/dracut.conf.d/vfio.conf': 'add_drivers+=" vfio_pci "\n' },
    { '/etc/initramfs-tools/modules': 'vfio_pci\n' },
  ],
  [
    'modconf-missing',
    'arch-grub',
    { '/etc/mkinitcpio.conf': 'HOOKS=(base udev kms)\n', ...modprobe('options vfio-pci ids=10de:1b81') },
    modprobe('options vfio-pci ids=10de:1b81'),
  ],
  [
    'script-not-in-initramfs',
    'debian-12',
    modprobe('install vfio-pci /usr/local/bin/override.sh'),
    {
      ...modprobe('install vfio-pci /usr/local/bin/override.sh'),
      '/etc/initramfs-tools/hooks/override': 'copy_file script /usr/local/bin/override.sh\n',
    },
  ],
];

describe.each(CASES)('%s on %s', (id, tree, bad, good) => {
  it('is told with a place and a cure', () => {
    if (id === 'initramfs-stale') {
      const h = host(tree, bad);
      h.put('/etc/modprobe.d/vfio.conf', { text: 'options vfio-pci ids=10de:1b81\n', mtime: 9 });
      expect(ids(h)).toContain(id);
      return;
    }
    const found = lintHost(host(tree, bad)).filter((l) => l.id === id);
    expect(found).toHaveLength(1);
    expect(found[0]?.at).toMatch(/^(?:\/etc\/\S+|kernel command line)$/);
    expect(found[0]?.cure).toMatch(/^[A-Za-z].{5}/);
  });
  it('is silent where it is right', () => {
    expect(ids(host(tree, good))).not.toContain(id);
  });
});

it('what was right before Linux 6.2 is left alone there', () => {
  expect(ids(host('debian-12', { '/etc/modules': 'vfio_virqfd\n' }))).toEqual([]);
});

it('tells once what Debian reads through a link', () => {
  const found = lintHost(host('debian-13', { '/etc/modules': 'vfio_virqfd\n' }));
  expect(found.map((l) => `${l.at} ${l.id}`)).toEqual(['/etc/modules vfio-virqfd']);
});

it('has nothing to say of what pt-doctor itself writes', async () => {
  const { applyPlan } = await import('../src/core/apply/apply.ts');
  const { planWishes } = await import('../src/core/fix/plan.ts');
  for (const name of [
    'debian-12',
    'fedora-42',
    'arch-grub',
    'silverblue-42',
    'opensuse-15.6',
    'ubuntu-24.04',
  ]) {
    const tree = hostTree(name);
    const bind = (devices: readonly string[]) => wish({ do: 'driver-bind', by: 'id' }, devices);
    const plan = planWishes(tree, [bind(['0000:04:00.3']), bind(['0000:01:00.0', '0000:01:00.1'])]);
    expect(applyPlan(tree, plan, 't', 'w', 1).outcome).toBe('done');
    expect(ids(tree), name).toEqual([]);
  }
});
