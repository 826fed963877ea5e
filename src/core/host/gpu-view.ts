// Two samples of the graphics become a table: each card with its users, busy engines and memory.
import type { Bdf } from '../model.ts';
import { isDisplay } from '../text/pci-device.ts';
import { busyPercent, type DrmClient, type GpuProcess, type GpuSample } from './gpu.ts';
import { isBridge } from './groups.ts';
import type { HostDevice } from './pci.ts';
import type { HostState } from './read-host.ts';

export interface GpuUser {
  readonly pid: number;
  readonly name: string;
  readonly guest?: string;
  /** Percent of each engine that was busy for it between the samples. */
  readonly engines: Readonly<Record<string, number>>;
  /** Bytes by region. */
  readonly memory: Readonly<Record<string, number>>;
  /** It has the card open, but the driver tells nothing of it. */
  readonly untold?: true;
}

export interface GpuView {
  readonly bdf: Bdf;
  readonly name?: string;
  readonly id?: string;
  readonly driver?: string;
  readonly powerState?: string;
  /** The guest that the card was given to. */
  readonly givenTo?: string;
  readonly users: readonly GpuUser[];
  /** What the reader should know: no driver, no fdinfo. */
  readonly note?: string;
}

const isGpu = (d: HostDevice) => !isBridge(d) && isDisplay(d);
const total = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0);

function userOf(
  process: GpuProcess,
  clients: readonly DrmClient[],
  before: readonly DrmClient[],
  milliseconds: number,
): GpuUser {
  const engines: Record<string, number> = {};
  const memory: Record<string, number> = {};
  for (const client of clients) {
    const old = before.find((b) => b.client === client.client && b.device === client.device);
    for (const [name, engine] of client.engines) {
      const earlier = old?.engines.get(name);
      const percent = earlier && busyPercent(earlier, engine, milliseconds);
      if (percent !== undefined) engines[name] = Math.min(100, (engines[name] ?? 0) + percent);
    }
    for (const [region, bytes] of client.memory) memory[region] = (memory[region] ?? 0) + bytes;
  }
  const { pid, name, guest } = process;
  return { pid, name, engines, memory, ...(guest ? { guest } : {}) };
}

function noteOf(d: HostDevice, users: readonly GpuUser[], givenTo: string | undefined): string | undefined {
  if (d.driver === 'nvidia')
    return "NVIDIA's own driver gives no fdinfo: nvidia-smi shows engines and memory, here are only the processes that have it open";
  if (givenTo !== undefined) return 'given to a guest: only the guest can see how busy it is';
  if (d.driver === 'vfio-pci') return 'reserved for a guest (vfio-pci), none is using it';
  if (d.driver === '') return 'no driver';
  if (users.length > 0 && users.every((u) => u.untold))
    return `its driver ${d.driver ?? ''} gives no fdinfo: only the processes are known`;
  return undefined;
}

/** `nodes` says which card a device file belongs to: `/dev/dri/card0`, `/dev/nvidia0`. */
export function gpuViews(
  state: HostState,
  before: GpuSample,
  after: GpuSample,
  nodes: ReadonlyMap<string, Bdf>,
): GpuView[] {
  const milliseconds = after.at - before.at;
  // A client that a process handed on shows up in both: it counts for the one that was there first.
  const counted = new Set<string>();
  return [...state.pci.devices.values()].filter(isGpu).map((d) => {
    const users: GpuUser[] = [];
    for (const process of after.processes) {
      const clients = process.clients.filter((c) => {
        if (c.device !== d.bdf) return false;
        const key = `${c.device} ${c.client ?? `${process.pid}`}`;
        if (counted.has(key)) return false;
        counted.add(key);
        return true;
      });
      const earlier = before.processes.find((p) => p.pid === process.pid)?.clients ?? [];
      if (clients.length > 0) users.push(userOf(process, clients, earlier, milliseconds));
      else if (
        !process.clients.some((c) => c.device === d.bdf) &&
        process.opened.some((file) => nodes.get(file) === d.bdf)
      )
        users.push({ ...userOf(process, [], [], milliseconds), untold: true });
    }
    const load = (u: GpuUser) => total(Object.values(u.engines)) * 1e12 + total(Object.values(u.memory));
    users.sort((a, b) => load(b) - load(a) || a.pid - b.pid);
    const holder = after.processes.find((p) => d.group !== undefined && p.groups.includes(d.group));
    const givenTo = holder ? (holder.guest ?? `process ${holder.pid}`) : undefined;
    const note = noteOf(d, users, givenTo);
    return {
      bdf: d.bdf,
      users,
      ...(d.name ? { name: d.name } : {}),
      ...(d.id ? { id: d.id } : {}),
      ...(d.driver !== undefined ? { driver: d.driver } : {}),
      ...(d.powerState ? { powerState: d.powerState } : {}),
      ...(givenTo ? { givenTo } : {}),
      ...(note ? { note } : {}),
    };
  });
}
