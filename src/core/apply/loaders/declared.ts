// Hosts whose configuration is declared elsewhere, so that a file edited here would be lost: recognised only.
import { onlyFound } from './only-found.ts';

/** Unraid. */
export const syslinux = onlyFound('Syslinux', ['/boot/syslinux/syslinux.cfg']);
export const nixos = onlyFound('NixOS', ['/etc/NIXOS', '/etc/nixos/configuration.nix']);
export const truenas = onlyFound('TrueNAS', ['/usr/bin/midclt']);
