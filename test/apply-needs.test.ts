// What the host needs is refused, with the reason and the flag that overrides it; what it only uses is a warning.
import { describe, expect, it } from 'vitest';
import { ALLOW, type Allow } from '../src/core/apply/needs.ts';
import type { Plan } from '../src/core/apply/plan.ts';
import { planWishes } from '../src/core/fix/plan.ts';
import { hostTree, wish } from './support/hosts.ts';
import type { MemoryHost } from './support/memory-host.ts';

const USB = '0000:04:00.3';
const GPU = ['0000:01:00.0', '0000:01:00.1'];
const SCREENS = [...GPU, '0000:04:00.0'];
const DISK = '0000:03:00.0';
const SECOND_DISK = '0000:05:00.0';
const CARD = '0000:02:00.0';
const PORT = '/sys/devices/pci0000:00/0000:00:02.1';
const ROUTE = (name: string) =>
  `Iface\tDestination\tGateway\tFlags\n${name}\t00000000\t0101A8C0\t3\t0\t0\t0\t00000000\n`;

const bind = (host: MemoryHost, devices: readonly string[], allow: readonly Allow[] = []): Plan =>
  planWishes(host, [wish({ do: 'driver-bind', by: 'id' }, devices)], { allow });
const refused = (host: MemoryHost, devices: readonly string[]) =>
  bind(host, devices).refusals.map((r) => [r.device, r.allow]);
const link = (host: MemoryHost, path: string, target: string) => host.put(path, { kind: 'symlink', target });
const mounted = (host: MemoryHost, ...lines: readonly string[]) =>
  host.put('/proc/self/mountinfo', { text: lines.map((l, i) => `${i + 20} 1 ${l}\n`).join('') });

/** One more PCI function of class `kind` below the second port. */
function addDevice(host: MemoryHost, bdf: string, kind: string, driver: string, group = 40): void {
  const at = `${PORT}/${bdf}`;
  link(host, `/sys/bus/pci/devices/${bdf}`, at);
  for (const [name, text] of Object.entries({ vendor: '0x1234', device: '0x5678', class: `0x${kind}` }))
    host.put(`${at}/${name}`, { text: `${text}\n` });
  link(host, `${at}/driver`, `/sys/bus/pci/drivers/${driver}`);
  link(host, `${at}/iommu_group`, `/sys/kernel/iommu_groups/${group}`);
}

/** A block device; `on` is a PCI function or other block devices. */
function addBlock(
  host: MemoryHost,
  name: string,
  dev: string,
  on: string | readonly string[],
  properties = '',
): void {
  const virtual = typeof on !== 'string';
  const at = virtual ? `/sys/devices/virtual/block/${name}` : `${PORT}/${on}/nvme/nvme9/${name}`;
  link(host, `/sys/class/block/${name}`, at);
  host.put(`${at}/dev`, { text: `${dev}\n` });
  if (virtual) for (const below of on) link(host, `${at}/slaves/${below}`, `/sys/class/block/${below}`);
  if (properties) host.put(`/run/udev/data/b${dev}`, { text: properties });
}

/** Debian with a second disk, which holds nothing yet. */
function twoDisks(): MemoryHost {
  const host = hostTree('debian-12');
  addDevice(host, SECOND_DISK, '010802', 'nvme');
  addBlock(host, 'nvme1n1', '259:9', SECOND_DISK);
  return host;
}

