// Boot loader entries (loader/entries/*.conf, the Boot Loader Specification type 1): of systemd-boot, and of GRUB on Fedora.
import { type Draft, draftEntry, drafted, draftText } from '../draft.ts';
import { type ArgEdit, conflicts, missingArgs } from '../edit.ts';
import { exists, type Host, resolvePath } from '../host.ts';
import { editWords } from './grub-config.ts';

/** Where the partition with the entries may be mounted. */
export const BOOT_FOLDERS = ['/boot', '/efi', '/boot/efi'];
export const KERNEL_CMDLINE = '/etc/kernel/cmdline';
const OPTIONS = /^(options[ \t]+)(.*)$/gm;

/** Entries that start a Linux kernel. */
export function entryFiles(host: Host, folders: readonly string[] = BOOT_FOLDERS): string[] {
  return folders.flatMap((folder) =>
    host
      .list(resolvePath(host, `${folder}/loader/entries`))
      .filter((name) => name.endsWith('.conf'))
      .map((name) => `${folder}/loader/entries/${name}`),
  );
}

/** The arguments of the `options` lines of a boot loader entry (uapi-group.org, Boot Loader Specification). */
export function optionsOf(text: string): string[] {
  return [...text.matchAll(OPTIONS)].flatMap(([, , words = '']) => words.split(/\s+/).filter(Boolean));
}

/** Rescue entries stay as they are: they are the way back when an argument keeps the host from booting. */
const linuxEntries = (draft: Draft, folders: readonly string[]) =>
  entryFiles(draft.host, folders).filter(
    (f) => !/rescue|fallback/i.test(f) && /^(?:linux|options)[ \t]/m.test(drafted(draft, f) ?? ''),
  );

/** The tokens of all entries together; undefined when an entry takes them from a variable. */
export function entryTokens(draft: Draft, folders: readonly string[] = BOOT_FOLDERS): string[] | undefined {
  const tokens = linuxEntries(draft, folders).flatMap((f) => optionsOf(drafted(draft, f) ?? ''));
  if (tokens.some((t) => t.startsWith('$') && t !== '$tuned_params')) return undefined;
  return [...new Set(tokens)];
}

/** Edits the options of every entry, and /etc/kernel/cmdline, from which those of later kernels are made. */
export function editEntries(draft: Draft, folders: readonly string[], edit: ArgEdit): string | undefined {
  const files = linuxEntries(draft, folders);
  if (files.length === 0) return 'no boot loader entry was found';
  if (entryTokens(draft, folders) === undefined)
    return 'the boot loader entries take their options from a variable of GRUB (use grubby)';
  for (const file of files) {
    const text = drafted(draft, file) ?? '';
    const lines = [...text.matchAll(OPTIONS)];
    // Several options lines are joined by the loader: add to the last, remove from all.
    let changed = text;
    for (const [i, m] of [...lines.entries()].reverse()) {
      const [all, head = '', words = ''] = m;
      const add = i === lines.length - 1 ? missingArgs(optionsOf(text), edit.add) : [];
      const at = m.index ?? 0;
      const remove = [...edit.remove, ...conflicting(words, edit.add)];
      changed = `${changed.slice(0, at)}${head}${editWords(words, { add, remove })}${changed.slice(at + all.length)}`;
    }
    if (lines.length === 0 && edit.add.length > 0)
      changed = `${text}${text.endsWith('\n') ? '' : '\n'}options ${edit.add.join(' ')}\n`;
    draftEntry(draft, file, changed);
  }
  if (exists(draft.host, KERNEL_CMDLINE)) editCmdlineFile(draft, edit);
  return undefined;
}

function conflicting(words: string, add: readonly string[]): string[] {
  return words.split(/\s+/).filter((w) => add.some((a) => conflicts(w, a)));
}

/** /etc/kernel/cmdline: only the first line counts for proxmox-boot-tool; kernel-install joins them. Edits that line. */
export function editCmdlineFile(draft: Draft, edit: ArgEdit): string | undefined {
  const text = drafted(draft, KERNEL_CMDLINE);
  if (text === undefined) return `${KERNEL_CMDLINE} is missing`;
  const at = text.indexOf('\n');
  const [first, rest] = at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at)];
  const remove = [...edit.remove, ...conflicting(first, edit.add)];
  draftText(draft, KERNEL_CMDLINE, `${editWords(first, { add: edit.add, remove })}${rest}`);
  return undefined;
}
