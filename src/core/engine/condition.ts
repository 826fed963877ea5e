// Does a Condition of a rule, cause or fix file hold? Three values: what the input does not tell is neither true nor false.
import type { Bdf, Captures, Condition, DeviceNote, Facts, Finding, PciDevice, PciId } from '../model.ts';
import { inRange, isRange } from '../rules/version.ts';
import { onRootBus, slotOf } from '../text/bdf.ts';
import { architectureOf, managerOf } from '../text/distributions.ts';
import { sameModule } from '../text/module-name.ts';

export interface World {
  readonly facts: Facts;
  readonly byRule: ReadonlyMap<string, readonly Finding[]>;
  readonly notes: readonly DeviceNote[];
  /** The input is an excerpt, no whole log. */
  readonly excerpt: boolean;
}

/** PCI class codes (PCI Code and ID Assignment Specification) by the names that conditions use. */
export const CLASSES: Readonly<Record<string, RegExp>> = {
  display: /^03/,
  usb: /^0c03/,
  nvme: /^0108/,
  storage: /^01/,
  sata: /^0106/,
  network: /^02/,
  audio: /^04/,
  bridge: /^06/,
  accelerator: /^12/,
};

/** Drivers that tell the class of their device, and its vendor, when the input does not show them. */
const DRIVERS: Readonly<Record<string, { readonly class: string; readonly vendor?: string }>> = {
  amdgpu: { class: 'display', vendor: '1002' },
  radeon: { class: 'display', vendor: '1002' },
  nvidia: { class: 'display', vendor: '10de' },
  nouveau: { class: 'display', vendor: '10de' },
  i915: { class: 'display', vendor: '8086' },
  xe: { class: 'display', vendor: '8086' },
  xhci_hcd: { class: 'usb' },
  nvme: { class: 'nvme' },
  snd_hda_intel: { class: 'audio' },
};

/** Whether the input tells what kind of device `finding` is about. */
export function deviceKnown(finding: Finding, world: World): boolean {
  return Boolean(
    (finding.device && world.facts.devices.get(finding.device)?.id) ||
      (finding.driver && DRIVERS[finding.driver]),
  );
}

export function matchesId(id: PciId, pattern: string): boolean {
  return pattern.endsWith('*') ? id.startsWith(pattern.slice(0, -1)) : id.startsWith(pattern);
}

interface NotedId {
  readonly pattern: string;
  readonly note: DeviceNote;
}

interface Notes {
  /** By `vendor:device`. */
  readonly exact: ReadonlyMap<string, readonly NotedId[]>;
  /** Patterns such as `1002:73*`, of which there are few. */
  readonly wild: readonly NotedId[];
}

const indexes = new WeakMap<readonly DeviceNote[], Notes>();
const FULL_ID = 'vvvv:dddd'.length;

function index(notes: readonly DeviceNote[]): Notes {
  const exact = new Map<string, NotedId[]>();
  const wild: NotedId[] = [];
  for (const note of notes)
    for (const pattern of note.ids) {
      const id = pattern.slice(0, FULL_ID);
      const list = id.length < FULL_ID || id.endsWith('*') ? wild : (exact.get(id) ?? []);
      list.push({ pattern, note });
      if (list !== wild) exact.set(id, list);
    }
  const made = { exact, wild };
  indexes.set(notes, made);
  return made;
}

/** What is known of a device's trouble, by its id. */
export function notesOf(device: PciDevice | undefined, notes: readonly DeviceNote[]): readonly DeviceNote[] {
  const id = device?.id;
  if (!id) return [];
  const { exact, wild } = indexes.get(notes) ?? index(notes);
  const found = new Set<DeviceNote>();
  for (const list of [exact.get(id.slice(0, FULL_ID)) ?? [], wild])
    for (const { pattern, note } of list) if (matchesId(id, pattern)) found.add(note);
  return [...found];
}

function traitsOf(device: PciDevice | undefined, notes: readonly DeviceNote[]): readonly string[] {
  return notesOf(device, notes).flatMap((note) => note.traits);
}

/**
 * The kernel's version for comparisons. Distributions that call every build of a series `6.8.0-45-generic` hide the
 * patch level; the boot banner tells it (fact `kernel-upstream`), else the version ends with the series.
 */
function kernelVersion({ kernel, flags }: Facts): string | undefined {
  const upstream = flags.get('kernel-upstream')?.value;
  if (upstream) return upstream;
  return kernel?.endsWith('-pve') ? kernel : kernel?.replace(/^(\d+\.\d+)\.0-\d.*/, '$1');
}

/** The facts of one value that conditions can name; `cmdline.*`, `module.*.*` and the flags come on top. */
export const PLAIN_FACTS: Readonly<Record<string, (facts: Facts) => string | undefined>> = {
  kernel: kernelVersion,
  qemu: (facts) => facts.qemu,
  libvirt: (facts) => facts.libvirt,
  manager: (facts) => managerOf(facts),
  arch: (facts) => architectureOf(facts),
  pve: (facts) => facts.pve,
  distribution: (facts) => facts.distribution,
  cpu: (facts) => facts.cpuVendor,
  bootloader: (facts) => facts.bootLoader,
  passthrough: (facts) => facts.passthrough,
};

