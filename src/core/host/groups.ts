// IOMMU groups: who is in them, and whether what is in them can be given away.
import type { Bdf } from '../model.ts';
import { shortBdf, slotOf } from '../text/bdf.ts';
import { isStub } from '../text/pci-device.ts';
import type { HostDevice } from './pci.ts';
import type { HostState } from './read-host.ts';

export interface GroupView {
  readonly id: number;
  readonly members: readonly HostDevice[];
  /** Members that are no PCI bridges: these are what a guest gets. */
  readonly endpoints: readonly HostDevice[];
  /** `used`: it could be passed, but the host lives on it. */
  readonly verdict: 'alone' | 'together' | 'shared' | 'used' | 'none';
  readonly why: string;
}

/** A PCI-to-PCI or CardBus bridge; the kernel's viability test lets these be (vfio_dev_driver_allowed(), drivers/vfio). */
export const isBridge = (d: HostDevice): boolean =>
  d.class === '0604' || d.class === '0607' || d.class === '0609';

/** Bound to a driver that keeps the group from being given away. */
export const holdsGroup = (d: HostDevice): boolean =>
  !isBridge(d) && d.driver !== undefined && d.driver !== '' && !isStub(d.driver);

/** Parts of the chipset that no guest is given: memory controllers, host and ISA bridges, SMBus. */
const isChipset = (d: HostDevice): boolean => /^(?:05|06|0806|0c05|1180|11)/.test(d.class ?? '');

export const describe = (d: HostDevice): string =>
  `${shortBdf(d.bdf)}${d.name ? ` ${d.name}` : ''}${d.id ? ` [${d.id}]` : ''}`;

export function membersOf(state: HostState, group: number): HostDevice[] {
  return [...state.pci.devices.values()].filter((d) => d.group === group);
}

function judge(
  state: HostState,
  endpoints: readonly HostDevice[],
): { verdict: GroupView['verdict']; why: string } {
  if (endpoints.length === 0) return { verdict: 'none', why: 'bridges only, nothing to pass' };
  const slots = new Set(endpoints.map((d) => slotOf(d.bdf)));
  if (endpoints.every(isChipset)) return { verdict: 'none', why: 'parts of the chipset, not for a guest' };
  const uses = endpoints.flatMap((d) => state.inUse.by.get(d.bdf) ?? []);
  if (slots.size === 1 && uses.length > 0)
    return { verdict: 'used', why: `the host needs it: ${uses.slice(0, 2).join(', ')}` };
  if (slots.size === 1)
    return endpoints.length === 1
      ? { verdict: 'alone', why: 'can be passed on its own' }
      : { verdict: 'together', why: `one device of ${endpoints.length} functions: pass them together` };
  const held = endpoints.filter(holdsGroup);
  return {
    verdict: 'shared',
    why:
      held.length > 0
        ? `${slots.size} devices share it: all have to leave their host drivers, ${held.length} of ${endpoints.length} functions still have one`
        : `${slots.size} devices share it: they can only go to one guest`,
  };
}

/** All groups in the order of their numbers. */
export function groupViews(state: HostState): GroupView[] {
  const byGroup = new Map<number, HostDevice[]>();
  for (const d of state.pci.devices.values())
    if (d.group !== undefined) byGroup.set(d.group, [...(byGroup.get(d.group) ?? []), d]);
  return [...byGroup]
    .sort(([a], [b]) => a - b)
    .map(([id, members]) => {
      const endpoints = members.filter((d) => !isBridge(d));
      return { id, members, endpoints, ...judge(state, endpoints) };
    });
}

/** Devices of `group` that keep a guest with the functions `passed` from starting. */
export function blockers(state: HostState, group: number, passed: ReadonlySet<Bdf>): HostDevice[] {
  return membersOf(state, group).filter((d) => !passed.has(d.bdf) && holdsGroup(d));
}

/** The functions that `host` means: one, or with `0000:01:00` all of its slot. */
export function functionsOf(state: HostState, host: string): HostDevice[] {
  const exact = state.pci.devices.get(host);
  if (exact) return [exact];
  return [...state.pci.devices.values()].filter((d) => slotOf(d.bdf) === host);
}

/** Ports above a device, or beside it in its group, that are known not to isolate what is below them. */
export function openBridges(state: HostState, device: HostDevice): HostDevice[] {
  return [...state.pci.devices.values()].filter(
    (bridge) =>
      (device.bridges.includes(bridge.bdf) || (isBridge(bridge) && bridge.group === device.group)) &&
      (bridge.acs?.port === 'root-port' || bridge.acs?.port === 'downstream') &&
      !bridge.acs.isolates,
  );
}
