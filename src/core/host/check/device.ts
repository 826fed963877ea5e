// Checks of one PCI function: can it be taken away from the host, given to a guest, and be got back.
import { shortBdf, slotOf } from '../../text/bdf.ts';
import { isDisplay, isStub } from '../../text/pci-device.ts';
import { blockers, functionsOf, holdsGroup, isBridge, membersOf, openBridges } from '../groups.ts';
import type { Guest } from '../guest.ts';
import type { HostDevice } from '../pci.ts';
import type { HostState } from '../read-host.ts';
import { STATE_LOOKS } from './device-state.ts';
import { type DeviceLook, item, type Part } from './item.ts';

const list = (devices: readonly HostDevice[]) =>
  devices.map((d) => `${shortBdf(d.bdf)}${d.driver ? ` (${d.driver})` : ''}`).join(', ');

/** All functions that go to the guest, or those of the slot when no guest is asked about. */
function passedOf(state: HostState, device: HostDevice, guest: Guest | undefined): Set<string> {
  const hosts = guest ? guest.devices.flatMap((d) => d.hosts) : [slotOf(device.bdf)];
  return new Set(hosts.flatMap((h) => functionsOf(state, h).map((d) => d.bdf)));
}

const bridge: DeviceLook = (_, d) =>
  isBridge(d)
    ? item(
        'bridge',
        'kind',
        'fail',
        'a PCI bridge: what is behind it can be passed, the bridge itself cannot',
        {
          fix: 'Name the device behind it; pt-doctor groups lists them.',
          cause: 'vm-config',
        },
      )
    : undefined;

const group: DeviceLook = (s, d, guest) => {
  const title = 'IOMMU group';
  if (d.group === undefined) {
    if (s.platform.iommu.groups === 0)
      return item('group', title, 'fail', 'none: the IOMMU is off', { cause: 'iommu-disabled-kernel' });
    if (d.unread.iommu_group) return item('group', title, 'unknown', d.unread.iommu_group.why);
    const vmd = !d.bdf.startsWith('0000:');
    return item(
      'group',
      title,
      'fail',
      vmd ? 'none: it sits in a PCI domain of its own (Intel VMD)' : 'none: no IOMMU covers it',
      {
        fix: vmd
          ? 'Switch VMD (RAID / RST) off in the firmware setup; the disks then show up in domain 0000.'
          : undefined,
        cause: vmd ? 'vmd-domain' : 'no-iommu-hardware',
      },
    );
  }
  const members = membersOf(s, d.group).filter((m) => !isBridge(m));
  const others = members.filter((m) => slotOf(m.bdf) !== slotOf(d.bdf));
  const held = blockers(s, d.group, passedOf(s, d, guest));
  if (held.length === 0)
    return others.length === 0
      ? item(
          'group',
          title,
          'pass',
          `${d.group}${members.length > 1 ? `, with the other functions of its slot` : ', alone'}`,
        )
      : item(
          'group',
          title,
          'warn',
          `${d.group}, shared with ${list(others)}: they can only go to the same guest`,
          {
            cause: 'iommu-group-shared',
          },
        );
  const open = openBridges(s, d);
  const acs = open.length > 0 ? `; ${list(open)} ${open.length === 1 ? 'has' : 'have'} no ACS` : '';
  return item('group', title, 'fail', `${d.group} is not viable: host drivers hold ${list(held)}${acs}`, {
    fix: `Give ${held.length === 1 ? 'it' : 'them'} to the guest as well or unbind ${held.length === 1 ? 'it' : 'them'} (driverctl set-override BDF vfio-pci), or put the card into another slot${others.length > 0 ? '; pcie_acs_override splits groups at the price of isolation' : ''}.`,
    cause: 'iommu-group-shared',
  });
};

const driver: DeviceLook = (s, d, guest) => {
  const title = 'driver';
  if (d.driver === undefined)
    return item('driver', title, 'unknown', d.unread.driver?.why ?? 'could not be read');
  if (d.driver === '') return item('driver', title, 'pass', 'none is bound');
  if (isStub(d.driver)) return item('driver', title, 'pass', d.driver);
  const managed =
    s.platform.distribution === 'proxmox' ||
    (guest?.kind === 'libvirt' && guest.devices.some((g) => g.hosts.includes(d.bdf) && g.managed));
  if (managed && !isDisplay(d))
    return item('driver', title, 'pass', `${d.driver}; it is detached when the guest starts`);
  const why = isDisplay(d)
    ? `${d.driver} is bound: a graphics card that its host driver has used often cannot be taken from it`
    : `${d.driver} is bound and must let go first`;
  return item('driver', title, 'warn', why, {
    fix: `pt-doctor plan shows the settings for vfio-pci; at once and until the reboot: driverctl --nosave set-override ${d.bdf} vfio-pci`,
    cause: 'host-driver-bound',
  });
};

const used: DeviceLook = (s, d) => {
  const uses = s.inUse.by.get(d.bdf);
  if (!uses) return undefined;
  return item(
    'in-use',
    'used by the host',
    'fail',
    `the host has ${uses.slice(0, 4).join(', ')} on it and would lose it`,
    {
      fix: 'Do not pass this device, or move what the host has on it elsewhere first.',
      cause: 'device-busy',
    },
  );
};

const RESETS: Readonly<Record<string, string>> = {
  device_specific: 'of its own',
  acpi: 'ACPI _RST',
  flr: 'FLR',
  af_flr: 'AF FLR',
  pm: 'power management',
  bus: 'bus',
  cxl_bus: 'CXL bus',
  unnamed: 'a method that this kernel does not name',
};

const reset: DeviceLook = (s, d, guest) => {
  const title = 'reset';
  if (d.resets === undefined)
    return item('reset', title, 'unknown', d.unread.directory?.why ?? 'could not be read');
  const named = d.resets.map((r) => RESETS[r] ?? r).join(', ');
  if (d.resets.length === 0)
    return item(
      'reset',
      title,
      'warn',
      'the kernel knows no way to reset it: it may work once after each boot of the host',
      {
        fix: d.id?.startsWith('1002:')
          ? 'AMD graphics: the module vendor-reset knows some models.'
          : 'Shut the guest down before the host; after trouble switch the host off and on.',
        cause: 'no-reset-mechanism',
      },
    );
  if (d.resets.every((r) => r === 'bus' || r === 'cxl_bus')) {
    const passed = passedOf(s, d, guest);
    const mates = [...s.pci.devices.values()].filter(
      (m) => !passed.has(m.bdf) && slotOf(m.bdf) === slotOf(d.bdf) && holdsGroup(m),
    );
    if (mates.length > 0)
      return item('reset', title, 'warn', `only by its bus, which also resets ${list(mates)}`, {
        fix: 'Pass all functions of the slot together.',
        cause: 'no-reset-mechanism',
      });
  }
  if (
    d.id?.startsWith('1002:') &&
    isDisplay(d) &&
    !d.resets.some((r) => r === 'flr' || r === 'device_specific')
  )
    return item(
      'reset',
      title,
      'warn',
      `${named}: some AMD cards do not come back after the guest has stopped`,
      {
        fix: 'If the second start of the guest fails: vendor-reset, or a full power-off.',
        cause: 'amd-reset-bug',
      },
    );
  return item('reset', title, 'pass', named);
};

const LOOKS: readonly DeviceLook[] = [bridge, used, group, driver, reset, ...STATE_LOOKS];

/** Every check of a device; with `guest`, against what that guest gets. */
export function checkDevice(state: HostState, device: HostDevice, guest?: Guest): Part[] {
  return LOOKS.flatMap((look) => look(state, device, guest) ?? []);
}
