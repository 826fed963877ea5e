// Correlations over facts that no single line shows. A rule with `observe: <name>` gives each its words and causes.
import type { Bdf, Facts, Finding, PciDevice } from '../model.ts';
import { findBdfs, normalizeBdf, onRootBus, shortBdf, slotOf } from '../text/bdf.ts';
import { isDisplay, isPciBridge, isStub } from '../text/pci-device.ts';
import { givenAway, SETUP_OBSERVERS, vfioIds } from './observe-setup.ts';

export interface Observed {
  readonly device?: Bdf;
  readonly lines: readonly number[];
  readonly text: string;
  readonly captures: Readonly<Record<string, string>>;
}

export type Observer = (facts: Facts, findings: readonly Finding[]) => readonly Observed[];

const lineOf = (d: PciDevice) => (d.line ? [d.line] : []);
const describe = (d: PciDevice) =>
  `${shortBdf(d.bdf)}${d.name ? ` ${d.name}` : ''}${d.id ? ` [${d.id}]` : ''}${d.driver ? ` (driver ${d.driver})` : ''}`;

/** An lspci listing gives names; without one, "no such device in the list" proves nothing. */
const hasListing = (facts: Facts) =>
  [...facts.devices.values()].filter((d) => d.name !== undefined).length >= 3;

/** `0a:00.1` and `0000:0a:00.1` are one address; names of mappings stay as they are. */
const withDomain = (host: string) =>
  (/^[0-9a-f]{2}:[0-9a-f]{2}(?:\.[0-7])?$/i.test(host) ? `0000:${host}` : host).toLowerCase();

const membersOf = (facts: Facts, group: number) =>
  [...facts.devices.values()].filter((d) => d.iommuGroup === group);

const isOfGroup = (f: Finding) => f.severity === 'error' && f.captures.group !== undefined;

/** The groups that errors name. */
const failedGroups = (findings: readonly Finding[]) =>
  new Set(findings.filter(isOfGroup).map((f) => Number(f.captures.group)));

/** The same entry, or a slot that holds the other's function. */
const covers = (whole: string, part: string) => whole === part || part.startsWith(`${whole}.`);

/** Rules that name the function whose DMA was blocked. */
const DMA_FAULTS: ReadonlySet<string> = new Set(['intel-dma-fault', 'amd-io-page-fault']);

