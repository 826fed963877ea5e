// Who uses the graphics: DRM fdinfo of every process (Documentation/gpu/drm-usage-stats.rst), guests by their names, cards
// that were given away. Nothing here reads the card: the kernel keeps these counters.
import type { Bdf } from '../model.ts';
import { sanitize } from '../text/sanitize.ts';
import { got, inParallel, isRead, type Tree } from './tree.ts';

export interface Engine {
  /** Nanoseconds busy (`drm-engine-NAME`), or cycles out of `total` (`drm-cycles-NAME`, `drm-total-cycles-NAME`). */
  readonly busy: number;
  readonly total?: number;
  /** Engines of this kind that share the counter. */
  readonly capacity: number;
}

/** One open file of a DRM device. */
export interface DrmClient {
  readonly driver: string;
  readonly device?: Bdf;
  /** The same client may be open several times; its counters are the same. */
  readonly client?: string;
  readonly engines: ReadonlyMap<string, Engine>;
  /** Bytes by region: `vram`, `gtt`, `system`, `local0`. */
  readonly memory: ReadonlyMap<string, number>;
}

const UNITS: Readonly<Record<string, number>> = { '': 1, B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };
/** What of a region's sizes says best how much is held: resident, else the older `drm-memory-`, else all that was asked for. */
const KINDS = ['total', 'memory', 'resident'];

/** The DRM part of /proc/PID/fdinfo/FD, or undefined when the file is none of DRM's or its driver tells nothing. */
export function parseFdinfo(text: string): DrmClient | undefined {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const at = line.indexOf(':');
    if (line.startsWith('drm-') && at > 0) fields.set(line.slice(4, at), line.slice(at + 1).trim());
  }
  const driver = fields.get('driver');
  if (driver === undefined) return undefined;
  const number = (key: string) => {
    const value = /^\d+/.exec(fields.get(key) ?? '')?.[0];
    return value === undefined ? undefined : Number(value);
  };
  const engines = new Map<string, Engine>();
  const memory = new Map<string, { rank: number; bytes: number }>();
  for (const [key, value] of fields) {
    const engine = /^(engine|cycles)-(?!capacity-)(.+)$/.exec(key);
    if (engine) {
      const [, kind, name = ''] = engine;
      const total = kind === 'cycles' ? number(`total-cycles-${name}`) : undefined;
      // Cycles without the clock they run against say nothing; a driver may give both kinds.
      if (kind === 'cycles' && (total === undefined || engines.has(name))) continue;
      engines.set(name, {
        busy: number(key) ?? 0,
        capacity: number(`engine-capacity-${name}`) ?? 1,
        ...(total === undefined ? {} : { total }),
      });
      continue;
    }
    const region = /^(total|memory|resident)-(?!cycles-)(.+)$/.exec(key);
    const size = /^(\d+)\s*([KMG]iB|B)?$/.exec(value);
    if (!region || !size) continue;
    const [, kind = '', name = ''] = region;
    const rank = KINDS.indexOf(kind);
    const bytes = Number(size[1]) * (UNITS[size[2] ?? ''] ?? 1);
    if ((memory.get(name)?.rank ?? -1) < rank) memory.set(name, { rank, bytes });
  }
  const device = fields.get('pdev')?.toLowerCase();
  const client = fields.get('client-id');
  return {
    driver: sanitize(driver),
    engines,
    memory: new Map([...memory].map(([name, { bytes }]) => [sanitize(name), bytes])),
    ...(device ? { device } : {}),
    ...(client ? { client } : {}),
  };
}

/** A guest's name from the command line of its QEMU: `-name guest=win10,...` (libvirt), `-id 100 -name gaming` (Proxmox VE). */
export function guestOfCommand(args: readonly string[]): string | undefined {
  if (!/(?:^|\/)(?:qemu-system-\w+|qemu-kvm|kvm)$/.test(args[0] ?? '')) return undefined;
  const after = (option: string) => args[args.indexOf(option) + 1];
  const id = args.includes('-id') ? after('-id') : undefined;
  const named = args.includes('-name') ? after('-name') : undefined;
  const name = named
    ?.split(',')
    .map((p) => p.replace(/^guest=/, ''))
    .find((p) => !p.includes('='));
  if (id === undefined && name === undefined) return 'QEMU without a name';
  return sanitize(
    [id, id !== undefined && name !== undefined ? `(${name})` : name].filter(Boolean).join(' '),
  );
}

export interface GpuProcess {
  readonly pid: number;
  readonly name: string;
  /** The guest whose QEMU it is. */
  readonly guest?: string;
  readonly clients: readonly DrmClient[];
  /** Device files of vendors that tell no usage, such as /dev/nvidia0. */
  readonly opened: readonly string[];
  /** IOMMU groups that it holds through vfio. */
  readonly groups: readonly number[];
}

