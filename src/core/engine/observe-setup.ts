// Correlations over the host's settings: module options, blacklists, module lists, the command line, boot entries.
import type { Facts, PciDevice } from '../model.ts';
import { inRange } from '../rules/version.ts';
import { findBdfs, shortBdf, slotOf } from '../text/bdf.ts';
import { sameModule } from '../text/module-name.ts';
import { isAnyBridge, isStub } from '../text/pci-device.ts';
import type { Observed, Observer } from './observe.ts';

const plain = (text: string, line: number, captures: Record<string, string> = {}): Observed => ({
  lines: line > 0 ? [line] : [],
  text,
  captures,
});

/** The driver of a host that holds the device; undefined when none does or nothing tells. */
const hostDriverOf = (device: PciDevice): string | undefined =>
  device.driver && !isStub(device.driver) ? device.driver : undefined;

/** The ids given to vfio-pci by options, command line or the kernel's own `vfio_pci: add [...]` lines. */
export function vfioIds(facts: Facts): { id: string; line: number; loaded: boolean }[] {
  return facts.moduleOptions
    .filter((o) => sameModule(o.module, 'vfio_pci') && (o.option === 'ids' || o.option === 'ids.loaded'))
    .flatMap((o) =>
      o.value
        .split(',')
        .map((id) => ({ id: id.trim().toLowerCase(), line: o.line, loaded: o.option === 'ids.loaded' })),
    );
}

/** The devices that the VM configurations give away, as far as the input lists them. */
export function givenAway(facts: Facts): PciDevice[] {
  const wanted = facts.vms.flatMap((vm) => vm.devices.map((d) => d.host));
  const addresses = new Set(wanted.flatMap((host) => findBdfs(host)));
  const slots = new Set(
    wanted.filter((h) => !h.includes('.')).map((h) => (h.split(':').length === 3 ? h : `0000:${h}`)),
  );
  return [...facts.devices.values()].filter((d) => addresses.has(d.bdf) || slots.has(slotOf(d.bdf)));
}

/** Of more devices a listing is a whole one. */
const EXCERPT = 4;

/** Arguments of the kernel that passthrough setups add. */
const CONCERNS_PASSTHROUGH =
  /^(?:intel_iommu|amd_iommu|iommu|vfio[\w-]*\.|pci=|pcie_|video=|initcall_blacklist|kvm\.|hugepages|default_hugepagesz|modprobe\.blacklist|rd\.driver)/;

/** Meant to be `vfio-pci.ids=`. */
const MISSPELT_IDS =
  /^(?:vfio[-_]pci[-_:]ids?|vfio[-_]pci\.(?:id|devices)|vfio\.ids?|vfio[-_]pci|vfio-ids?|vfiopci\.ids)=[0-9a-f]{4}:/;

