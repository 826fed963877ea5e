// Checks of one guest against the host: will it start with its devices, and if not, why.
import { shortBdf, slotOf } from '../text/bdf.ts';
import { item, type Part } from './check-item.ts';
import { functionsOf } from './groups.ts';
import type { Guest, GuestDevice } from './guests.ts';
import type { HostDevice } from './pci.ts';
import type { HostState, RomFile } from './read-host.ts';

const isDisplay = (d: HostDevice) => d.class?.startsWith('03') ?? false;
const gib = (mib: number) => (mib >= 1024 ? `${Math.round(mib / 102.4) / 10} GiB` : `${mib} MiB`);

function entry(state: HostState, guest: Guest, device: GuestDevice): Part[] {
  const title = `${device.key} ${device.named}`;
  const cause = 'device-absent';
  if (state.pci.missing)
    return [item('entry', title, 'unknown', `the PCI devices could not be read: ${state.pci.missing.why}`)];
  if (device.hosts.length === 0)
    return [
      item(
        'entry',
        title,
        'fail',
        device.mapping ? `the mapping ${device.mapping} has no device on this node` : 'not a PCI address',
        {
          fix: device.mapping
            ? 'Datacenter, Resource Mappings: add the device of this node.'
            : 'Write it as 0000:01:00.0',
          cause,
        },
      ),
    ];
  const absent = device.hosts.filter((h) => functionsOf(state, h).length === 0);
  if (absent.length > 0)
    return [
      item(
        'entry',
        title,
        'fail',
        `there is no ${absent.map((h) => h.replace(/^0000:/, '')).join(', ')} on this host`,
        {
          fix: 'pt-doctor groups lists the devices; addresses change when a card is added, removed or moved.',
          cause,
        },
      ),
    ];
  const parts: Part[] = [];
  const functions = device.hosts.flatMap((h) => functionsOf(state, h));
  const rivals = state.guests.list.filter(
    (g) =>
      g !== guest &&
      g.devices.some((o) => o.hosts.some((h) => functionsOf(state, h).some((f) => functions.includes(f)))),
  );
  const running = rivals.filter((g) => g.running);
  if (running.length > 0)
    parts.push(
      item('entry', title, 'fail', `guest ${running.map((g) => g.id).join(', ')} has it and is running`, {
        fix: `Stop guest ${running[0]?.id} first.`,
        cause: 'device-busy',
      }),
    );
  else if (rivals.length > 0)
    parts.push(
      item(
        'entry',
        title,
        'warn',
        `guest ${rivals.map((g) => g.id).join(', ')} wants it too: only one of them can run`,
        { cause: 'device-busy' },
      ),
    );
  const [first] = functions;
  const rest = [...state.pci.devices.values()].filter((d) => first && slotOf(d.bdf) === slotOf(first.bdf));
  const lone = functions.length === 1 && first && isDisplay(first) && rest.length > 1 && !first.physfn;
  const given = guest.devices.flatMap((d) => d.hosts).flatMap((h) => functionsOf(state, h));
  const left = rest.filter((d) => !given.includes(d));
  if (lone && left.length > 0)
    parts.push(
      item(
        'entry',
        title,
        'warn',
        `the graphics go without ${left.map((d) => shortBdf(d.bdf)).join(', ')} of the same card`,
        {
          fix:
            guest.kind === 'proxmox'
              ? `${device.key}: ${slotOf(first.bdf).replace(/^0000:/, '')},... passes all functions`
              : 'Add a hostdev for each function.',
          cause: 'vm-config',
        },
      ),
    );
  return parts.length > 0
    ? parts
    : [
        item(
          'entry',
          title,
          'pass',
          functions.map((d) => `${shortBdf(d.bdf)}${d.name ? ` ${d.name}` : ''}`).join('; '),
        ),
      ];
}

