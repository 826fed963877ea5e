// Soft dependencies and blacklists: which driver gets a device first.
import { builtIn, type Draft, drafted, ownLines } from '../apply/draft.ts';
import { readText } from '../apply/host.ts';
import { OWN_FILE, readDirectives } from '../apply/modprobe.ts';
import type { Bdf, Facts } from '../model.ts';
import { SOME_BDF } from '../text/bdf.ts';
import { moduleName, sameModule } from '../text/module-name.ts';
import { isDisplay } from '../text/pci-device.ts';
import { type ActionOf, type Advise, appendLines, OWN_MODPROBE_FILE, rebuild } from './advice.ts';
import { declaredAt, onCommandLine, takesOptionsFromCommandLine } from './declared.ts';
import type { PlanAction } from './plan-action.ts';

/** Drivers that hold `devices` or could: what `{driver}` in a fix stands for. vfio's own are never among them. */
export function hostDrivers(facts: Facts, devices: readonly Bdf[]): string[] {
  const names = devices.flatMap((bdf) => {
    const device = facts.devices.get(bdf);
    return [...(device?.driver ? [device.driver] : []), ...(device?.modules ?? [])];
  });
  return [...new Set(names.filter((n) => !/^vfio[-_]/.test(n)).map(moduleName))];
}

const SOME_DRIVER = 'DRIVER';

/** The modules of an action; a driver that the input does not tell stays a word for the reader's own. */
function named(modules: readonly string[], facts: Facts, devices: readonly Bdf[]): string[] {
  return modules.flatMap((m) => {
    if (m !== '{driver}') return [m];
    const drivers = hostDrivers(facts, devices);
    return drivers.length > 0 ? drivers : [SOME_DRIVER];
  });
}

/** Where the reader finds what he has to put for DRIVER. */
function whichDriver(modules: readonly string[], devices: readonly Bdf[]): string[] {
  if (!modules.includes(SOME_DRIVER)) return [];
  return [
    `# ${SOME_DRIVER} is what this names behind "Kernel driver in use:" or "Kernel modules:", vfio-pci excepted:`,
    ...(devices.length > 0 ? devices : [SOME_BDF]).map((d) => `lspci -nnk -s ${d}`),
  ];
}

/** Devices whose driver serves nothing else on most hosts. A sound driver is shared with the host's own sound card. */
const mayBeDisplay = (facts: Facts) => (bdf: Bdf) => {
  const device = facts.devices.get(bdf);
  return device?.class === undefined || isDisplay(device);
};

export const modprobeSoftdep: Advise<ActionOf<'modprobe-softdep'>> = (action, facts, devices, site) => {
  const modules = named([action.module], facts, devices);
  const lines = modules.map((m) => `softdep ${m} pre: ${action.pre.join(' ')}`);
  const declared = declaredAt(site);
  const commands = declared
    ? (declared.modprobe?.(lines) ?? declared.bind(devices, undefined))
    : [...appendLines(OWN_MODPROBE_FILE, lines), ...rebuild(site, action.pre.map(moduleName))];
  const asked = declared === undefined || declared.modprobe !== undefined;
  return {
    commands: [...(asked ? whichDriver(modules, devices) : []), ...commands],
    appliable: !site.managed && !modules.includes(SOME_DRIVER),
    alreadySet: modules.every((m) =>
      action.pre.every((p) =>
        facts.softdeps.some((s) => sameModule(s.module, m) && s.pre.some((q) => sameModule(p, q))),
      ),
    ),
  };
};

export const modprobeBlacklist: Advise<ActionOf<'modprobe-blacklist'>> = (action, facts, devices, site) => {
  const displays = devices.filter(mayBeDisplay(facts));
  const modules = named(action.modules, facts, displays);
  return {
    commands: [
      ...whichDriver(modules, displays),
      ...(takesOptionsFromCommandLine(site)
        ? onCommandLine(site, [`modprobe.blacklist=${modules.join(',')}`])
        : [
            ...appendLines(
              OWN_MODPROBE_FILE,
              modules.map((m) => `blacklist ${m}`),
            ),
            ...rebuild(site),
          ]),
    ],
    appliable: !site.managed && !modules.includes(SOME_DRIVER),
    alreadySet: modules.every((m) => facts.blacklists.some((b) => sameModule(b.module, m))),
  };
};

