// Checks of the machine itself: what must hold before any device can be passed through.
import { item, type Part } from './check-item.ts';
import type { ModuleSetting } from './modules.ts';
import type { HostState } from './read-host.ts';

type Look = (state: HostState) => Part | undefined;

const VENDOR = {
  intel: { flag: 'VT-x', iommu: 'VT-d' },
  amd: { flag: 'SVM', iommu: 'IOMMU (AMD-Vi)' },
} as const;
const vendorOf = (s: HostState) => VENDOR[s.platform.cpuVendor ?? 'intel'];

const virtualisation: Look = (s) => {
  const { kvm, virtFlag, isGuest } = s.platform;
  const title = 'CPU virtualisation';
  if (kvm) return item('virtualisation', title, 'pass', '/dev/kvm is there');
  const fix = isGuest
    ? 'This machine is itself a guest: switch nested virtualisation on in its host.'
    : `Switch ${vendorOf(s).flag} on in the firmware setup, then: modprobe kvm_${s.platform.cpuVendor ?? 'intel'}`;
  const cause = 'virtualization-disabled';
  if (virtFlag === false)
    return item('virtualisation', title, 'fail', `the processor shows neither vmx nor svm`, { fix, cause });
  if (kvm === false && s.live)
    return item('virtualisation', title, 'fail', 'there is no /dev/kvm', { fix, cause });
  return item('virtualisation', title, 'unknown', 'neither /dev/kvm nor the processor flags could be read');
};

const iommu: Look = (s) => {
  const { groups, table, units } = s.platform.iommu;
  const title = 'IOMMU';
  if (groups !== undefined && groups > 0)
    return item(
      'iommu',
      title,
      'pass',
      `on: ${groups} group${groups === 1 ? '' : 's'}${units.length > 0 ? `, ${units.join(', ')}` : ''}`,
    );
  if (groups === undefined)
    return item('iommu', title, 'unknown', '/sys/kernel/iommu_groups could not be read');
  if (s.pci.missing || s.pci.devices.size === 0)
    return item(
      'iommu',
      title,
      'unknown',
      'no PCI devices are visible here (a container?); look on the host itself',
    );
  const off = s.platform.cmdline?.find((t) => /^(?:intel_iommu|amd_iommu|iommu)=off$/.test(t));
  if (off)
    return item('iommu', title, 'fail', `no groups: ${off} on the kernel command line switches it off`, {
      fix: `Take ${off} off the kernel command line and reboot.`,
      cause: 'iommu-disabled-kernel',
    });
  if (table === 'none')
    return item(
      'iommu',
      title,
      'fail',
      'no groups, and the firmware gives neither a DMAR nor an IVRS table',
      {
        fix: s.platform.isGuest
          ? 'This machine is itself a guest: give it a virtual IOMMU (intel-iommu or amd-iommu) in its host.'
          : `Switch ${vendorOf(s).iommu} on in the firmware setup (often hidden below CPU, Northbridge or Advanced).`,
        cause: 'iommu-disabled-firmware',
      },
    );
  if (table === 'DMAR' || s.platform.cpuVendor === 'intel')
    return item(
      'iommu',
      title,
      'fail',
      `no groups${table ? ', although the firmware has a DMAR table' : ''}`,
      {
        fix: 'Add intel_iommu=on to the kernel command line and reboot.',
        cause: 'iommu-disabled-kernel',
      },
    );
  return item(
    'iommu',
    title,
    'fail',
    `no groups${table ? ', although the firmware has an IVRS table' : ''}`,
    {
      fix: 'AMD needs no kernel parameter: switch IOMMU from Auto to Enabled in the firmware setup.',
      cause: 'iommu-disabled-firmware',
    },
  );
};

const remapping: Look = (s) => {
  const { remapping: on, groups } = s.platform.iommu;
  const title = 'interrupt remapping';
  if (on) return item('interrupt-remapping', title, 'pass', 'on: /proc/interrupts names IR chips');
  if (on === undefined)
    return item('interrupt-remapping', title, 'unknown', '/proc/interrupts tells nothing of it');
  const unsafe = s.modules.settings.some(
    (m) => m.kind === 'options' && /allow_unsafe_interrupts=(?:1|[yY])/.test(m.rest),
  );
  const cause = 'interrupt-remapping-missing';
  if (groups === 0) return item('interrupt-remapping', title, 'warn', 'off, as the IOMMU is', { cause });
  if (unsafe)
    return item(
      'interrupt-remapping',
      title,
      'warn',
      'off, but allow_unsafe_interrupts=1 is set: a guest can disturb the host',
      {
        cause,
      },
    );
  return item('interrupt-remapping', title, 'fail', 'off: vfio refuses devices without it', {
    fix: 'Switch x2APIC / interrupt remapping on in the firmware and update it; only if that is impossible: options vfio_iommu_type1 allow_unsafe_interrupts=1 (lowers the protection of the host).',
    cause,
  });
};

