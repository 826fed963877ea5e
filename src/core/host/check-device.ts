// Checks of one PCI function: can it be taken away from the host, given to a guest, and be got back.
import { shortBdf, slotOf } from '../text/bdf.ts';
import { item, type Part } from './check-item.ts';
import { blockers, functionsOf, holdsGroup, isBridge, membersOf, openBridges } from './groups.ts';
import type { Guest } from './guests.ts';
import type { HostDevice } from './pci.ts';
import type { HostState } from './read-host.ts';

type Look = (state: HostState, device: HostDevice, guest: Guest | undefined) => Part | undefined;

const list = (devices: readonly HostDevice[]) =>
  devices.map((d) => `${shortBdf(d.bdf)}${d.driver ? ` (${d.driver})` : ''}`).join(', ');

const isDisplay = (d: HostDevice) => d.class?.startsWith('03') ?? false;

/** All functions that go to the guest, or those of the slot when no guest is asked about. */
function passedOf(state: HostState, device: HostDevice, guest: Guest | undefined): Set<string> {
  const hosts = guest ? guest.devices.flatMap((d) => d.hosts) : [slotOf(device.bdf)];
  return new Set(hosts.flatMap((h) => functionsOf(state, h).map((d) => d.bdf)));
}

const bridge: Look = (_, d) =>
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

const group: Look = (s, d, guest) => {
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

const driver: Look = (s, d, guest) => {
  const title = 'driver';
  if (d.driver === undefined)
    return item('driver', title, 'unknown', d.unread.driver?.why ?? 'could not be read');
  if (d.driver === '') return item('driver', title, 'pass', 'none is bound');
  if (/vfio/.test(d.driver) || d.driver === 'pci-stub') return item('driver', title, 'pass', d.driver);
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

const used: Look = (s, d) => {
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

const reset: Look = (s, d, guest) => {
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

const power: Look = (_, d) => {
  const title = 'power state';
  const state = d.powerState ?? d.runtimeStatus;
  if (state === undefined)
    return item('power', title, 'unknown', d.unread.power_state?.why ?? 'this kernel does not tell');
  if (state === 'unknown')
    return item('power', title, 'unknown', 'the kernel does not know it: no driver has used the device yet');
  const cold = d.d3coldAllowed === undefined ? '' : `, d3cold_allowed=${d.d3coldAllowed ? 1 : 0}`;
  if (d.revision === 'ff' || d.powerState === 'error')
    return item('power', title, 'fail', `${state}${cold}; its config space read all ones`, {
      fix: 'Switch the host off at the power supply for a minute; a reboot may not be enough.',
      cause: 'device-fell-off-bus',
    });
  if (state === 'D3cold' || state === 'D3hot' || state === 'suspended')
    return item(
      'power',
      title,
      'warn',
      `${state}${cold}: it sleeps, and some devices do not wake up for the guest (it was not woken for this check)`,
      {
        fix: `If the guest fails with D3cold or "inaccessible": options vfio-pci disable_idle_d3=1, or echo 0 > /sys/bus/pci/devices/${d.bdf}/d3cold_allowed`,
        cause: 'd3cold-power-transition',
      },
    );
  return item('power', title, 'pass', `${state}${cold}`);
};

const size = (bytes: bigint) =>
  bytes >= 1n << 30n
    ? `${bytes >> 30n} GiB`
    : bytes >= 1n << 20n
      ? `${bytes >> 20n} MiB`
      : `${bytes >> 10n} KiB`;

const bars: Look = (_, d) => {
  const title = 'BARs';
  const memory = d.bars.filter((b) => b.kind === 'memory' && b.index < 6);
  if (d.unread.resource) return item('bars', title, 'unknown', d.unread.resource.why);
  if (memory.length === 0) return undefined;
  const lost = memory.filter((b) => b.unassigned);
  if (lost.length > 0)
    return item(
      'bars',
      title,
      'fail',
      `no address for ${lost.map((b) => `BAR ${b.index} (${size(b.size)})`).join(', ')}`,
      {
        fix: 'Switch Above 4G Decoding on in the firmware setup; else try pci=realloc on the kernel command line.',
        cause: 'bar-space-exhausted',
      },
    );
  const shown = memory.map((b) => size(b.size)).join(', ');
  const rebar = d.resizable
    .map((r) => ({ now: memory.find((b) => b.index === r.bar), max: r.sizes.at(-1) }))
    .flatMap((r) =>
      r.now && r.max
        ? [`BAR ${r.now.index} is ${size(r.now.size)} of at most ${size(BigInt(r.max) << 20n)}`]
        : [],
    );
  const why = rebar.length > 0 ? `${shown}; resizable: ${rebar.join(', ')}` : shown;
  return item(
    'bars',
    title,
    'pass',
    d.unread.resource0_resize || d.unread.resource1_resize
      ? `${why}; resizable sizes unknown: it sleeps`
      : why,
  );
};

const rom: Look = (s, d, guest) => {
  if (!isDisplay(d)) return undefined;
  const title = 'ROM, boot screen';
  const own = guest?.devices.find((g) => g.hosts.some((h) => h === d.bdf || h === slotOf(d.bdf)));
  const text = d.hasRom === undefined ? 'ROM unknown' : d.hasRom ? 'has a ROM' : 'has no ROM BAR';
  if (d.bootVga) {
    if (s.platform.bootFramebuffer?.device && s.platform.bootFramebuffer.device !== d.bdf)
      return item('rom', title, 'pass', text);
    return item(
      'rom',
      title,
      'warn',
      `${text}; the firmware used it as boot screen, so its ROM may read wrong and a host console holds it`,
      {
        fix: own?.romfile
          ? undefined
          : 'Choose another primary display in the firmware, or give the guest a romfile dumped from this card.',
        cause: 'host-display-in-use',
      },
    );
  }
  if (d.hasRom === false && !own?.romfile)
    return item(
      'rom',
      title,
      'warn',
      `${text}: a guest that boots on it needs a romfile (integrated graphics, laptops)`,
      {
        fix: 'Find the VBIOS (in the firmware update of the machine) and give it as romfile.',
        cause: 'rom-invalid',
      },
    );
  return item('rom', title, 'pass', `${text}, not the boot screen`);
};

const virtual: Look = (_, d) => {
  if (d.physfn) return item('sriov', 'SR-IOV', 'pass', `a virtual function of ${shortBdf(d.physfn)}`);
  if (!d.totalVfs) return undefined;
  return item(
    'sriov',
    'SR-IOV',
    'pass',
    `${d.numVfs ?? 0} of ${d.totalVfs} virtual functions are on; single ones can be passed while the host keeps this one`,
  );
};

const LOOKS: readonly Look[] = [bridge, used, group, driver, reset, power, bars, rom, virtual];

/** Every check of a device; with `guest`, against what that guest gets. */
export function checkDevice(state: HostState, device: HostDevice, guest?: Guest): Part[] {
  return LOOKS.flatMap((look) => look(state, device, guest) ?? []);
}
