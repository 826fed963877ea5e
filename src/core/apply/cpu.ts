// The maker of the processor, which decides about the IOMMU.
import { type Host, tryText } from './host.ts';

export function cpuVendor(host: Host): 'intel' | 'amd' | undefined {
  const name = /^vendor_id\s*:\s*(\S+)/m.exec(tryText(host, '/proc/cpuinfo') ?? '')?.[1];
  return name === 'AuthenticAMD' ? 'amd' : name === 'GenuineIntel' ? 'intel' : undefined;
}
