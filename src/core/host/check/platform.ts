// Checks of the machine itself: what must hold before any device can be passed through.
import type { HostState } from '../read-host.ts';
import { type HostLook, item, type Part } from './item.ts';
import { MODULE_LOOKS } from './modules.ts';

const VENDOR = {
  intel: { flag: 'VT-x', iommu: 'VT-d' },
  amd: { flag: 'SVM', iommu: 'IOMMU (AMD-Vi)' },
} as const;
const vendorOf = (s: HostState) => VENDOR[s.platform.cpuVendor ?? 'intel'];

const virtualisation: HostLook = (s) => {
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

const iommu: HostLook = (s) => {
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
  const intel = table === 'DMAR' || s.platform.cpuVendor === 'intel';
  const which = intel ? 'a DMAR' : 'an IVRS';
  return item(
    'iommu',
    title,
    'fail',
    `no groups${table ? `, although the firmware has ${which} table` : ''}`,
    intel
      ? {
          fix: 'Add intel_iommu=on to the kernel command line and reboot.',
          cause: 'iommu-disabled-kernel',
        }
      : {
          fix: 'AMD needs no kernel parameter: switch IOMMU from Auto to Enabled in the firmware setup.',
          cause: 'iommu-disabled-firmware',
        },
  );
};

const remapping: HostLook = (s) => {
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

const lockdown: HostLook = (s) => {
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

const memlock: HostLook = (s) => {
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

const framebuffer: HostLook = (s) => {
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

const guest: HostLook = (s) =>
  s.platform.container
    ? item(
        'container',
        'container',
        'warn',
        `this is a ${s.platform.container} container: run pt-doctor on the host itself`,
      )
    : undefined;

const LOOKS: readonly HostLook[] = [
  virtualisation,
  iommu,
  remapping,
  ...MODULE_LOOKS,
  lockdown,
  memlock,
  framebuffer,
  guest,
];

/** Every check of the machine that has something to say. */
export function checkPlatform(state: HostState): Part[] {
  return LOOKS.flatMap((look) => look(state) ?? []);
}