const STACKS: Readonly<Record<string, (host: MemoryHost) => void>> = {
  LVM: (host) => {
    addBlock(host, 'dm-0', '252:0', ['nvme1n1']);
    link(host, '/dev/mapper/vg-root', '../dm-0');
    mounted(host, '252:0 / / rw - ext4 /dev/mapper/vg-root rw');
  },
  'LUKS below LVM': (host) => {
    addBlock(host, 'dm-0', '252:0', ['nvme1n1']);
    addBlock(host, 'dm-1', '252:1', ['dm-0']);
    link(host, '/dev/mapper/vg-root', '../dm-1');
    mounted(host, '252:1 / / rw - ext4 /dev/mapper/vg-root rw');
  },
  mdraid: (host) => {
    addBlock(host, 'md0', '9:0', ['nvme0n1p2', 'nvme1n1']);
    mounted(host, '9:0 / / rw - ext4 /dev/md0 rw');
  },
  'a ZFS pool': (host) => {
    host.put('/run/udev/data/b259:9', { text: 'E:ID_FS_TYPE=zfs_member\nE:ID_FS_LABEL=tank\n' });
    mounted(host, '0:26 / / rw - zfs tank/ROOT rw');
  },
  'btrfs on several devices': (host) => {
    for (const dev of ['259:2', '259:9'])
      host.put(`/run/udev/data/b${dev}`, { text: 'E:ID_FS_TYPE=btrfs\nE:ID_FS_UUID=b7\n' });
    mounted(host, '0:30 /root / rw - btrfs /dev/nvme0n1p2 rw');
  },
  'bcachefs on several devices': (host) =>
    mounted(host, '0:31 / / rw - bcachefs /dev/nvme0n1p2:/dev/nvme1n1 rw'),
  'a root that the kernel mounted itself': (host) => mounted(host, '259:9 / / rw - ext4 /dev/root rw'),
  'NVMe with multipath': (host) => {
    const subsystem = '/sys/devices/virtual/nvme-subsystem/nvme-subsys1';
    link(host, '/sys/class/block/nvme1n1', `${subsystem}/nvme1n1`);
    host.put(`${subsystem}/nvme1n1/dev`, { text: '259:9\n' });
    link(host, `${subsystem}/nvme1`, `${PORT}/${SECOND_DISK}/nvme/nvme1`);
    mounted(host, '259:9 / / rw - ext4 /dev/nvme1n1 rw');
  },
  'the boot partition': (host) =>
    mounted(host, '259:2 / / rw - ext4 /dev/nvme0n1p2 rw', '259:9 / /boot rw - ext4 /dev/nvme1n1 rw'),
  'the swap space': (host) =>
    host.put('/proc/swaps', { text: 'Filename\tType\tSize\n/dev/nvme1n1    partition\t8\t0\t-2\n' }),
};

describe('the disk of the system', () => {
  it('is the one that holds it, and no other', () => {
    expect(refused(twoDisks(), [DISK])).toEqual([[DISK, 'root-disk']]);
    expect(refused(twoDisks(), [SECOND_DISK])).toEqual([]);
  });

  it.each(Object.keys(STACKS))('is found below %s', (name) => {
    const host = twoDisks();
    STACKS[name]?.(host);
    const { refusals } = bind(host, [SECOND_DISK]);
    expect(refusals).toEqual([
      {
        device: SECOND_DISK,
        allow: 'root-disk',
        reason: expect.stringMatching(/: it holds (?:\/|the swap)/),
      },
    ]);
  });

  it('may be any disk when it is not found', () => {
    const host = twoDisks();
    mounted(host, '0:50 / / rw - overlay overlay rw');
    expect(bind(host, [SECOND_DISK]).refusals[0]?.reason).toContain('may hold / (overlay on overlay)');
  });

  it('of an ostree host is the one of /sysroot', () => {
    const host = hostTree('silverblue-42');
    addDevice(host, SECOND_DISK, '010802', 'nvme');
    expect(refused(host, [SECOND_DISK])).toEqual([]);
    expect(refused(host, [DISK])).toEqual([[DISK, 'root-disk']]);
  });

  it('a disk with other mounts is a warning', () => {
    const host = twoDisks();
    mounted(
      host,
      '259:2 / / rw - ext4 /dev/nvme0n1p2 rw',
      '259:9 / /srv/my\\040data rw - xfs /dev/nvme1n1 rw',
    );
    const { refusals, warnings } = bind(host, [SECOND_DISK]);
    expect(refusals).toEqual([]);
    expect(warnings[0]).toContain(`${SECOND_DISK} holds /srv/my data: the host loses it`);
  });
});