const has = (set: ReadonlySet<string> | undefined, name: string) => set?.has(name);

const vfio: Look = (s) => {
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

const initramfs: Look = (s) => {
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

const softdeps: Look = (s) => {
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

const lockdown: Look = (s) => {
  const { lockdown: mode, secureBoot } = s.platform;
  const title = 'secure boot, lockdown';
  const boot = secureBoot === undefined ? 'secure boot unknown' : `secure boot ${secureBoot ? 'on' : 'off'}`;
  if (mode === undefined)
    return item('lockdown', title, secureBoot === false ? 'pass' : 'unknown', `${boot}, lockdown not told`);
  if (mode === 'none') return item('lockdown', title, 'pass', `${boot}, no lockdown`);
  return item(
    'lockdown',
    title,
    'warn',
    `${boot}, lockdown ${mode}: unsigned modules and writing of MSRs or config space are refused`,
    {
      fix: 'vfio itself works; for vendor-reset or other own modules sign them (mokutil) or switch secure boot off.',
      cause: 'secure-boot-lockdown',
    },
  );
};

const memlock: Look = (s) => {
  const { memlock: limit } = s.platform;
  const title = 'locked memory';
  if (limit === undefined) return item('memlock', title, 'unknown', '/proc/self/limits could not be read');
  if (limit === Number.POSITIVE_INFINITY) return item('memlock', title, 'pass', 'no limit');
  const mib = Math.round(limit / 2 ** 20);
  if (s.guests.list.length > 0 || s.platform.distribution === 'proxmox')
    return item(
      'memlock',
      title,
      'pass',
      `${mib} MiB for this shell; Proxmox VE and libvirt raise it for their guests`,
    );
  return item(
    'memlock',
    title,
    'warn',
    `${mib} MiB: a QEMU that this user starts by hand cannot pin its memory`,
    {
      fix: 'Start QEMU as root, or put into /etc/security/limits.d/vfio.conf: USER - memlock unlimited',
      cause: 'memlock-limit',
    },
  );
};

const framebuffer: Look = (s) => {
  const { framebuffers, bootFramebuffer } = s.platform;
  const title = 'boot framebuffer';
  const boot = framebuffers?.find((f) => /^(?:EFI VGA|VESA VGA|simple|simpledrm)/.test(f));
  if (!bootFramebuffer && framebuffers === undefined)
    return item('framebuffer', title, 'unknown', '/proc/fb could not be read');
  if (!bootFramebuffer && !boot)
    return item(
      'framebuffer',
      title,
      'pass',
      `none holds a graphics card${framebuffers?.length ? ` (${framebuffers.join(', ')})` : ''}`,
    );
  const where = bootFramebuffer?.device ? ` in the BAR of ${bootFramebuffer.device}` : '';
  return item(
    'framebuffer',
    title,
    'warn',
    `${bootFramebuffer?.holder ?? boot} holds the boot screen${where}: that card cannot be passed while it does`,
    {
      fix: 'Make another card the primary one in the firmware, or add initcall_blacklist=sysfb_init to the kernel command line (the host then shows nothing on that screen).',
      cause: 'boot-framebuffer-owns-gpu',
    },
  );
};

const guest: Look = (s) =>
  s.platform.container
    ? item(
        'container',
        'container',
        'warn',
        `this is a ${s.platform.container} container: run pt-doctor on the host itself`,
      )
    : undefined;

const LOOKS: readonly Look[] = [
  virtualisation,
  iommu,
  remapping,
  vfio,
  initramfs,
  softdeps,
  lockdown,
  memlock,
  framebuffer,
  guest,
];

/** Every check of the machine that has something to say. */
export function checkPlatform(state: HostState): Part[] {
  return LOOKS.flatMap((look) => look(state) ?? []);
}