/** Modules of the drivers that hold the devices now or would by their modalias; those built in have no module. */
function driverModules(draft: Draft, devices: readonly Bdf[]): string[] {
  const found = devices.flatMap((bdf) => {
    const device = draft.devices.find((d) => d.bdf === bdf);
    if (!device) return [];
    const own = device.driver === 'vfio-pci' ? [] : [device.driverModule ?? []].flat();
    return [...own, ...aliasModules(draft, device.modalias)];
  });
  return [...new Set(found.map(moduleName).filter((m) => !m.startsWith('vfio')))].sort();
}

/** Modules whose alias in modules.alias takes `modalias`; `*` stands for anything there. */
function aliasModules(draft: Draft, modalias: string | undefined): string[] {
  if (modalias === undefined) return [];
  return draft.kernels.flatMap((kernel) =>
    (readText(draft.host, `/lib/modules/${kernel}/modules.alias`) ?? '').split('\n').flatMap((line) => {
      const [word, pattern = '', module] = line.split(' ');
      return word === 'alias' && module && pattern.startsWith('pci:') && globMatches(pattern, modalias)
        ? [module]
        : [];
    }),
  );
}

/** Shell matching with `*` only, in linear time: each piece is looked for once, from the left. */
function globMatches(pattern: string, text: string): boolean {
  const [head = '', ...pieces] = pattern.split('*');
  if (!text.startsWith(head)) return false;
  if (pieces.length === 0) return text === head;
  const tail = pieces.pop() ?? '';
  let at = head.length;
  for (const piece of pieces) {
    const found = text.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return text.length - tail.length >= at && text.endsWith(tail);
}

function plannedModules(names: readonly string[], devices: readonly Bdf[], draft: Draft): string[] {
  return names.flatMap((m) => (m === '{driver}' ? driverModules(draft, devices) : [m]));
}

function addLines(draft: Draft, lines: readonly string[]): void {
  if (lines.length > 0 && ownLines(draft, OWN_FILE, lines)) draft.initramfsChanged = true;
}

/** `softdep <driver> pre: vfio-pci`: in this direction; a line that is there already counts wherever it stands. */
export const planModprobeSoftdep: PlanAction<ActionOf<'modprobe-softdep'>> = (action, devices, draft) => {
  const present = readDirectives(draft.host, (path) => drafted(draft, path));
  const has = (module: string) =>
    present.some((d) => {
      if (d.command !== 'softdep' || d.module !== moduleName(module)) return false;
      const pre = d.words.slice(d.words.indexOf('pre:') + 1);
      return action.pre.every((p) => pre.some((q) => sameModule(p, q)));
    });
  const modules = plannedModules([action.module], devices, draft).filter((m) => !builtIn(draft, m));
  addLines(
    draft,
    modules.filter((m) => !has(m)).map((m) => `softdep ${m} pre: ${action.pre.join(' ')}`),
  );
};

/** Drivers that the host can't run without: a blacklist of one would take disks, keyboards or the network away. */
const NEVER = new Set([
  'ahci',
  'nvme',
  'xhci_pci',
  'xhci_hcd',
  'usb_storage',
  'ehci_pci',
  'e1000e',
  'igb',
  'r8169',
  'virtio_pci',
  'pcieport',
]);

export const planModprobeBlacklist: PlanAction<ActionOf<'modprobe-blacklist'>> = (action, devices, draft) => {
  const present = readDirectives(draft.host, (path) => drafted(draft, path));
  const modules = plannedModules(action.modules, devices, draft);
  for (const m of modules.filter((m) => NEVER.has(moduleName(m))))
    draft.manual.push(
      `${m} is not blacklisted: the host's own devices need it. Bind the device by address instead: --bind`,
    );
  addLines(
    draft,
    modules
      .filter((m) => !present.some((d) => d.command === 'blacklist' && d.module === moduleName(m)))
      .map((m) => `blacklist ${m}`),
  );
};
