// A sysfs attribute of PCI devices that has to last: now by hand, at every boot by a udev rule.
import { ownLines } from '../apply/draft.ts';
import type { Bdf } from '../model.ts';
import { SOME_BDF, slotOf } from '../text/bdf.ts';
import { type ActionOf, type Advise, appendLines } from './advice.ts';
import { declaredAt } from './declared.ts';
import type { PlanAction } from './plan-action.ts';

/** The udev rule that sets `attribute` whenever one of `devices` appears; `|` separates patterns, see udev(7). */
function udevRule(devices: readonly Bdf[], attribute: string, value: string): string {
  return `ACTION=="add", SUBSYSTEM=="pci", KERNEL=="${devices.join('|')}", ATTR{${attribute}}="${value}"`;
}

export const sysfsValue: Advise<ActionOf<'sysfs-value'>> = (action, _facts, devices, site) => {
  const targets = devices.length > 0 ? devices : [SOME_BDF];
  const set = (path: string) => `echo ${action.value} > ${path}/${action.attribute}`;
  const [first = ''] = targets;
  // The directory above a device's real path is its bridge; functions of one slot have the same one.
  const slots = targets.filter((d, i) => targets.findIndex((t) => slotOf(t) === slotOf(d)) === i);
  const now =
    targets.length === 1
      ? set(`/sys/bus/pci/devices/${first}`)
      : `for d in ${targets.join(' ')}; do ${set('/sys/bus/pci/devices/$d')}; done`;
  const declared = declaredAt(site);
  return {
    commands: [
      now,
      ...(action.bridges
        ? [
            '# and the bridge above:',
            ...slots.map((d) => set(`"$(readlink -f /sys/bus/pci/devices/${d}/..)"`)),
          ]
        : []),
      '# at every boot:',
      ...(declared
        ? declared.atBoot(now)
        : appendLines('/etc/udev/rules.d/80-passthrough.rules', [
            udevRule(targets, action.attribute, action.value),
          ])),
    ],
    appliable: devices.length > 0 && !site.managed,
    alreadySet: false,
  };
};

const OWN_UDEV_FILE = '/etc/udev/rules.d/80-pt-doctor.rules';

export const planSysfsValue: PlanAction<ActionOf<'sysfs-value'>> = (action, devices, draft) => {
  if (devices.length === 0) draft.manual.push(`Name the device for ${action.attribute}: --device BB:DD.F`);
  const bridges = action.bridges
    ? devices.flatMap((bdf) => draft.devices.find((d) => d.bdf === bdf)?.bridges ?? [])
    : [];
  const targets = [...new Set([...devices, ...bridges])];
  const lines = targets.map((d) => udevRule([d], action.attribute, action.value));
  if (lines.length > 0) ownLines(draft, OWN_UDEV_FILE, lines);
  for (const device of targets)
    draft.expectations.push({
      expect: 'attribute',
      device,
      attribute: action.attribute,
      value: action.value,
    });
};
