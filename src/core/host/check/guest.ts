// Checks of one guest against the host: will it start with its devices, and if not, why.
import { shortBdf, slotOf } from '../../text/bdf.ts';
import { isDisplay } from '../../text/pci-device.ts';
import { functionsOf } from '../groups.ts';
import type { Guest, GuestDevice } from '../guest.ts';
import type { HostState, RomFile } from '../read-host.ts';
import { memory, width } from './guest-memory.ts';
import { item, type Part } from './item.ts';

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
