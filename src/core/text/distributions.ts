// What a host is called: by its distribution, and by what runs its guests.
import type { Facts } from '../model.ts';

/** What the fact `distribution` and the steps of a fix call a host. */
export const DISTRIBUTIONS = [
  'proxmox',
  'debian',
  'ubuntu',
  'mint',
  'pop',
  'fedora',
  'rhel',
  'opensuse',
  'arch',
  'manjaro',
  'endeavouros',
  'cachyos',
  'gentoo',
  'unraid',
  'nixos',
  'truenas',
] as const;

export type Distribution = (typeof DISTRIBUTIONS)[number];

const WORDS: readonly (readonly [RegExp, Distribution])[] = [
  [/-pve\b|proxmox/i, 'proxmox'],
  [/endeavouros/i, 'endeavouros'],
  [/cachyos/i, 'cachyos'],
  [/-arch\d|@archlinux|-zen\d|arch linux|-lts \(linux-lts/i, 'arch'],
  [/linux ?mint/i, 'mint'],
  [/unraid|\/bzroot\b/i, 'unraid'],
  [/\.fc\d\d|fedora/i, 'fedora'],
  [/\.el\d|red hat|rocky|almalinux|centos/i, 'rhel'],
  [/manjaro|^\d+\.\d+-x86_64$/i, 'manjaro'],
  [/pop[!_]_?os/i, 'pop'],
  [/ubuntu/i, 'ubuntu'],
  [/@debian|debian|\b\d+\.\d+[\w.+-]*-amd64\b/i, 'debian'],
  [/suse/i, 'opensuse'],
  [/nixos|nixbld/i, 'nixos'],
  [/gentoo/i, 'gentoo'],
  [/truenas/i, 'truenas'],
];

/** The distribution that a kernel banner or a name of a release tells. */
export function distributionNamed(text: string): Distribution | undefined {
  return WORDS.find(([pattern]) => pattern.test(text))?.[1];
}

/** What goes for a distribution goes for those that are made of its packages, boot loader and initramfs apart. */
export const BASED_ON: Readonly<Record<string, string>> = {
  manjaro: 'arch',
  endeavouros: 'arch',
  cachyos: 'arch',
} satisfies Partial<Record<Distribution, Distribution>>;

/** What may run the guests where the input does not tell; `qemu`: nothing, somebody types the command line. */
export const USUAL_MANAGERS = ['proxmox', 'libvirt', 'qemu'] as const;
/** What starts guests on Linux in its own way; `vmm`: Cloud Hypervisor, Firecracker, crosvm, kvmtool. */
const WRAPPERS = ['kubernetes', 'vmm', 'dpdk'] as const;
/** Hypervisors that give devices away themselves: no vfio, and but for Xen's dom0 no Linux. */
export const OTHER_HYPERVISORS = ['xen', 'esxi', 'hyperv', 'bhyve'] as const;
/** Of these the host is no Linux at all. */
const WITHOUT_LINUX: readonly string[] = [
  'esxi',
  'hyperv',
  'bhyve',
] satisfies readonly (typeof OTHER_HYPERVISORS)[number][];
export const isLinux = (manager: string | undefined): boolean => !WITHOUT_LINUX.includes(manager ?? '');
export type OtherHypervisor = (typeof OTHER_HYPERVISORS)[number];
export const MANAGERS = [...USUAL_MANAGERS, ...WRAPPERS, ...OTHER_HYPERVISORS] as const;
export type Manager = (typeof MANAGERS)[number];

export const isManager = (id: string): id is Manager => MANAGERS.some((m) => m === id);

/** Kinds of processor. */
export const ARCHITECTURES = ['x86', 'arm', 'power'] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

/** The distribution that the input tells; Proxmox VE is known by its own version, too. */
export const distributionOf = (facts: Facts): string | undefined =>
  facts.pve === undefined ? facts.distribution : 'proxmox';

/** What runs the guests, as far as the input tells; the rules of libvirt's and virt-manager's messages say so by a flag. */
export function managerOf(facts: Facts): Manager | undefined {
  const name = distributionOf(facts);
  if (name === 'proxmox') return 'proxmox';
  const told = (facts.flags.get('wrapper') ?? facts.flags.get('guest-manager'))?.value ?? '';
  if (isManager(told)) return told;
  const xml = facts.vms.some((vm) => vm.options.hypervisor === 'libvirt');
  return name === 'unraid' || facts.libvirt !== undefined || xml ? 'libvirt' : undefined;
}

/** The hypervisor that gives devices away in place of Linux. */
export const otherHypervisorOf = (facts: Facts): OtherHypervisor | undefined => {
  const manager = managerOf(facts);
  return OTHER_HYPERVISORS.find((h) => h === manager);
};

const ARCHITECTURE_OF: readonly (readonly [RegExp, Architecture])[] = [
  [/aarch64|arm64/, 'arm'],
  [/ppc64/, 'power'],
  [/x86_64|amd64/, 'x86'],
];

/** The kind of processor, by the kernel's release, a maker of x86, or what a rule says: a program's name may be of what it emulates. */
export function architectureOf(facts: Facts): Architecture | undefined {
  const told = facts.flags.get('arch')?.value;
  const named = ARCHITECTURE_OF.find(([pattern]) => pattern.test(facts.kernel ?? ''))?.[1];
  return named ?? (facts.cpuVendor ? 'x86' : ARCHITECTURES.find((a) => a === told));
}

/** Where people are root when they log in, as on what is no Linux. Everywhere else they are users who become root by sudo. */
const AT_HOME_AS_ROOT: readonly string[] = ['proxmox', 'unraid'] satisfies readonly Distribution[];

export const worksAsRoot = (facts: Facts): boolean =>
  AT_HOME_AS_ROOT.includes(distributionOf(facts) ?? '') || !isLinux(managerOf(facts));
