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
