// Checks of a guest's memory: is there enough of it to be pinned, and does the IOMMU reach all of it.
import type { Guest } from '../guest.ts';
import type { HostState } from '../read-host.ts';
import { item, type Part } from './item.ts';

const gib = (mib: number) => (mib >= 1024 ? `${Math.round(mib / 102.4) / 10} GiB` : `${mib} MiB`);

export function memory(state: HostState, guest: Guest): Part[] {
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

/** Guest address bits: `host` processors take the host's, others 40 unless told (QEMU, target/i386/cpu.c). */
export function width(state: HostState, guest: Guest): Part | undefined {
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