function machine(state: HostState, guest: Guest): Part | undefined {
  const pcie = guest.devices.filter((d) => d.pcie);
  const title = 'machine type';
  if (guest.q35 === undefined) return undefined;
  if (guest.kind === 'proxmox' && pcie.length > 0 && !guest.q35)
    return item('machine', title, 'fail', `${pcie[0]?.key} says pcie=1, which only q35 machines have`, {
      fix: `qm set ${guest.id} --machine q35 (a Windows guest may need its drivers again), or take pcie=1 away`,
      cause: 'vm-config',
    });
  const display = guest.devices.some((d) => d.hosts.some((h) => functionsOf(state, h).some(isDisplay)));
  if (display && !guest.q35)
    return item('machine', title, 'warn', `${guest.machine ?? 'i440fx'}: graphics cards work better on q35`, {
      fix:
        guest.kind === 'proxmox'
          ? `qm set ${guest.id} --machine q35, and pcie=1 on the device`
          : "machine='q35' in <os><type>",
      cause: 'vm-config',
    });
  return item('machine', title, 'pass', guest.machine ?? 'default');
}

function firmware(state: HostState, guest: Guest): Part | undefined {
  const display = guest.devices.find((d) => d.hosts.some((h) => functionsOf(state, h).some(isDisplay)));
  if (!display) return undefined;
  return guest.ovmf
    ? item('firmware', 'firmware', 'pass', 'OVMF')
    : item(
        'firmware',
        'firmware',
        'warn',
        'SeaBIOS: a modern graphics card shows its first picture only under OVMF',
        {
          fix: 'A new guest: choose OVMF (UEFI). An installed one must be converted to GPT first.',
          cause: 'vm-config',
        },
      );
}

function memory(state: HostState, guest: Guest): Part[] {
  const want = guest.memory;
  if (want === undefined || guest.devices.length === 0) return [];
  const { total, available, hugepages } = state.platform.memory;
  const parts: Part[] = [];
  const cause = 'hugepages-shortage';
  if (guest.hugepages) {
    const sizes = hugepages.filter(
      (h) => guest.hugepages === 'any' || guest.hugepages === 'on' || String(h.sizeMiB) === guest.hugepages,
    );
    const free = sizes.reduce((sum, h) => sum + h.free * h.sizeMiB, 0);
    const reserved = sizes.reduce((sum, h) => sum + h.total * h.sizeMiB, 0);
    if (hugepages.length === 0)
      parts.push(item('hugepages', 'hugepages', 'unknown', '/sys/kernel/mm/hugepages could not be read'));
    else if (guest.running)
      parts.push(item('hugepages', 'hugepages', 'pass', 'the guest is running with them'));
    else if (free >= want)
      parts.push(item('hugepages', 'hugepages', 'pass', `${gib(free)} free for ${gib(want)}`));
    else {
      // Proxmox VE allocates missing pages when the guest starts, if memory in one piece is left.
      const late = guest.kind === 'proxmox' && available !== undefined && available > want - free;
      const pages = Math.ceil(want / (sizes[0]?.sizeMiB || 2));
      parts.push(
        item(
          'hugepages',
          'hugepages',
          late ? 'warn' : 'fail',
          `${gib(free)} of ${gib(reserved)} reserved are free, the guest wants ${gib(want)}`,
          {
            fix: `Reserve them at boot: ${sizes[0]?.sizeMiB === 1024 ? 'hugepagesz=1G ' : ''}hugepages=${pages} on the kernel command line`,
            cause,
          },
        ),
      );
    }
  } else if (!guest.running && available !== undefined && want > available)
    parts.push(
      item(
        'memory',
        'memory',
        total !== undefined && want > total ? 'fail' : 'warn',
        `the guest pins all its ${gib(want)}; ${gib(available)} are available`,
        {
          fix: 'Give the guest less memory, or stop others. ZFS keeps half of the memory as cache by default (zfs_arc_max).',
          cause,
        },
      ),
    );
  else if (available !== undefined)
    parts.push(item('memory', 'memory', 'pass', `${gib(want)} pinned, ${gib(available)} available`));
  if (guest.ballooning && guest.kind === 'proxmox' && guest.options.balloon !== undefined)
    parts.push(
      item(
        'balloon',
        'ballooning',
        'warn',
        'has no effect: a device may write to all of the memory, so all of it stays pinned',
        { fix: `qm set ${guest.id} --balloon 0`, cause: 'vm-config' },
      ),
    );
  return parts;
}

