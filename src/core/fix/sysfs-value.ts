// A sysfs attribute of PCI devices that has to last: now by hand, at every boot by a udev rule.
import type { Bdf } from '../model.ts';
import { slotOf } from '../text/bdf.ts';
import { type ActionOf, type Advise, appendLines } from './advice.ts';

/** The udev rule that sets `attribute` whenever one of `devices` appears; `|` separates patterns, see udev(7). */
export function udevRule(devices: readonly Bdf[], attribute: string, value: string): string {
  return `ACTION=="add", SUBSYSTEM=="pci", KERNEL=="${devices.join('|')}", ATTR{${attribute}}="${value}"`;
}

export const sysfsValue: Advise<ActionOf<'sysfs-value'>> = (action, _facts, devices, site) => {
  const targets = devices.length > 0 ? devices : ['0000:BB:DD.F'];
  const set = (path: string) => `echo ${action.value} | ${site.as(`tee ${path}/${action.attribute}`)}`;
  const [first = ''] = targets;
  // The directory above a device's real path is its bridge; functions of one slot have the same one.
  const slots = targets.filter((d, i) => targets.findIndex((t) => slotOf(t) === slotOf(d)) === i);
  return {
    commands: [
      targets.length === 1
        ? set(`/sys/bus/pci/devices/${first}`)
        : `for d in ${targets.join(' ')}; do ${set('/sys/bus/pci/devices/$d')}; done`,
      ...(action.bridges
        ? [
            '# and the bridge above:',
            ...slots.map((d) => set(`"$(readlink -f /sys/bus/pci/devices/${d}/..)"`)),
          ]
        : []),
      ...(site.managed
        ? []
        : [
            '# at every boot:',
            ...appendLines(
              '/etc/udev/rules.d/80-passthrough.rules',
              [udevRule(targets, action.attribute, action.value)],
              site,
            ),
          ]),
    ],
    appliable: devices.length > 0 && !site.managed,
    alreadySet: false,
  };
};
