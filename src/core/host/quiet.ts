// The wake guard: no question that goes through this tree resumes a sleeping PCI device.
//
// How it is ensured. In drivers/pci/pci-sysfs.c pci_read_config() calls pci_config_pm_runtime_get(), which resumes the
// device and its parents; so do `rom`, `vpd`, `resourceN_resize` and, in newer kernels, the link speed and width. The show
// functions of the attributes in QUIET print what the kernel remembers (struct pci_dev) and touch no hardware. Hence:
// an attribute in QUIET is always read, anything else only of a device whose power_state is D0 and whose runtime_status is
// not `suspended`. Where the kernel has no power_state (before 5.12) runtime_status alone decides. What cannot be known
// counts as asleep. Sleeping devices therefore cost a fact ("unknown: the device sleeps"), never a wake-up or a hang.
import { type Answer, got, type Missing, type Tree, textOf } from './tree.ts';

const QUIET: ReadonlySet<string> = new Set([
  'ari_enabled',
  'boot_vga',
  'broken_parity_status',
  'class',
  'consistent_dma_mask_bits',
  'd3cold_allowed',
  'device',
  'dma_mask_bits',
  'driver',
  'driver_override',
  'enable',
  'iommu',
  'iommu_group',
  'irq',
  'local_cpulist',
  'modalias',
  'msi_bus',
  'numa_node',
  'physfn',
  'power_state',
  'reset_method',
  'resource',
  'revision',
  'sriov_numvfs',
  'sriov_totalvfs',
  'subsystem_device',
  'subsystem_vendor',
  'vendor',
]);

const ATTRIBUTE =
  /^(\/sys\/(?:bus\/pci\/devices|devices\/pci.*)\/[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])\/([^/]+)$/;

async function sleeps(tree: Tree, device: string): Promise<string | undefined> {
  const state = await textOf(tree, `${device}/power_state`);
  const runtime = await textOf(tree, `${device}/power/runtime_status`);
  if (state !== undefined && state !== 'D0') return state;
  if (runtime === 'suspended' || runtime === 'suspending') return `runtime ${runtime}`;
  if (state === undefined && runtime !== 'active' && runtime !== 'unsupported') return 'power state unknown';
  return undefined;
}

/** `inner` behind the guard. Only a live tree can wake anything; a recorded one is answered as it is. */
export function quietTree(inner: Tree): Tree {
  if (!inner.live || inner.quiet) return inner;
  async function guarded<T>(path: string, ask: () => Promise<Answer<T>>): Promise<Answer<T>> {
    const [, device, attribute] = ATTRIBUTE.exec(path) ?? [];
    if (device === undefined || attribute === undefined || QUIET.has(attribute)) return ask();
    const present = got(await inner.list(device));
    if (present && !present.includes(attribute)) return { unread: 'absent', why: 'not there' };
    const why = await sleeps(inner, device);
    if (why === undefined) return ask();
    const missing: Missing = {
      unread: 'asleep',
      why: `the device sleeps (${why}); reading this would wake it`,
    };
    return missing;
  }
  return {
    name: inner.name,
    live: true,
    quiet: true,
    readText: (path, limit) => guarded(path, () => inner.readText(path, limit)),
    readBytes: (path, limit) => guarded(path, () => inner.readBytes(path, limit)),
    pick: (path, keep) => guarded(path, () => inner.pick(path, keep)),
    tail: (path, limit) => guarded(path, () => inner.tail(path, limit)),
    readLink: (path) => inner.readLink(path),
    list: (path) => inner.list(path),
    exists: (path) => inner.exists(path),
  };
}
