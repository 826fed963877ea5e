// Binding devices to vfio-pci at boot, by vendor:device id or by address.
import { shortBdf } from '../text/bdf.ts';
import { type ActionOf, type Advise, appendLines, OWN_MODPROBE_FILE, rebuild } from './advice.ts';
import { hostDrivers } from './modprobe-order.ts';

export const driverBind: Advise<ActionOf<'driver-bind'>> = (action, facts, devices, site) => {
  const known = devices.map((bdf) => facts.devices.get(bdf));
  const ids = [...new Set(known.map((d) => d?.id?.split(':').slice(0, 2).join(':')))];
  const shared = [...facts.devices.values()].some(
    (d) => d.id !== undefined && ids.includes(d.id) && !devices.includes(d.bdf),
  );
  const byId = action.by === 'id' && !shared && ids.length > 0 && !ids.includes(undefined);
  const bind = site.as(`pt-doctor apply ${devices.map((d) => `--bind ${shortBdf(d)}`).join(' ')}`);
  const byAddress = devices.flatMap((d) => [
    site.as(`driverctl set-override ${d} vfio-pci`),
    ...(action.by === 'id' && shared
      ? [`# by address: another device of this host has the id ${facts.devices.get(d)?.id ?? ''}`]
      : []),
  ]);
  return {
    commands: byId
      ? [
          ...appendLines(
            OWN_MODPROBE_FILE,
            [
              `options vfio-pci ids=${ids.join(',')}`,
              ...hostDrivers(facts, devices).map((m) => `softdep ${m} pre: vfio-pci`),
            ],
            site,
          ),
          ...rebuild(site),
        ]
      : devices.length > 0 && !site.managed
        ? [bind, '# or, with the package driverctl:', ...byAddress]
        : byAddress,
    appliable: devices.length > 0 && !site.managed,
    alreadySet: devices.length > 0 && known.every((d) => d?.driver === 'vfio-pci'),
  };
};
