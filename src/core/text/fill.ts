// What a diagnosis is about goes into the texts of the rule base: `{device}` is its first device, `{devices}` all of them,
// `{vmid}` the guest on Proxmox VE.
import type { Bdf, Check, Confirm, Facts } from '../model.ts';
import { SOME_BDF, shortBdf } from './bdf.ts';
import { isLinux } from './distributions.ts';
import { hostKindOf, meantFor } from './hosts.ts';

const SOME_VM = 'VMID';

/** The number of the guest that the input shows. */
export function vmidOf(facts: Facts): string | undefined {
  return facts.vms.find((vm) => vm.vmid !== undefined)?.vmid;
}

/** Fills a sentence; without devices it speaks of "the device". */
export function fill(text: string, devices: readonly Bdf[]): string {
  const some = text.startsWith('{') ? 'The device' : 'the device';
  return text
    .replaceAll('{devices}', devices.length > 0 ? devices.map(shortBdf).join(', ') : some)
    .replaceAll('{device}', devices[0] ?? some);
}

/** Fills a command; what is not known stays a word in capitals that the reader puts his own for. */
export function fillCommand(text: string, devices: readonly Bdf[], vmid: string | undefined): string {
  return text.replaceAll(/\{devices?\}/g, devices[0] ?? SOME_BDF).replaceAll('{vmid}', vmid ?? SOME_VM);
}

/** The checks of a cause or fix that the host at hand has the commands for. */
export function checksAt(
  confirm: readonly Confirm[],
  facts: Facts,
  devices: readonly Bdf[],
): readonly Check[] {
  const kind = hostKindOf(facts);
  const vmid = vmidOf(facts);
  return confirm.flatMap(({ run, expect, on }) => {
    // What is for every host is typed into a shell of Linux.
    const host = on ? meantFor(kind, on) : isLinux(kind.manager) ? '' : undefined;
    if (host === undefined) return [];
    const filled = { run: fillCommand(run, devices, vmid), expect: fillCommand(expect, devices, vmid) };
    return [{ ...filled, ...(host ? { host } : {}) }];
  });
}