const WAYS: Readonly<Record<string, (host: MemoryHost) => void>> = {
  'the card itself': () => {},
  'a bridge over a VLAN over a bond': (host) => {
    const net = '/sys/devices/virtual/net';
    for (const [upper, lower] of [
      ['vmbr0', 'bond0.5'],
      ['bond0.5', 'bond0'],
      ['bond0', 'enp2s0'],
    ]) {
      link(host, `/sys/class/net/${upper}`, `${net}/${upper}`);
      link(host, `${net}/${upper}/lower_${lower}`, `/sys/class/net/${lower}`);
    }
    host.put('/proc/net/route', { text: ROUTE('vmbr0') });
  },
  'IPv6 only': (host) => {
    host.put('/proc/net/route', { text: 'Iface\tDestination\n' });
    host.put('/proc/net/ipv6_route', {
      text: `${'0'.repeat(32)} 00 ${'0'.repeat(32)} 00 fe80 00000400 00000003 00000000 00000003 enp2s0\n`,
    });
  },
  'a bridge of Open vSwitch, which names no card': (host) => {
    link(host, '/sys/class/net/vmbr0', '/sys/devices/virtual/net/vmbr0');
    host.put('/proc/net/route', { text: ROUTE('vmbr0') });
  },
  'a VPN': (host) => host.put('/proc/net/route', { text: ROUTE('wg0') }),
  'no default route at all': (host) => host.put('/proc/net/route', { text: 'Iface\tDestination\n' }),
};

describe('the network card', () => {
  it.each(Object.keys(WAYS))('is refused when the way in is %s', (name) => {
    const host = hostTree('debian-12');
    WAYS[name]?.(host);
    expect(refused(host, [CARD])).toEqual([[CARD, 'only-network']]);
  });

  it('is free when the default route goes through another one', () => {
    const host = hostTree('debian-12');
    addDevice(host, '0000:05:00.0', '020000', 'igc');
    expect(refused(host, ['0000:05:00.0'])).toEqual([]);
    host.put('/proc/net/route', { text: ROUTE('wg0') });
    expect(refused(host, ['0000:05:00.0'])).toEqual([]);
    expect(refused(host, ['0000:05:00.0', CARD]).map(([, allow]) => allow)).toEqual([
      'only-network',
      'only-network',
    ]);
  });
});

describe('the screen', () => {
  it('is refused only when it is the last and there is no other way in', () => {
    const host = hostTree('debian-12');
    expect(refused(host, SCREENS)).toEqual([]);
    host.put('/proc/net/tcp', { text: '  sl  local_address\n' });
    expect(refused(host, SCREENS).map(([, allow]) => allow)).toEqual(['only-gpu', 'only-gpu']);
    expect(refused(host, GPU)).toEqual([]);
    host.put('/proc/cmdline', { text: 'quiet console=ttyS0,115200\n' });
    expect(refused(host, SCREENS)).toEqual([]);
  });

  it('does not count when vfio-pci has it already', () => {
    const host = hostTree('debian-12');
    host.put('/proc/net/tcp', { text: '  sl  local_address\n' });
    link(host, '/sys/devices/pci0000:00/0000:00:08.1/0000:04:00.0/driver', '/sys/bus/pci/drivers/vfio-pci');
    expect(refused(host, GPU)).toEqual([[GPU[0], 'only-gpu']]);
  });

  it('that the host boots on is a warning', () => {
    expect(bind(hostTree('debian-12'), ['0000:04:00.0']).warnings.join()).toContain('stays dark');
    expect(bind(hostTree('debian-12'), GPU).warnings).toEqual([]);
  });
});

describe('other devices', () => {
  it('a physical function with active virtual functions is refused', () => {
    const host = hostTree('debian-12');
    host.put(`/sys/devices/pci0000:00/0000:00:08.1/${USB}/sriov_numvfs`, { text: '2\n' });
    expect(refused(host, [USB])).toEqual([[USB, 'active-vfs']]);
  });

  it('one of the host that ids= takes as well is refused', () => {
    const host = hostTree('debian-12');
    host.put('/etc/modprobe.d/vfio.conf', { text: 'options vfio-pci ids=8086:15F3\n' });
    expect(refused(host, [USB])).toEqual([[CARD, 'shared-id']]);
  });

  it('one in the same IOMMU group is refused when the host needs it, and a warning when it only uses it', () => {
    const host = hostTree('debian-12');
    const path = [...host.tree().keys()].find((p) => p.endsWith(`${DISK}/iommu_group`)) ?? '';
    link(host, path, '/sys/kernel/iommu_groups/21');
    expect(refused(host, [USB])).toEqual([[DISK, 'root-disk']]);
    expect(bind(hostTree('debian-12'), ['0000:01:00.0']).warnings[0]).toContain(
      '0000:01:00.1 (snd_hda_intel)',
    );
  });
});

