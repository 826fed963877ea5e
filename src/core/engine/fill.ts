// The devices of a diagnosis go into the texts of the rule base: `{device}` is the first, `{devices}` all of them.
import type { Bdf, Confirm } from '../model.ts';
import { shortBdf } from '../text/bdf.ts';

/** Fills a sentence; without devices it speaks of "the device". */
export function fill(text: string, devices: readonly Bdf[]): string {
  const some = text.startsWith('{') ? 'The device' : 'the device';
  return text
    .replaceAll('{devices}', devices.length > 0 ? devices.map(shortBdf).join(', ') : some)
    .replaceAll('{device}', devices[0] ?? some);
}

/** Fills a command; without devices `BDF` stands where the reader puts the address of his device. */
export function fillCommand(text: string, devices: readonly Bdf[]): string {
  return text.replaceAll(/\{devices?\}/g, devices[0] ?? 'BDF');
}

export function fillConfirm({ run, expect }: Confirm, devices: readonly Bdf[]): Confirm {
  return { run: fillCommand(run, devices), expect: fillCommand(expect, devices) };
}