export const SETUP_OBSERVERS = {
  /** vfio-pci was given the id of a device that its host driver holds nevertheless. */
  'ids-not-taken': (facts) => {
    const wanted = new Set(vfioIds(facts).map((v) => v.id.slice(0, 9)));
    return [...facts.devices.values()].flatMap((d) => {
      const driver = hostDriverOf(d);
      if (!d.id || !driver || !wanted.has(d.id)) return [];
      const text = `vfio-pci was given the id ${d.id}, but ${shortBdf(d.bdf)} is held by ${driver}`;
      return [{ ...plain(text, d.line ?? 0, { id: d.id, driver }), device: d.bdf }];
    });
  },
  /** A device of the VM configuration is on a host driver, and something went wrong. */
  'vm-device-on-host-driver': (facts, findings) =>
    findings.some((f) => f.severity === 'error' && f.tier === 'specific')
      ? givenAway(facts).flatMap((d) => {
          const driver = hostDriverOf(d);
          if (!driver) return [];
          const text = `${shortBdf(d.bdf)} is in the VM configuration and was held by ${driver} when the list was made`;
          return [{ ...plain(text, d.line ?? 0, { driver }), device: d.bdf }];
        })
      : [],
  /**
   * Nothing but the listing of a few devices, as people show it who ask why one is not on vfio-pci: of a whole listing or a
   * log the same lines say nothing.
   */
  'excerpt-on-host-driver': (facts, findings) => {
    const devices = [...facts.devices.values()];
    const alone = facts.kernel === undefined && facts.cmdline === undefined && facts.vms.length === 0;
    if (
      !alone ||
      findings.length > 0 ||
      devices.length > EXCERPT ||
      devices.some((d) => d.name === undefined)
    )
      return [];
    // One that is on vfio-pci is the one asked about, with its other functions.
    const slots = new Set(devices.filter((d) => isStub(d.driver ?? '')).map((d) => slotOf(d.bdf)));
    return devices.flatMap((d) => {
      const driver = hostDriverOf(d);
      if (!driver || isAnyBridge(d) || (slots.size > 0 && !slots.has(slotOf(d.bdf)))) return [];
      // A port or a physical function stays with the host while others like it are given away.
      if (devices.some((o) => o.name === d.name && slotOf(o.bdf) === slotOf(d.bdf) && isStub(o.driver ?? '')))
        return [];
      const text = `${shortBdf(d.bdf)} is held by ${driver}, not by vfio-pci`;
      return [{ ...plain(text, d.line ?? 0, { driver }), device: d.bdf }];
    });
  },
  /** `vfio-pci-ids=` and the like: no argument that anything reads, so vfio-pci was given no ids. */
  'ids-argument-misspelt': (facts) => {
    const tokens = new Set([...(facts.cmdline ?? []), ...(facts.cmdlineConfigured ?? [])]);
    const wrong = [...tokens].find((t) => MISSPELT_IDS.test(t));
    return wrong && vfioIds(facts).length === 0
      ? [plain(`the command line says ${wrong}, which nothing reads`, 0, { argument: wrong })]
      : [];
  },
  /** One id stands twice in the options. */
  'ids-twice': (facts) => {
    const seen = new Set<string>();
    return vfioIds(facts).flatMap((v) => {
      if (v.loaded || !v.id) return [];
      const twice = seen.has(v.id);
      seen.add(v.id);
      return twice ? [plain(`the id ${v.id} is given to vfio-pci twice`, v.line, { id: v.id })] : [];
    });
  },
  /** `amd_iommu=on` is no value that the kernel knows. */
  'amd-iommu-on': (facts) =>
    facts.cmdline?.includes('amd_iommu=on') ? [plain('the kernel command line says amd_iommu=on', 0)] : [],
  /** `intel_iommu=` on a machine with an AMD processor, or the other way round. */
  'iommu-of-other-vendor': (facts) => {
    const token = facts.cmdline?.find((t) =>
      facts.cpuVendor === 'amd'
        ? t === 'intel_iommu=on'
        : facts.cpuVendor === 'intel' && t === 'amd_iommu=on',
    );
    return token ? [plain(`${token} on a processor of ${facts.cpuVendor}`, 0, { token })] : [];
  },
  /** vfio_virqfd is listed for a kernel that no longer has it. */
  'virqfd-listed': (facts) =>
    facts.kernel && inRange(facts.kernel, '>=6.2')
      ? facts.modulesLoad
          .filter((m) => sameModule(m.module, 'vfio_virqfd'))
          .slice(0, 1)
          .map((m) => plain(`vfio_virqfd is listed, which Linux ${facts.kernel} no longer has`, m.line))
      : [],
  /** usb-storage is blacklisted: never the driver of a USB controller. */
  'usb-storage-blacklisted': (facts) =>
    facts.blacklists
      .filter((b) => sameModule(b.module, 'usb_storage'))
      .slice(0, 1)
      .map((b) => plain('usb-storage is blacklisted', b.line)),
  /** vfio-pci itself is blacklisted. */
  'vfio-blacklisted': (facts) =>
    facts.blacklists
      .filter((b) => sameModule(b.module, 'vfio_pci') || sameModule(b.module, 'vfio'))
      .slice(0, 1)
      .map((b) => plain(`${b.module} is blacklisted`, b.line, { module: b.module })),
  /** The boot configuration has an argument that the running kernel was not started with. */
  'cmdline-not-in-force': (facts) => {
    const { cmdline, cmdlineConfigured } = facts;
    if (!cmdline || !cmdlineConfigured) return [];
    const missing = [...new Set(cmdlineConfigured)].filter(
      (t) => CONCERNS_PASSTHROUGH.test(t) && !cmdline.includes(t),
    );
    if (missing.length === 0) return [];
    const text = `the boot configuration has ${missing.join(' ')}, the running kernel does not`;
    return [
      plain(text, 0, {
        missing: missing.join(' '),
        iommu: String(missing.some((t) => /^(?:intel_)?iommu=/.test(t))),
      }),
    ];
  },
  /** /etc/kernel/cmdline has more than its one line: only the first counts. */
  'cmdline-many-lines': (facts) => {
    const flag = facts.flags.get('kernel-cmdline-lines');
    return flag && Number(flag.value) > 1
      ? [plain(`/etc/kernel/cmdline has ${flag.value} lines; only the first one counts`, flag.line)]
      : [];
  },
} as const satisfies Record<string, Observer>;