function romfiles(guest: Guest, roms: ReadonlyMap<string, RomFile>): Part[] {
  return guest.devices.flatMap((d) => {
    const rom = d.romfile === undefined ? undefined : roms.get(d.romfile);
    if (!rom) return [];
    const title = `${d.key} romfile`;
    const fix = 'Put a dump of the VBIOS of this very card there; it begins with the bytes 55 aa.';
    if (rom.state === 'good') return [item('romfile', title, 'pass', rom.path)];
    if (rom.state === 'unknown') return [item('romfile', title, 'unknown', `${rom.path}: ${rom.why}`)];
    // QEMU ends when the file is missing; with a wrong one it starts and the card stays dark.
    const status = rom.state === 'missing' ? 'fail' : 'warn';
    return [item('romfile', title, status, `${rom.path}: ${rom.why}`, { fix, cause: 'rom-invalid' })];
  });
}

/** Guest address bits: `host` processors take the host's, others 40 unless told (QEMU, target/i386/cpu.c). */
function width(state: HostState, guest: Guest): Part | undefined {
  const bits = state.platform.iommu.width;
  if (bits === undefined || guest.devices.length === 0) return undefined;
  const host = /host/.test(guest.cpu ?? '');
  const own = guest.physBits ?? (host ? state.platform.physBits : 40);
  if (own === undefined) return undefined;
  const need = Math.ceil(Math.log2((guest.memory ?? 0) * 2 ** 20 + 2 ** 32));
  if (need > bits)
    return item(
      'address-width',
      'address width',
      'fail',
      `the guest's memory needs ${need} bits, the IOMMU translates ${bits}`,
      {
        fix: 'Give the guest less memory.',
        cause: 'iommu-address-width',
      },
    );
  if (own <= bits) return item('address-width', 'address width', 'pass', `guest ${own} bits, IOMMU ${bits}`);
  return item(
    'address-width',
    'address width',
    'warn',
    `the guest has ${own} address bits, the IOMMU translates ${bits}: firmware that puts BARs above is refused (VFIO_MAP_DMA ... Invalid argument)`,
    {
      fix:
        guest.kind === 'proxmox'
          ? `qm set ${guest.id} --cpu ${guest.cpu?.split(',')[0] || 'host'},phys-bits=${bits}`
          : `<maxphysaddr mode='emulate' bits='${bits}'/> in <cpu>`,
      cause: 'iommu-address-width',
    },
  );
}

function usb(guest: Guest): Part | undefined {
  const [first] = guest.usb;
  if (!first) return undefined;
  return item(
    'usb',
    'USB devices',
    first.usb3 ? 'pass' : 'warn',
    `${guest.usb.map((u) => u.host).join(', ')} through an emulated ${first.usb3 ? 'USB 3' : 'USB 2'} controller: fine for small devices, 30 to 40 MB/s for disks`,
    {
      fix: 'For disks pass a whole USB controller (pt-doctor groups --usb shows which).',
      cause: 'usb-passthrough-slow',
    },
  );
}

/** Every check of a guest's configuration. The devices themselves are checked by checkDevice. */
export function checkGuest(state: HostState, guest: Guest): Part[] {
  if (guest.devices.length === 0) return [item('entry', 'devices', 'pass', 'no PCI device is passed to it')];
  return [
    ...guest.devices.flatMap((d) => entry(state, guest, d)),
    ...[machine(state, guest), firmware(state, guest)].flatMap((p) => p ?? []),
    ...romfiles(guest, state.romfiles),
    ...memory(state, guest),
    ...[width(state, guest), usb(guest)].flatMap((p) => p ?? []),
  ];
}
