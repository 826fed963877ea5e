// One log may hold several boots of several hosts. A scope is one boot of one host; its facts and findings stay apart.
import type { Facts, Line } from '../model.ts';
import { createFactReader, emptyFacts, type FactReader } from '../text/facts.ts';
import { createFindings, type Findings } from './find.ts';

export interface Scope {
  readonly file: number;
  readonly host: string | undefined;
  /** 0 is the first boot of the file. */
  readonly boot: number;
  readonly facts: FactReader;
  readonly findings: Findings;
  readonly firstLine: number;
}

/** More boots than this are kept only as the newest ones: a year of journal must not grow the memory. */
const MAX_SCOPES = 64;

export interface Scopes {
  /** A new input file begins: boots are counted anew. */
  file(): void;
  /** The scope of `line`; a line that opens a new boot makes one. */
  of(line: Line): Scope;
  readonly list: readonly Scope[];
  /** How many old boots were dropped. */
  readonly dropped: number;
}

const BOOT_MARK = /^-- (?:Boot [0-9a-f]{32}|Reboot) --$/;
export const BOOT_LITERALS: readonly string[] = ['-- Boot ', '-- Reboot --', 'Linux version '];

export function createScopes(options: { readonly allLines: boolean }): Scopes {
  const list: Scope[] = [];
  let file = 0;
  let boot = 0;
  let current: Scope | undefined;
  let bootLinesSeen = false;
  let dropped = 0;
  /** Scopes of the file at hand. */
  let boots = 0;

  function open(host: string | undefined, line: Line): Scope {
    const scope: Scope = {
      file,
      host,
      boot,
      facts: createFactReader(),
      findings: createFindings(options),
      firstLine: line.no,
    };
    list.push(scope);
    if (++boots > MAX_SCOPES) {
      // The oldest boot of this file: files with one boot each, however many, are all kept.
      list.splice(
        list.findIndex((s) => s.file === file),
        1,
      );
      boots--;
      dropped++;
    }
    return scope;
  }

  return {
    list,
    get dropped() {
      return dropped;
    },
    file() {
      file++;
      boots = 0;
      boot = 0;
      current = undefined;
      bootLinesSeen = false;
    },
    of(line) {
      const banner = line.text.startsWith('Linux version ') && line.source === 'kernel';
      if (
        (banner && bootLinesSeen) ||
        (current && line.text.startsWith('-- ') && BOOT_MARK.test(line.text))
      ) {
        boot++;
        current = undefined;
        bootLinesSeen = false;
      }
      // The banner follows the journal's boot mark; anything else with a clock before a banner is an older boot.
      if (line.source === 'kernel' && line.stamp && !(line.stamp.clock === 'wall' && !banner))
        bootLinesSeen = true;
      const host = line.host && line.host !== 'localhost' ? line.host : undefined;
      if (host && current?.host && current.host !== host) {
        current = list.find((s) => s.file === file && s.host === host && s.boot === boot) ?? undefined;
      }
      current ??= open(host, line);
      if (host && !current.host) {
        const named = { ...current, host };
        list[list.indexOf(current)] = named;
        current = named;
      }
      return current;
    },
  };
}

/** Later facts win; devices are joined field by field. */
export function mergeFacts(parts: readonly Facts[]): Facts {
  const merged = emptyFacts();
  const configured = parts.some((part) => part.vms.some((vm) => !vm.inferred));
  for (const part of parts) {
    const { devices, moduleOptions, softdeps, blacklists, modulesLoad, vms, flags, ...plain } = part;
    Object.assign(merged, plain);
    for (const [bdf, device] of devices) merged.devices.set(bdf, { ...merged.devices.get(bdf), ...device });
    merged.moduleOptions.push(...moduleOptions);
    merged.softdeps.push(...softdeps);
    merged.blacklists.push(...blacklists);
    merged.modulesLoad.push(...modulesLoad);
    // What QEMU's lines tell of a guest adds nothing to its configuration.
    merged.vms.push(...vms.filter((vm) => !(configured && vm.inferred)));
    for (const [name, flag] of flags) merged.flags.set(name, flag);
  }
  return merged;
}