/** The value of a named fact, or undefined when the input does not tell. */
function factValue(name: string, facts: Facts): string | undefined {
  const plain = PLAIN_FACTS[name];
  if (plain) return plain(facts);
  if (name.startsWith('cmdline.')) {
    if (!facts.cmdline) return undefined;
    const key = name.slice('cmdline.'.length);
    const token = facts.cmdline.findLast((t) => t === key || t.startsWith(`${key}=`));
    return token === undefined
      ? 'absent'
      : token.includes('=')
        ? token.slice(token.indexOf('=') + 1)
        : 'present';
  }
  if (name.startsWith('module.')) {
    const [, module = '', option = ''] = name.split('.');
    return facts.moduleOptions.findLast((o) => sameModule(o.module, module) && o.option === option)?.value;
  }
  return facts.flags.get(name)?.value;
}

function factHolds(name: string, wanted: readonly string[], facts: Facts): boolean {
  const value = factValue(name, facts);
  if (value === undefined) return wanted.includes('unknown');
  return wanted.some((w) =>
    isRange(w) ? inRange(value, w) : w === 'known' || w === value || value.split(',').includes(w),
  );
}

/** Whether all named facts hold; undefined when one is not told and the list lets that pass. */
export function factsHold(wanted: NonNullable<Condition['facts']>, facts: Facts): boolean | undefined {
  const names = Object.entries(wanted);
  if (!names.every(([name, values]) => factHolds(name, values, facts))) return false;
  return names.every(([name]) => factValue(name, facts) !== undefined) || undefined;
}

/** Whether the device, or what its driver tells of it, fits; false where the input tells neither. */
export function deviceHolds(
  wanted: NonNullable<Condition['device']>,
  bdf: Bdf | undefined,
  finding: Finding | undefined,
  world: World,
): boolean {
  const device = bdf ? world.facts.devices.get(bdf) : undefined;
  const byDriver = finding?.driver ? DRIVERS[finding.driver] : undefined;
  const isClass = (name: string) =>
    device?.class ? (CLASSES[name]?.test(device.class) ?? false) : byDriver?.class === name;
  const id = device?.id ?? (byDriver?.vendor ? `${byDriver.vendor}:` : undefined);
  return (
    (!wanted.class || wanted.class.some(isClass)) &&
    (!wanted.id || (id !== undefined && wanted.id.some((p) => matchesId(id, p)))) &&
    (!wanted.root_bus || (bdf !== undefined && onRootBus(bdf))) &&
    (!wanted.driver || (device?.driver !== undefined && wanted.driver.includes(device.driver))) &&
    (!wanted.trait || traitsOf(device, world.notes).some((t) => wanted.trait?.includes(t)))
  );
}

/** -1 when `a` is earlier, 1 when later, 0 when the order can't be known. Clocks of different kinds don't compare. */
function order(a: Finding, b: Finding): number {
  if (a.firstStamp && b.firstStamp && a.firstStamp.clock === b.firstStamp.clock)
    return Math.sign(a.firstStamp.at - b.firstStamp.at);
  if (!a.firstStamp && !b.firstStamp && a.source === b.source)
    return Math.sign((a.lines[0] ?? 0) - (b.lines[0] ?? 0));
  return 0;
}

const captured = (value: string, wanted: readonly string[]) =>
  wanted.includes(value) || (value !== '' && wanted.includes('known'));

/** Whether what `when` says of a line holds for the lines of a finding. */
function lineHolds({ capture, uptime, driver }: Condition, finding: Finding): boolean {
  const { variants, lastStamp } = finding;
  const holdsFor = (captures: Captures) =>
    Object.entries(capture ?? {}).every(([name, values]) => captured(captures[name] ?? '', values));
  return (
    (!capture || variants.some(holdsFor)) &&
    (!uptime || (lastStamp?.clock === 'monotonic' && inRange(lastStamp.at.toFixed(), uptime))) &&
    (!driver || driver.includes(finding.driver ?? ''))
  );
}

/**
 * Does `when` hold for `finding`, or, with none, for a diagnosis about the devices `about`? What is said of a device then
 * has to hold for one of them, and what is said of a line for one that `seen` names.
 */
export function holds(
  when: Condition | undefined,
  finding: Finding | undefined,
  world: World,
  about: readonly Bdf[] = [],
): boolean {
  if (!when) return true;
  const found = (rules: readonly string[]) =>
    rules.flatMap((r) => world.byRule.get(r) ?? []).filter((f) => f !== finding);
  const subjects = finding || about.length === 0 ? [finding?.device] : about;
  const ofLine = when.capture ?? when.uptime ?? when.driver;
  const sameSlot = (f: Finding) =>
    !f.device || !finding?.device || slotOf(f.device) === slotOf(finding.device);
  return (
    (!ofLine || (finding ? [finding] : found(when.seen ?? [])).some((f) => lineHolds(when, f))) &&
    (!when.seen || found(when.seen).length > 0) &&
    (!when.seen_same_device || found(when.seen_same_device).some(sameSlot)) &&
    (!when.unseen || found(when.unseen).length === 0) &&
    (!when.before || found(when.before).some((f) => !finding || order(f, finding) <= 0)) &&
    (!when.after || found(when.after).some((f) => !finding || order(f, finding) >= 0)) &&
    (!when.facts || factsHold(when.facts, world.facts) !== false) &&
    (!when.device || subjects.some((bdf) => deviceHolds(when.device ?? {}, bdf, finding, world))) &&
    (!when.excerpt || world.excerpt) &&
    (!when.any || when.any.some((c) => holds(c, finding, world, about))) &&
    (!when.not || !holds(when.not, finding, world, about))
  );
}