export const OBSERVERS = {
  ...SETUP_OBSERVERS,
  /** Two functions of one id: `ids=` binds both, or one of them by accident. Not told of devices that are not the matter. */
  'ids-not-unique': (facts, findings) => {
    const failing = findings.flatMap((f) => (f.severity === 'error' && f.device ? [f.device] : []));
    const matter = new Set([...failing, ...givenAway(facts).map((d) => d.bdf)]);
    const byId = new Map<string, PciDevice[]>();
    for (const d of facts.devices.values()) if (d.id) byId.set(d.id, [...(byId.get(d.id) ?? []), d]);
    const wanted = new Set(vfioIds(facts).map((v) => v.id.slice(0, 9)));
    return [...byId].flatMap(([id, devices]) => {
      const bound = devices.filter((d) => d.driver === 'vfio-pci');
      if (devices.length < 2 || !(wanted.has(id) || bound.length > 0)) return [];
      if (matter.size > 0 && !devices.some((d) => matter.has(d.bdf))) return [];
      return [
        {
          lines: devices.flatMap(lineOf),
          text: `${devices.map((d) => shortBdf(d.bdf)).join(' and ')} share the id ${id}: vfio-pci ids= cannot tell them apart`,
          captures: { id },
        },
      ];
    });
  },
  /** A virtual function that a failing line names is on the network driver of the host instead of vfio-pci. */
  'vf-on-host-driver': (facts, findings) => {
    const named = new Set(findings.flatMap((f) => (f.severity === 'error' && f.device ? [f.device] : [])));
    return [...facts.devices.values()]
      .filter((d) => named.has(d.bdf) && d.name?.includes('Virtual Function'))
      .filter((d) => d.driver && d.driver !== 'vfio-pci')
      .map((d) => ({
        device: d.bdf,
        lines: lineOf(d),
        text: `the virtual function ${describe(d)} is not on vfio-pci`,
        captures: { driver: d.driver ?? '' },
      }));
  },
  /** The IOMMU blocked a function that the slot does not have: the chip sends under a wrong requester id. */
  'fault-of-absent-function': (facts, findings) => {
    const slots = new Set([...facts.devices.values()].flatMap((d) => (d.id ? [slotOf(d.bdf)] : [])));
    return findings.flatMap((f) => {
      if (!DMA_FAULTS.has(f.rule) || !f.device) return [];
      if (facts.devices.get(f.device)?.id || !slots.has(slotOf(f.device))) return [];
      const text = `${shortBdf(f.device)} was blocked by the IOMMU, but only other functions of that device exist`;
      return [{ device: f.device, lines: f.lines.slice(0, 3), text, captures: {} }];
    });
  },
  /** vfio-pci was given an id that no listed device has. */
  'ids-unmatched': (facts) => {
    if (!hasListing(facts)) return [];
    const known = [...facts.devices.values()].flatMap((d) => (d.id ? [d.id] : []));
    return vfioIds(facts)
      .filter((v) => /^[0-9a-f]{4}:[0-9a-f]{4}/.test(v.id) && !known.includes(v.id.slice(0, 9)))
      .map((v) => ({
        lines: v.line ? [v.line] : [],
        text: `vfio-pci was given the id ${v.id}, which no listed device has`,
        captures: { id: v.id },
      }));
  },
  /** lspci shows revision ff: config space of the device reads all ones. */
  'revision-ff': (facts) =>
    [...facts.devices.values()]
      .filter((d) => d.revision === 'ff')
      .map((d) => ({
        device: d.bdf,
        lines: lineOf(d),
        text: `lspci shows ${describe(d)} with revision ff: its config space reads all ones`,
        captures: {},
      })),
  /** Every function of a slot, a display among them, is bound to vfio-pci although only some are given away. */
  'whole-slot-on-vfio': (facts) => {
    const slots = new Map<string, PciDevice[]>();
    for (const d of facts.devices.values())
      slots.set(slotOf(d.bdf), [...(slots.get(slotOf(d.bdf)) ?? []), d]);
    return [...slots].flatMap(([slot, functions]) => {
      const display = functions.find((d) => isDisplay(d) && d.driver === 'vfio-pci');
      const others = functions.filter(
        (d) => d.driver === 'vfio-pci' && !isDisplay(d) && !d.class?.startsWith('04'),
      );
      if (!display || others.length === 0) return [];
      return [
        {
          device: display.bdf,
          lines: functions.flatMap(lineOf),
          text: `The whole multifunction device ${slot.replace(/^0000:/, '')}.x is bound to vfio-pci, the graphics ${describe(display)} among it`,
          captures: {},
        },
      ];
    });
  },
  /** The VM configuration names a device that the listing of this host does not have. */
  'vm-device-absent': (facts) => {
    if (!hasListing(facts)) return [];
    const slots = new Set([...facts.devices.keys()].flatMap((bdf) => [bdf, slotOf(bdf)]));
    return facts.vms.flatMap((vm) =>
      vm.devices
        .filter((d) => /^[0-9a-f:.]+$/i.test(d.host))
        .filter((d) => {
          const [bdf] = findBdfs(d.host);
          const slot = d.host.split(':').length === 3 ? d.host : `0000:${d.host}`;
          return !slots.has(bdf ?? slot);
        })
        .map((d) => ({
          lines: [d.line],
          text: `${d.key} names ${d.host}, which is not in the list of this host's PCI devices`,
          captures: { host: d.host },
        })),
    );
  },
  /** A device with a failing line shares its IOMMU group with devices that host drivers hold. */
  'group-mates-on-host-drivers': (facts, findings) => {
    // State lines name groups too: only a failure makes its group worth telling.
    const failed = findings.filter(isOfGroup);
    return [...failedGroups(findings)].flatMap((group) => {
      const own = new Set(
        failed.flatMap((f) => (Number(f.captures.group) === group && f.device ? [f.device] : [])),
      );
      const mates = membersOf(facts, group).filter(
        (d) => !own.has(d.bdf) && !isPciBridge(d) && !isStub(d.driver ?? ''),
      );
      if (mates.length === 0) return [];
      return [
        {
          lines: mates.flatMap(lineOf),
          text: `IOMMU group ${group} also holds ${mates.map(describe).join('; ')}`,
          captures: { group: String(group) },
        },
      ];
    });
  },
  /** The group that failed holds what the host cannot do without: the bridge to its slow devices, or the SMBus. */
  'group-holds-chipset': (facts, findings) => {
    return [...failedGroups(findings)].flatMap((group) => {
      const parts = membersOf(facts, group).filter(
        (d) => onRootBus(d.bdf) && /^(?:0601|0c05)/.test(d.class ?? ''),
      );
      if (parts.length === 0) return [];
      const text = `IOMMU group ${group} holds ${parts.map(describe).join('; ')}`;
      return [{ lines: parts.flatMap(lineOf), text, captures: { group: String(group) } }];
    });
  },
  /** A listing shows a graphics card in one IOMMU group with devices of other slots. */
  'display-group-shared': (facts) => {
    const devices = [...facts.devices.values()];
    return devices.filter(isDisplay).flatMap((display) => {
      if (display.iommuGroup === undefined) return [];
      const members = devices.filter((d) => d.iommuGroup === display.iommuGroup);
      const mates = members.filter(
        (d) => slotOf(d.bdf) !== slotOf(display.bdf) && !d.class?.startsWith('06'),
      );
      if (mates.length === 0) return [];
      const group = String(display.iommuGroup);
      return [
        {
          device: display.bdf,
          lines: members.flatMap(lineOf),
          text: `${describe(display)} shares IOMMU group ${group} with ${mates.map(describe).join('; ')}`,
          captures: { group },
        },
      ];
    });
  },
  /** `softdep vfio-pci pre: nvidia`: the wrong way round, the host driver is loaded first. */
  'softdep-reversed': (facts) =>
    facts.softdeps
      .filter((s) => /^vfio[-_]pci$/.test(s.module) && s.pre.some((p) => !/^vfio/.test(p)))
      .map((s) => ({
        lines: [s.line],
        text: `softdep ${s.module} pre: ${s.pre.join(' ')} loads the host driver before vfio-pci; the right way is softdep <host driver> pre: vfio-pci`,
        captures: { driver: s.pre.join(' ') },
      })),
  /** Two entries of one guest name the same device, or one names a function of the slot that the other names whole. */
  'vm-device-twice': (facts) =>
    facts.vms.flatMap((vm) => {
      const entries = vm.devices.flatMap((d) =>
        d.host.split(';').map((host) => ({ ...d, host: withDomain(host) })),
      );
      return entries.flatMap((one, i) =>
        entries
          .slice(i + 1)
          .filter((other) => covers(one.host, other.host) || covers(other.host, one.host))
          .map((other) => ({
            ...(findBdfs(other.host)[0] ? { device: normalizeBdf(other.host) } : {}),
            lines: [one.line, other.line],
            text: `${one.key} (${one.host}) and ${other.key} (${other.host}) name the same device`,
            captures: { host: other.host },
          })),
      );
    }),
} as const satisfies Record<string, Observer>;

export type ObserverName = keyof typeof OBSERVERS;

export function observe(name: string, facts: Facts, findings: readonly Finding[]): readonly Observed[] {
  return name in OBSERVERS ? OBSERVERS[name as ObserverName](facts, findings) : [];
}
