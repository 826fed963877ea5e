// Which tool makes the initramfs of this host, by evidence.
import type { Host } from '../host.ts';
import { booster } from './booster.ts';
import { INITRAMFS_IDS, type InitramfsId } from './by-hand.ts';
import { dracut } from './dracut.ts';
import { initramfsTools } from './initramfs-tools.ts';
import { mkinitcpio } from './mkinitcpio.ts';
import { rpmOstreeInitramfs } from './rpm-ostree.ts';
import type { InitramfsTool } from './tool.ts';

export const TOOLS = {
  'initramfs-tools': initramfsTools,
  dracut,
  mkinitcpio,
  booster,
  'rpm-ostree': rpmOstreeInitramfs,
} as const satisfies Record<InitramfsId, InitramfsTool>;

/** The tools found on the host with their signs; more than one when nothing tells which one is used. */
export function findInitramfs(host: Host): { readonly id: InitramfsId; readonly sign: string }[] {
  const found = INITRAMFS_IDS.flatMap((id) => {
    const sign = TOOLS[id].installed(host);
    return sign === undefined ? [] : [{ id, sign }];
  });
  const image = found.find((f) => f.id === 'rpm-ostree');
  if (image) return [image];
  // A configuration that a removed package left behind proves nothing beside a program.
  const programs = found.filter((f) => /\/s?bin\//.test(f.sign));
  return programs.length > 0 ? programs : found;
}
