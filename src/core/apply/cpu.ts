// The maker of the processor, which decides about the IOMMU.
import { type Host, tryText } from './host.ts';

/** By vendor_id of /proc/cpuinfo; undefined for others and on a tree without /proc. */
export function cpuVendor(host: Host): 'intel' | 'amd' | undefined {
  const name = /^vendor_id\s*:\s*(\S+)/m.exec(tryText(host, '/proc/cpuinfo') ?? '')?.[1];
  return name === 'AuthenticAMD' ? 'amd' : name === 'GenuineIntel' ? 'intel' : undefined;
}
