// What every fact reader shares: its shape, the state between lines, and the bounds against made-up input.
import type { Facts, Line, PciDevice, VmConfig } from '../../model.ts';
import { BDF_PATTERN, normalizeBdf } from '../bdf.ts';

export function emptyFacts(): Facts {
  return {
    devices: new Map(),
    moduleOptions: [],
    softdeps: [],
    blacklists: [],
    modulesLoad: [],
    vms: [],
    flags: new Map(),
  };
}

/** The flags that the program reads by itself; rules set others. */
export const READ_FLAGS = [
  'arch',
  'guest-manager',
  'iommu',
  'kernel-cmdline-lines',
  'kernel-upstream',
  'lockdown',
  'secure-boot',
  'wrapper',
] as const;

export function setFlag(facts: Facts, name: (typeof READ_FLAGS)[number], value: string, line: number): void {
  facts.flags.set(name, { value, line });
}

/** Made-up input must not grow the facts without bound. */
export const MAX_LIST = 2000;

/** What the lines before have opened. */
export interface State {
  /** Device of the last lspci head line: its indented lines belong to it. */
  lspci: PciDevice | undefined;
  /** `IOMMU Group 14:` head line: devices listed below belong to it. */
  group: number | undefined;
  vm: VmConfig | undefined;
  /** Inside a libvirt `<hostdev>`: its type, its line, and whether its host address was met. */
  hostdev: { readonly kind: string; readonly line: number; named: boolean } | undefined;
  /** Last line of a pasted /etc/kernel/cmdline. */
  kernelCmdline: number | undefined;
}

export const newState = (): State => ({
  lspci: undefined,
  group: undefined,
  vm: undefined,
  hostdev: undefined,
  kernelCmdline: undefined,
});

export interface Reader {
  /** A line that this reader understands holds one of these; each has at least seven characters. */
  readonly literals: readonly string[];
  readonly pattern: RegExp;
  read(facts: Facts, m: readonly (string | undefined)[], line: Line, state: State): void;
}

/** A pattern in which `BDF` stands for a PCI address. */
export const bdf = (source: string) => new RegExp(source.replaceAll('BDF', BDF_PATTERN));

/** The device entry of `at`, made when it is new. */
export function deviceAt(facts: Facts, at: string): PciDevice {
  const key = normalizeBdf(at);
  let device = facts.devices.get(key);
  if (!device) {
    device = { bdf: key };
    if (facts.devices.size < MAX_LIST * 4) facts.devices.set(key, device);
  }
  return device;
}

/** `a=1,b,c=x` as a map; a word without value is `1`. */
export function options(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(',').map((part) => {
      const at = part.indexOf('=');
      return at < 0 ? [part, '1'] : [part.slice(0, at), part.slice(at + 1)];
    }),
  );
}
