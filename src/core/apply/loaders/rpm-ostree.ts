// rpm-ostree (Fedora Silverblue, Kinoite, Bazzite, Bluefin): kernel arguments belong to a deployment and change by command only.
import { drafted } from '../draft.ts';
import { editTokens } from '../edit.ts';
import { exists, type Host, tryText } from '../host.ts';
import { entryFiles, optionsOf } from './entries.ts';
import type { Loader } from './loader.ts';

export const isOstree = (host: Host): boolean =>
  exists(host, '/run/ostree-booted') || exists(host, '/ostree/repo');

/** The entry of the deployment that boots next: the one with the highest `version` (ostree's bootloader entries). */
function defaultEntry(host: Host): string | undefined {
  const version = (file: string) => Number(/^version[ \t]+(\d+)/m.exec(tryText(host, file) ?? '')?.[1] ?? -1);
  return entryFiles(host, ['/boot'])
    .filter((f) => /\/ostree-[^/]*$/.test(f))
    .sort((a, b) => version(a) - version(b))
    .at(-1);
}

export const rpmOstree: Loader = {
  title: 'rpm-ostree',
  installed: (host) => (isOstree(host) ? '/ostree' : undefined),
  configured(draft) {
    const entry = defaultEntry(draft.host);
    return entry === undefined
      ? (tryText(draft.host, '/proc/cmdline') ?? '').split(/\s+/).filter(Boolean)
      : optionsOf(drafted(draft, entry) ?? '');
  },
  edit(draft, edit) {
    const have = this.configured(draft) ?? [];
    const want = editTokens(have, edit);
    const add = want.filter((t) => !have.includes(t));
    const remove = have.filter((t) => !want.includes(t));
    if (add.length === 0 && remove.length === 0) return undefined;
    // The -if- forms change nothing when they run a second time, after a run that was cut off.
    const kargs = (plus: readonly string[], minus: readonly string[]) => [
      'rpm-ostree',
      'kargs',
      ...plus.map((a) => `--append-if-missing=${a}`),
      ...minus.map((r) => `--delete-if-present=${r}`),
    ];
    draft.commands.push({ run: kargs(add, remove), undo: kargs(remove, add) });
    return undefined;
  },
  refresh: () => undefined,
};
