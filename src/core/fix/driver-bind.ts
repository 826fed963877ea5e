// Binding devices to vfio-pci at boot, by vendor:device id or by address.
import { builtIn, type Draft, drafted, draftText, ownLines, wantArgs } from '../apply/draft.ts';
import { argName } from '../apply/edit.ts';
import { OWN_FILE, optionUses, readDirectives } from '../apply/modprobe.ts';
import { type HostDevice, kindOf } from '../apply/pci.ts';
import type { Bdf, Facts } from '../model.ts';
import { SOME_BDF, shortBdf } from '../text/bdf.ts';
import { sameModule } from '../text/module-name.ts';
import { type ActionOf, type Advise, appendLines, OWN_MODPROBE_FILE, rebuild } from './advice.ts';
import { BIND_SCRIPT, type BoundDevice, readScript, renderScript } from './bind-script.ts';
import { declaredAt } from './declared.ts';
import { wantIommu } from './iommu.ts';
import { setOption } from './modprobe-option.ts';
import { hostDrivers, planModprobeSoftdep } from './modprobe-order.ts';
import { planModulesLoad } from './modules-load.ts';
import type { PlanAction } from './plan-action.ts';

const VFIO = ['vfio', 'vfio_iommu_type1', 'vfio_pci'];

export const driverBind: Advise<ActionOf<'driver-bind'>> = (action, facts, devices, site) => {
  const known = devices.map((bdf) => facts.devices.get(bdf));
  const ids = [...new Set(known.map((d) => d?.id?.split(':').slice(0, 2).join(':')))];
  const shared = [...facts.devices.values()].some(
    (d) => d.id !== undefined && ids.includes(d.id) && !devices.includes(d.bdf),
  );
  const byId = action.by === 'id' && !shared && ids.length > 0 && !ids.includes(undefined);
  const targets = devices.length > 0 ? devices : [SOME_BDF];
  const bind = `pt-doctor apply ${targets.map((d) => `--bind ${shortBdf(d)}`).join(' ')}`;
  const byAddress = targets.flatMap((d) => [
    `driverctl set-override ${d} vfio-pci`,
    ...(action.by === 'id' && shared
      ? [`# by address: another device of this host has the id ${facts.devices.get(d)?.id ?? ''}`]
      : []),
  ]);
  const declared = declaredAt(site);
  const wanted = ids.filter((id) => id !== undefined);
  const commands = () => {
    if (declared) return declared.bind(devices, byId ? wanted : undefined);
    if (!byId) return [bind, '# or, with the package driverctl:', ...byAddress];
    const { words, lines } = settingOf(facts, wanted);
    return [
      ...words,
      ...appendLines(OWN_MODPROBE_FILE, [
        ...lines,
        ...hostDrivers(facts, devices).map((m) => `softdep ${m} pre: vfio-pci`),
      ]),
      ...rebuild(site, VFIO),
    ];
  };
  return {
    commands: commands(),
    appliable: devices.length > 0 && !site.managed,
    alreadySet: devices.length > 0 && known.every((d) => d?.driver === 'vfio-pci'),
  };
};

const isIds = (token: string) => /^vfio[-_]pci\.ids=/.test(token);

function idsOf(facts: Facts): readonly string[] {
  const option = facts.moduleOptions.findLast((o) => sameModule(o.module, 'vfio_pci') && o.option === 'ids');
  return option ? [...new Set(option.value.toLowerCase().split(',').filter(Boolean))] : [];
}

/**
 * The ids with those that are set already, for of two settings only one counts: as a word about the kernel command line where
 * they stand there, which overrides modprobe.d, else as a line for modprobe.d. None when all are set.
 */
function settingOf(
  facts: Facts,
  wanted: readonly string[],
): { readonly words: string[]; readonly lines: string[] } {
  const have = idsOf(facts);
  const all = [...new Set([...have, ...wanted])];
  const ids = all.join(',');
  if (all.length === have.length) return { words: [], lines: [] };
  return facts.cmdline?.some(isIds)
    ? {
        words: [`# on the kernel command line write vfio-pci.ids=${ids}, and refresh the boot loader`],
        lines: [],
      }
    : { words: [], lines: [`options vfio-pci ids=${ids}`] };
}

