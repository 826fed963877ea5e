// Checks of what a PCI function is like at the moment: its power state, its memory, its ROM, its virtual functions.
import { shortBdf, slotOf } from '../../text/bdf.ts';
import { isDisplay } from '../../text/pci-device.ts';
import { type DeviceLook, item } from './item.ts';

const power: DeviceLook = (_, d) => {
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

const bars: DeviceLook = (_, d) => {
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

const rom: DeviceLook = (s, d, guest) => {
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

const virtual: DeviceLook = (_, d) => {
  if (d.physfn) return item('sriov', 'SR-IOV', 'pass', `a virtual function of ${shortBdf(d.physfn)}`);
  if (!d.totalVfs) return undefined;
  return item(
    'sriov',
    'SR-IOV',
    'pass',
    `${d.numVfs ?? 0} of ${d.totalVfs} virtual functions are on; single ones can be passed while the host keeps this one`,
  );
};

/** In the order in which they are told. */
export const STATE_LOOKS: readonly DeviceLook[] = [power, bars, rom, virtual];