it('every refusal has a reason and is overridden by its own flag only', () => {
  const host = twoDisks();
  host.put('/proc/net/tcp', { text: '  sl  local_address\n' });
  host.put('/proc/cmdline', { text: 'quiet\n' });
  host.put(`/sys/devices/pci0000:00/0000:00:08.1/${USB}/sriov_numvfs`, { text: '2\n' });
  host.put('/etc/modprobe.d/vfio.conf', { text: 'options vfio-pci ids=8086:15f3\n' });
  const cases: Readonly<Record<Allow, readonly string[]>> = {
    'root-disk': [DISK],
    'only-network': [CARD],
    'only-gpu': SCREENS,
    'active-vfs': [USB],
    'shared-id': GPU,
  };
  for (const allow of Object.keys(ALLOW) as Allow[]) {
    const devices = cases[allow];
    const { refusals } = bind(host, devices);
    expect(
      refusals.map((r) => r.allow),
      allow,
    ).toContain(allow);
    for (const r of refusals) expect(r.reason, allow).toMatch(/^0000:[^ ]+: .{10}/);
    const left = bind(host, devices, [allow]).refusals;
    expect(left, allow).toEqual(refusals.filter((r) => r.allow !== allow));
    expect(bind(host, devices, Object.keys(ALLOW) as Allow[]).refusals, allow).toEqual([]);
  }
});

const IOMMU_OFF = (vendor: string, table?: string) => {
  const host = hostTree('debian-12');
  for (const path of host.tree().keys()) if (path.endsWith('/iommu_group')) host.remove(path);
  host.put('/proc/cpuinfo', { text: `vendor_id\t: ${vendor}\n` });
  if (table) host.put(`/sys/firmware/acpi/tables/${table}`, { text: table });
  return host;
};

describe('an IOMMU that is off', () => {
  const grub = (plan: Plan) => plan.changes.find((c) => c.path.includes('grub'))?.after ?? '';
  it('is switched on with the binding where an argument does it', () => {
    expect(grub(bind(IOMMU_OFF('GenuineIntel', 'DMAR'), [USB]))).toContain('intel_iommu=on');
    expect(grub(bind(IOMMU_OFF('AuthenticAMD', 'IVRS'), [USB]))).toBe('');
  });
  it('is a matter of the firmware where there is no table', () => {
    const { warnings } = bind(IOMMU_OFF('AuthenticAMD'), [USB]);
    expect(warnings.join()).toContain('the firmware has no IVRS table. Switch AMD-Vi (IOMMU) on');
    expect(bind(IOMMU_OFF('GenuineIntel'), [USB]).warnings.join()).toContain('no DMAR table');
  });
  it('and on by default needs no intel_iommu=on, on AMD it never does', () => {
    const wish = (host: MemoryHost) =>
      planWishes(host, [
        {
          fix: { id: 'i', title: 'i', action: { do: 'kernel-arg', add: ['intel_iommu=on'], remove: [] } },
          devices: [],
        },
      ]);
    const amd = wish(hostTree('debian-12'));
    expect([amd.changes, amd.warnings]).toEqual([[], [expect.stringContaining('does nothing on an AMD')]]);
    const host = hostTree('debian-12');
    host.put('/proc/cpuinfo', { text: 'vendor_id\t: GenuineIntel\n' });
    expect(wish(host).warnings[0]).toContain('has the Intel IOMMU on by default');
    host.put('/proc/cmdline', { text: 'quiet intel_iommu=on\n' });
    expect(wish(host).changes).toHaveLength(1);
  });
});
