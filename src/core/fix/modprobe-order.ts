// Soft dependencies and blacklists: which driver gets a device first.
import type { Bdf, Facts } from '../model.ts';
import { type ActionOf, type Advise, appendLines, OWN_MODPROBE_FILE, rebuild, sameModule } from './advice.ts';

/** Drivers that hold `devices` or could: what `{driver}` in a fix stands for. vfio's own are never among them. */
export function hostDrivers(facts: Facts, devices: readonly Bdf[]): string[] {
  const names = devices.flatMap((bdf) => {
    const device = facts.devices.get(bdf);
    return [...(device?.driver ? [device.driver] : []), ...(device?.modules ?? [])];
  });
  return [...new Set(names.filter((n) => !/^vfio[-_]/.test(n)).map((n) => n.replaceAll('-', '_')))];
}

function named(modules: readonly string[], facts: Facts, devices: readonly Bdf[]): string[] {
  return modules.flatMap((m) => {
    if (m !== '{driver}') return [m];
    const drivers = hostDrivers(facts, devices);
    return drivers.length > 0 ? drivers : ['DRIVER'];
  });
}

export const modprobeSoftdep: Advise<ActionOf<'modprobe-softdep'>> = (action, facts, devices, site) => {
  const modules = named([action.module], facts, devices);
  return {
    commands: [
      ...appendLines(
        OWN_MODPROBE_FILE,
        modules.map((m) => `softdep ${m} pre: ${action.pre.join(' ')}`),
        site,
      ),
      ...rebuild(site),
    ],
    appliable: !site.managed && !modules.includes('DRIVER'),
    alreadySet: modules.every((m) =>
      action.pre.every((p) =>
        facts.softdeps.some((s) => sameModule(s.module, m) && s.pre.some((q) => sameModule(p, q))),
      ),
    ),
  };
};

export const modprobeBlacklist: Advise<ActionOf<'modprobe-blacklist'>> = (action, facts, devices, site) => {
  const modules = named(action.modules, facts, devices);
  return {
    commands: [
      ...appendLines(
        OWN_MODPROBE_FILE,
        modules.map((m) => `blacklist ${m}`),
        site,
      ),
      ...rebuild(site),
    ],
    appliable: !site.managed && !modules.includes('DRIVER'),
    alreadySet: modules.every((m) => facts.blacklists.some((b) => sameModule(b.module, m))),
  };
};
