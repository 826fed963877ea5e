// A sysfs attribute of PCI devices that has to last: now by hand, at every boot by a udev rule.
import type { Bdf } from '../model.ts';
import { type ActionOf, type Advise, appendLines } from './advice.ts';

/** The udev rule that sets `attribute` whenever the device appears. */
export function udevRule(device: Bdf, attribute: string, value: string): string {
  return `ACTION=="add", SUBSYSTEM=="pci", KERNEL=="${device}", ATTR{${attribute}}="${value}"`;
}

export const sysfsValue: Advise<ActionOf<'sysfs-value'>> = (action, _facts, devices, site) => {
  const targets = devices.length > 0 ? devices : ['0000:BB:DD.F'];
  const write = (path: string) => `echo ${action.value} | ${site.as(`tee ${path}`)}`;
  return {
    commands: [
      ...targets.map((d) => write(`/sys/bus/pci/devices/${d}/${action.attribute}`)),
      ...(action.bridges
        ? targets.map(
            (d) =>
              `# the bridge above it too: ${write(`"$(readlink -f /sys/bus/pci/devices/${d}/..)"/${action.attribute}`)}`,
          )
        : []),
      ...(site.managed
        ? []
        : appendLines(
            '/etc/udev/rules.d/80-passthrough.rules',
            targets.map((d) => udevRule(d, action.attribute, action.value)),
            site,
          )),
    ],
    appliable: devices.length > 0 && !site.managed,
    alreadySet: false,
  };
};
