// For which hosts a step or a check is: the words of `on`, and whether the host at hand is one of them.
import type { Facts } from '../model.ts';
import {
  ARCHITECTURES,
  type Architecture,
  architectureOf,
  BASED_ON,
  DISTRIBUTIONS,
  type Distribution,
  distributionOf,
  isLinux,
  isManager,
  MANAGERS,
  type Manager,
  managerOf,
  OTHER_HYPERVISORS,
  USUAL_MANAGERS,
} from './distributions.ts';

/** What of a host decides which steps and checks are for it; undefined where the input does not tell. */
export interface HostKind {
  readonly distribution: string | undefined;
  readonly manager: Manager | undefined;
  readonly architecture: Architecture | undefined;
}

export const hostKindOf = (facts: Facts): HostKind => ({
  distribution: distributionOf(facts),
  manager: managerOf(facts),
  architecture: architectureOf(facts),
});

/** Every Linux that gives devices away through vfio, which under Xen it does not. */
const VFIO = 'vfio';

/** Every word that `on` may hold. */
export const HOSTS: readonly string[] = [
  ...DISTRIBUTIONS,
  ...MANAGERS.filter((m) => m !== 'proxmox'),
  ...ARCHITECTURES,
  VFIO,
];

/** How the hosts of `on` are called; every other one is its own id with a capital. */
const NAMES: Readonly<Record<string, string>> = {
  proxmox: 'Proxmox VE',
  rhel: 'RHEL',
  opensuse: 'openSUSE',
  nixos: 'NixOS',
  pop: 'Pop!_OS',
  endeavouros: 'EndeavourOS',
  cachyos: 'CachyOS',
  truenas: 'TrueNAS',
  libvirt: 'libvirt',
  qemu: 'Plain QEMU',
  kubernetes: 'Kubernetes (KubeVirt, Harvester, Kata)',
  vmm: 'Cloud Hypervisor, Firecracker, crosvm',
  dpdk: 'DPDK or SPDK',
  esxi: 'ESXi',
  hyperv: 'Hyper-V',
  bhyve: 'bhyve',
  x86: 'x86',
  vfio: 'Hosts with vfio',
};

export function hostNames(ids: readonly string[]): string {
  const names = ids.map((id) => NAMES[id] ?? `${id.charAt(0).toUpperCase()}${id.slice(1)}`);
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

/** Of what is rare the input tells: where it does not, the host has what most have. */
const RARE: readonly string[] = [...MANAGERS, ...ARCHITECTURES].filter(
  (id) => ![...USUAL_MANAGERS, 'x86'].some((usual) => usual === id),
);

function knownAt(host: HostKind, id: string): string | undefined {
  if (ARCHITECTURES.some((a) => a === id)) return host.architecture ?? 'x86';
  if (!isManager(id)) return host.distribution;
  return host.manager ?? (id === 'proxmox' ? host.distribution : undefined);
}

/** Systems that come with their own libvirt: no other manager runs on them. */
const APPLIANCES: readonly string[] = ['unraid', 'truenas'] satisfies readonly Distribution[];

/** Whether the host at hand is one of those that `id` names. Undefined when the input does not tell. */
function isAt(host: HostKind, id: string): boolean | undefined {
  if (id === VFIO) return !OTHER_HYPERVISORS.some((h) => h === host.manager);
  // The other words are of Linux: a distribution, or a processor under it.
  if (!isManager(id) && !isLinux(host.manager)) return false;
  if (APPLIANCES.includes(id) && host.manager !== undefined && host.manager !== 'libvirt') return false;
  const known = knownAt(host, id);
  if (known === undefined) return RARE.includes(id) ? false : undefined;
  return known === id || BASED_ON[known] === id;
}

/**
 * Whose something for the hosts of `on` is, at the host at hand: undefined when it is not for this one, no words when it is,
 * and the hosts by name where the input leaves that open.
 */
export function meantFor(host: HostKind, on: readonly string[]): string | undefined {
  const hosts = on.filter((id) => isAt(host, id) !== false);
  if (hosts.length === 0) return undefined;
  return hosts.some((id) => isAt(host, id)) ? '' : hostNames(hosts);
}
