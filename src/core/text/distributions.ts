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
  'gentoo',
  'unraid',
  'nixos',
  'truenas',
] as const;

export type Distribution = (typeof DISTRIBUTIONS)[number];

/** What runs the guests; `qemu`: nothing, somebody types the command line. */
export const MANAGERS = ['proxmox', 'libvirt', 'qemu'] as const;
export type Manager = (typeof MANAGERS)[number];

/** The distribution that the input tells; Proxmox VE is known by its own version, too. */
export const distributionOf = (facts: Facts): string | undefined =>
  facts.pve === undefined ? facts.distribution : 'proxmox';

/** Where people are root when they log in. Everywhere else they are users who become root by sudo. */
const AT_HOME_AS_ROOT: readonly string[] = ['proxmox', 'unraid'] satisfies readonly Distribution[];

export const worksAsRoot = (facts: Facts): boolean => AT_HOME_AS_ROOT.includes(distributionOf(facts) ?? '');
