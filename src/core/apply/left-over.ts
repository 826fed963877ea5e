// What an undo can't reach: boot loader entries of kernels that were installed after the apply, made from /etc/kernel/cmdline.
import type { Host } from './host.ts';
import { BY_HAND } from './loaders/by-hand.ts';
import { startDraft } from './plan.ts';
import type { UndoRecord } from './record.ts';

/** The lines to tell after `record` was taken back; none where nothing is left. */
export function leftOver(host: Host, record: UndoRecord): string[] {
  const entries = record.files.filter((f) => f.mayVanish);
  if (entries.length === 0) return [];
  const { draft } = startDraft(host);
  if (!draft.loader) return [];
  const words = (text = '') => text.split(/\s+/);
  const left = record.expectations
    .flatMap((e) => (e.expect === 'argument' ? e.add : []))
    .filter((a) => draft.configured?.includes(a) && entries.some((f) => !words(f.before).includes(a)));
  if (left.length === 0) return [];
  const commands = BY_HAND[draft.loader].commands({ add: [], remove: left });
  return [
    `Kernels installed since the apply still start with ${left.join(' ')}. Take it off with:`,
    ...commands.map((c) => `  ${c}`),
  ];
}