export interface GpuSample {
  /** Milliseconds on the caller's clock. */
  readonly at: number;
  readonly processes: readonly GpuProcess[];
  /** Processes whose files could not be looked at. */
  readonly denied: number;
}

interface OpenFiles {
  readonly drm: readonly string[];
  readonly opened: readonly string[];
  readonly vfio: readonly string[];
}

async function openFiles(tree: Tree, pid: string): Promise<OpenFiles | 'denied' | undefined> {
  const fds = await tree.list(`/proc/${pid}/fd`);
  if (!isRead(fds)) return fds.unread === 'denied' ? 'denied' : undefined;
  const drm: string[] = [];
  const opened = new Set<string>();
  const vfio: string[] = [];
  for (const fd of fds.value) {
    const target = got(await tree.readLink(`/proc/${pid}/fd/${fd}`)) ?? '';
    if (target.startsWith('/dev/dri/')) {
      drm.push(fd);
      opened.add(target);
    } else if (/^\/dev\/nvidia\d+$/.test(target)) opened.add(target);
    else if (/^\/dev\/vfio\/(?:\d+|devices\/vfio\d+)$/.test(target)) vfio.push(target);
  }
  return { drm, opened: [...opened], vfio };
}

async function groupOf(tree: Tree, file: string): Promise<number | undefined> {
  const group = /^\/dev\/vfio\/(\d+)$/.exec(file)?.[1];
  if (group !== undefined) return Number(group);
  const device = file.slice(file.lastIndexOf('/') + 1);
  const link = got(await tree.readLink(`/sys/class/vfio-dev/${device}/device/iommu_group`));
  const number = Number(link?.slice(link.lastIndexOf('/') + 1));
  return link !== undefined && Number.isInteger(number) ? number : undefined;
}

async function readProcess(tree: Tree, pid: string, files: OpenFiles): Promise<GpuProcess> {
  const clients: DrmClient[] = [];
  const seen = new Set<string>();
  for (const fd of files.drm) {
    const text = got(await tree.readText(`/proc/${pid}/fdinfo/${fd}`, 65536));
    const client = text === undefined ? undefined : parseFdinfo(text);
    if (!client) continue;
    const key = `${client.device} ${client.client ?? fd}`;
    if (!seen.has(key)) clients.push(client);
    seen.add(key);
  }
  const args = (got(await tree.readText(`/proc/${pid}/cmdline`, 65536)) ?? '').split('\0');
  const guest = guestOfCommand(args);
  const comm = got(await tree.readText(`/proc/${pid}/comm`))?.trim();
  const groups = (await Promise.all(files.vfio.map((f) => groupOf(tree, f)))).filter((g) => g !== undefined);
  return {
    pid: Number(pid),
    name: sanitize(comm ?? '?'),
    clients,
    opened: files.opened,
    groups: [...new Set(groups)],
    ...(guest ? { guest } : {}),
  };
}

/** A sampler that looks at the open files of a process anew only now and then: there are thousands. */
export function createGpuSampler(tree: Tree): (at: number) => Promise<GpuSample> {
  const AGAIN = 4;
  const files = new Map<string, { readonly files: OpenFiles | 'denied' | undefined; age: number }>();
  return async (at) => {
    const pids = (got(await tree.list('/proc')) ?? []).filter((name) => /^\d+$/.test(name));
    for (const pid of files.keys()) if (!pids.includes(pid)) files.delete(pid);
    let denied = 0;
    const found = await inParallel(pids, 16, async (pid) => {
      let known = files.get(pid);
      if (!known || known.age-- <= 0) {
        // Spread over the samples, so that no single one takes long.
        known = { files: await openFiles(tree, pid), age: known ? AGAIN : Number(pid) % AGAIN };
        files.set(pid, known);
      }
      if (known.files === 'denied') denied++;
      if (!known.files || known.files === 'denied') return [];
      const { drm, opened, vfio } = known.files;
      return drm.length + opened.length + vfio.length > 0 ? [await readProcess(tree, pid, known.files)] : [];
    });
    return { at, processes: found.flat(), denied };
  };
}

/** Busy share of an engine between two samples in percent of one engine, or undefined when it cannot be told. */
export function busyPercent(before: Engine, after: Engine, milliseconds: number): number | undefined {
  const busy = after.busy - before.busy;
  const all =
    after.total !== undefined && before.total !== undefined ? after.total - before.total : milliseconds * 1e6;
  if (busy < 0 || all <= 0) return undefined;
  return Math.min(100, (100 * busy) / (all * after.capacity));
}
