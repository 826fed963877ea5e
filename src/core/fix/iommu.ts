// Is the IOMMU on, and what switches it on: judged by what runs (groups, the firmware's table), never by the command line alone.
import { cpuVendor } from '../apply/cpu.ts';
import { type Draft, wantArgs } from '../apply/draft.ts';
import { exists, tryText } from '../apply/host.ts';
import type { HostDevice } from '../apply/pci.ts';
import type { Bdf } from '../model.ts';

const TABLES = { intel: ['DMAR', 'VT-d'], amd: ['IVRS', 'AMD-Vi (IOMMU)'] } as const;

const grouped = (devices: readonly HostDevice[]) => devices.filter((d) => d.iommuGroup !== undefined);
/** Debian's kernels leave the graphics of the processor out unless told intel_iommu=on: on is on for every device. */
const isOnForAll = (draft: Draft) => grouped(draft.devices).length === draft.devices.length;

/** Arguments of `add` that do something on this host; what the others would do is said. */
export function usefulArgs(add: readonly string[], draft: Draft): string[] {
  return add.filter((token) => {
    if (token !== 'intel_iommu=on' || draft.configured?.includes(token)) return true;
    if (cpuVendor(draft.host) === 'amd') {
      draft.warnings.push('intel_iommu=on is left out: it does nothing on an AMD processor');
      return false;
    }
    const running = (tryText(draft.host, '/proc/cmdline') ?? '').includes('intel_iommu=on');
    if (draft.devices.length > 0 && isOnForAll(draft) && !running) {
      draft.warnings.push('intel_iommu=on is left out: this kernel has the Intel IOMMU on by default');
      return false;
    }
    return true;
  });
}

/** A binding is of no use without an IOMMU: switches it on where an argument does that, else says what is missing. */
export function wantIommu(draft: Draft, devices: readonly Bdf[]): void {
  const wanted = draft.devices.filter((d) => devices.includes(d.bdf));
  const vendor = cpuVendor(draft.host);
  if (vendor === undefined || grouped(wanted).length === wanted.length) return;
  const [table, name] = TABLES[vendor];
  if (!exists(draft.host, `/sys/firmware/acpi/tables/${table}`)) {
    if (grouped(draft.devices).length === 0)
      draft.warnings.push(
        `the IOMMU is off: the firmware has no ${table} table. Switch ${name} on in the firmware setup, or no guest can have the device`,
      );
  } else if (vendor === 'intel') wantArgs(draft, { add: ['intel_iommu=on'], remove: ['intel_iommu=off'] });
  else wantArgs(draft, { add: [], remove: ['amd_iommu=off'] });
}
