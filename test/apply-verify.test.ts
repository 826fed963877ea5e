// Verify: each drift with its likely reason, on host trees that are put into the state after a reboot.
import { expect, it } from 'vitest';
import { applyPlan } from '../src/core/apply/apply.ts';
import { readRecords } from '../src/core/apply/record.ts';
import { verifyRecords } from '../src/core/apply/verify.ts';
import { planWishes } from '../src/core/fix/plan.ts';
import { hostTree, wish } from './support/hosts.ts';
import type { MemoryHost } from './support/memory-host.ts';

const USB = '0000:04:00.3';
const SYS = `/sys/devices/pci0000:00/0000:00:08.1/${USB}`;
const APPLIED = 1000;

/** A Debian host with everything applied; `image` is what lsinitramfs prints. */
function applied(image: string): MemoryHost {
  const host = hostTree('debian-12', {
    run: ([program]) => ({ status: 0, output: program === 'lsinitramfs' ? image : '' }),
  });
  host.put('/boot/initrd.img-6.1.0-31-amd64', { text: '' });
  const plan = planWishes(host, [
    wish({ do: 'kernel-arg', add: ['iommu=pt'], remove: [] }),
    wish({ do: 'modprobe-option', module: 'vfio-pci', options: { disable_idle_d3: '1' } }),
    wish({ do: 'sysfs-value', attribute: 'd3cold_allowed', value: '0', bridges: false }, [USB]),
    wish({ do: 'driver-bind', by: 'id' }, [USB]),
  ]);
  expect(applyPlan(host, plan, 't', 'w', APPLIED).outcome).toBe('done');
  return host;
}

const GOOD_IMAGE = 'etc/modprobe.d/pt-doctor.conf\netc/pt-doctor/bind-vfio\n';

function reboot(host: MemoryHost): void {
  host.put('/proc/sys/kernel/random/boot_id', { text: '6f5c1f2e-0000-4000-8000-000000000002\n' });
  host.put('/proc/cmdline', { text: 'BOOT_IMAGE=/boot/vmlinuz root=UUID=0 ro quiet iommu=pt\n' });
  host.put('/sys/module/vfio_pci/parameters/disable_idle_d3', { text: 'Y\n' });
  for (const m of ['vfio', 'vfio_iommu_type1']) host.put(`/sys/module/${m}`, { kind: 'dir', mode: 0o755 });
  host.put(`${SYS}/driver`, { kind: 'symlink', target: '/sys/bus/pci/drivers/vfio-pci' });
  host.put(`${SYS}/d3cold_allowed`, { text: '0\n' });
}

const drift = (host: MemoryHost) =>
  verifyRecords(
    host,
    readRecords(host).map((r) => r.record),
  )
    .checks.filter((c) => !c.ok)
    .map((c) => `${c.what}: ${c.found}; ${c.reason}`);

it('agrees after a good reboot', () => {
  const host = applied(GOOD_IMAGE);
  reboot(host);
  expect(drift(host)).toEqual([]);
  const { checks } = verifyRecords(
    host,
    readRecords(host).map((r) => r.record),
  );
  expect(checks.map((c) => c.what)).toEqual(
    expect.arrayContaining([
      'kernel argument iommu=pt',
      'vfio-pci disable_idle_d3=1',
      `${USB} is bound to vfio-pci`,
      `${USB} has an IOMMU group`,
      `${USB} d3cold_allowed is 0`,
      '/etc/pt-doctor/bind-vfio is in the initramfs',
      '/etc/modprobe.d/pt-doctor.conf is as written',
      'module vfio_iommu_type1 is loaded',
    ]),
  );
});

it('names the missing reboot', () => {
  const host = applied(GOOD_IMAGE);
  const found = drift(host);
  expect(found.length).toBeGreaterThan(4);
  for (const line of found) expect(line).toMatch(/the host was not rebooted since$/);
});

it('names the boot loader that was not the one', () => {
  const host = applied(GOOD_IMAGE);
  reboot(host);
  host.put('/proc/cmdline', { text: 'BOOT_IMAGE=/boot/vmlinuz root=UUID=0 ro quiet\n' });
  expect(drift(host)).toEqual([
    'kernel argument iommu=pt: absent; the boot loader that booted is not the one that was edited (GRUB (update-grub)), or its refresh did not reach the disk that boots',
  ]);
});

it('names the initramfs that was not rebuilt', () => {
  const host = applied('etc/modprobe.d/blacklist.conf\n');
  reboot(host);
  host.put(`${SYS}/driver`, { kind: 'symlink', target: '/sys/bus/pci/drivers/xhci_hcd' });
  expect(drift(host)).toEqual([
    `${USB} is bound to vfio-pci: xhci_hcd; the initramfs of the running kernel does not contain /etc/modprobe.d/pt-doctor.conf: it was not rebuilt`,
    '/etc/modprobe.d/pt-doctor.conf is in the initramfs: absent; the initramfs of 6.1.0-31-amd64 was not rebuilt',
    '/etc/pt-doctor/bind-vfio is in the initramfs: absent; the initramfs of 6.1.0-31-amd64 was not rebuilt',
  ]);
});

it('names a driver that is built in', () => {
  const host = applied(GOOD_IMAGE);
  reboot(host);
  host.put(`${SYS}/driver`, { kind: 'symlink', target: '/sys/bus/pci/drivers/xhci_hcd' });
  host.put('/lib/modules/6.1.0-31-amd64/modules.builtin', { text: 'kernel/drivers/usb/host/xhci-pci.ko\n' });
  expect(drift(host)).toEqual([
    `${USB} is bound to vfio-pci: xhci_hcd; xhci_hcd is built into the kernel and was first`,
  ]);
});

it('names an edited file, another device at the address, and an IOMMU that is off', () => {
  const host = applied(GOOD_IMAGE);
  reboot(host);
  host.put('/etc/modprobe.d/pt-doctor.conf', { text: '# mine\n' });
  host.remove(`${SYS}/iommu_group`);
  expect(drift(host)).toEqual([
    '/etc/modprobe.d/pt-doctor.conf is as written: edited; someone changed it since',
    `${USB} has an IOMMU group: none; the IOMMU is off, in the firmware or on the kernel command line`,
  ]);
  host.put(`${SYS}/device`, { text: '0x9999\n' });
  expect(drift(host)).toContain(`${USB} is 1022:1639: 1022:9999; another device sits at this address now`);
});
