// What the host itself lives on: giving away the controller of its root disk or its only network ends the host.
import type { Bdf } from '../model.ts';
import { got, inParallel, type Tree, textOf } from './tree.ts';

export interface InUse {
  /** PCI function to what the host has on it: `/ (nvme0n1p2)`, `vmbr0 (enp5s0)`. */
  readonly by: ReadonlyMap<Bdf, readonly string[]>;
}

const BDF = /[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]/g;
/** The PCI function nearest to a device whose sysfs place is `path`. */
const ownerOf = (path: string | undefined): Bdf | undefined => path?.match(BDF)?.at(-1);

/** Disks that are mounted, serve a pool or a mapping, and network cards that are bridged or carry the default route. */
export async function readInUse(tree: Tree): Promise<InUse> {
  const by = new Map<Bdf, string[]>();
  const put = (bdf: Bdf | undefined, what: string) => {
    if (bdf) by.set(bdf, [...new Set([...(by.get(bdf) ?? []), what])]);
  };
  const mounts = got(await tree.pick('/proc/mounts', (line) => line.startsWith('/dev/'))) ?? '';
  const disks = (got(await tree.list('/sys/block')) ?? []).filter(
    (d) => !/^(?:loop|ram|zram|sr|fd|dm-|md|zd)/.test(d),
  );
  await inParallel(disks, 8, async (disk) => {
    const owner = ownerOf(got(await tree.readLink(`/sys/block/${disk}`)));
    if (!owner) return;
    const holders = got(await tree.list(`/sys/block/${disk}/holders`)) ?? [];
    for (const line of mounts.split('\n')) {
      const [dev = '', where = ''] = line.split(' ');
      if (dev.startsWith(`/dev/${disk}`)) put(owner, `${where} (${dev.slice(5)})`);
    }
    const parts = (got(await tree.list(`/sys/block/${disk}`)) ?? []).filter((n) => n.startsWith(disk));
    for (const part of parts) {
      const held = got(await tree.list(`/sys/block/${disk}/${part}/holders`)) ?? [];
      for (const holder of held) put(owner, `${holder} (${part})`);
    }
    for (const holder of holders) put(owner, `${holder} (${disk})`);
  });
  const route = got(await tree.pick('/proc/net/route', (line) => line.split('\t')[1] === '00000000')) ?? '';
  const defaults = new Set(
    route.split('\n').flatMap((l) => (l.split('\t')[1] === '00000000' ? [l.split('\t')[0] ?? ''] : [])),
  );
  const nets = (got(await tree.list('/sys/class/net')) ?? []).filter((n) => n !== 'lo');
  await inParallel(nets, 8, async (net) => {
    const owner = ownerOf(got(await tree.readLink(`/sys/class/net/${net}`)));
    if (!owner) return;
    const master = got(await tree.readLink(`/sys/class/net/${net}/master`));
    if (defaults.has(net)) put(owner, `the default route (${net})`);
    else if (master && (await textOf(tree, `/sys/class/net/${net}/operstate`)) === 'up')
      put(owner, `${master.slice(master.lastIndexOf('/') + 1)} (${net})`);
  });
  return { by };
}