/** Binds `devices` at boot: by id where that takes no other device and the host driver is a module, else by address. */
export const planDriverBind: PlanAction<ActionOf<'driver-bind'>> = (action, devices, draft) => {
  if (devices.length === 0) draft.manual.push('Name the device to bind: --bind BB:DD.F');
  wantIommu(draft, devices);
  const known = devices.flatMap((bdf) => draft.devices.filter((d) => d.bdf === bdf));
  const script = readScript(drafted(draft, BIND_SCRIPT) ?? '');
  const why = new Map(known.map((d) => [d, whyByAddress(action.by, d, devices, script, draft)]));
  const byId = known.filter((d) => why.get(d) === undefined);
  const byAddress = known.filter((d) => why.get(d) !== undefined);
  for (const d of known)
    draft.goals.push(
      `Bind ${d.bdf} (${kindOf(d)} ${d.id}, now with ${d.driver ?? 'no driver'}) to vfio-pci at every boot${why.get(d) ?? ''}`,
    );
  if (byId.length > 0) bindIds(byId, draft);
  if (byAddress.length > 0) bindAddresses(byAddress, script, draft);
  planModprobeSoftdep({ do: 'modprobe-softdep', module: '{driver}', pre: ['vfio-pci'] }, devices, draft);
  planModulesLoad({ do: 'modules-load', modules: VFIO }, devices, draft);
  for (const d of known)
    draft.expectations.push({ expect: 'driver', device: d.bdf, driver: 'vfio-pci', id: d.id });
};

/** Why `d` can't be bound by its id, as the end of a sentence; undefined when it can. */
function whyByAddress(
  by: 'id' | 'address',
  d: HostDevice,
  devices: readonly Bdf[],
  script: readonly BoundDevice[],
  draft: Draft,
): string | undefined {
  if (by === 'address') return ', by address as asked';
  if (script.some((s) => s.bdf === d.bdf)) return ', by address as before';
  const twin = draft.devices.find((o) => o.id === d.id && !devices.includes(o.bdf));
  if (twin) return `, by address because ${twin.bdf} has the same id`;
  if (ownedByKernel(d, draft)) return `, by address because ${d.driver} is built into the kernel`;
  return undefined;
}

/** The host driver is part of the kernel: it has the device before any module. sysfs may name a module for it all the same. */
function ownedByKernel(d: HostDevice, draft: Draft): boolean {
  if (d.driver === undefined || d.driver === 'vfio-pci') return false;
  return d.driverModule === undefined || builtIn(draft, d.driverModule);
}

function bindIds(devices: readonly HostDevice[], draft: Draft): void {
  const directives = readDirectives(draft.host, (path) => drafted(draft, path));
  const running = draft.configured?.findLast((t) => argName(t) === 'vfio_pci.ids');
  const have = (running ?? `=${optionUses(directives, 'vfio-pci', 'ids').at(-1)?.value ?? ''}`)
    .replace(/^[^=]*=/, '')
    .split(',')
    .filter(Boolean);
  const ids = [...new Set([...have, ...devices.map((d) => d.id)])];
  if (ids.length === have.length) return;
  // What stands on the kernel command line overrides modprobe.d: then it is changed there.
  if (running !== undefined) {
    wantArgs(draft, {
      add: [`${running.slice(0, running.indexOf('='))}=${ids.join(',')}`],
      remove: [running],
    });
  } else setOption(draft, 'vfio-pci', 'ids', ids.join(','));
}

function bindAddresses(devices: readonly HostDevice[], script: readonly BoundDevice[], draft: Draft): void {
  if (builtIn(draft, 'vfio_pci')) {
    draft.manual.push(
      `vfio-pci is built into this kernel, so no script runs before it: bind ${devices.map((d) => d.bdf).join(', ')} with driverctl set-override instead.`,
    );
    return;
  }
  const added = devices
    .filter((d) => !script.some((s) => s.bdf === d.bdf && s.id === d.id))
    .map((d) => ({
      bdf: d.bdf,
      id: d.id,
      unbind: ownedByKernel(d, draft),
    }));
  const kept = script.filter((s) => !added.some((a) => a.bdf === s.bdf));
  const a = draftText(draft, BIND_SCRIPT, renderScript([...kept, ...added]), 0o755);
  const b = ownLines(draft, OWN_FILE, [`install vfio-pci ${BIND_SCRIPT} $CMDLINE_OPTS`]);
  if (!a && !b) return;
  draft.initramfsChanged = true;
}
