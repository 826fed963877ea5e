// mkinitcpio (Arch, Manjaro): a file of our own in mkinitcpio.conf.d, read since version 36; before, the lists of the main file.
import { type Draft, drafted, draftText, ownLines } from '../draft.ts';
import { exists, type Host, resolvePath, tryText } from '../host.ts';
import { REBUILD } from './by-hand.ts';
import { anyOf, firstImage, type InitramfsTool, packageImages } from './tool.ts';

const CONFIG = '/etc/mkinitcpio.conf';
const FOLDER = '/etc/mkinitcpio.conf.d';

/** HOOKS as the last file sets them: a drop-in overrides the main file. */
export function hooks(host: Host): string {
  const dropIns = host.list(resolvePath(host, FOLDER)).filter((n) => n.endsWith('.conf'));
  return (
    [CONFIG, ...dropIns.map((n) => `${FOLDER}/${n}`)]
      .flatMap((path) => [...(tryText(host, path) ?? '').matchAll(/^HOOKS=\(([^)]*)\)/gm)])
      .map(([, inner = '']) => inner)
      .at(-1) ?? ''
  );
}

export const mkinitcpio: InitramfsTool = {
  installed: anyOf(['/usr/bin/mkinitcpio', CONFIG]),
  include(draft, modules, script) {
    if (!/\bmodconf\b/.test(hooks(draft.host)))
      return 'HOOKS of mkinitcpio lacks modconf, so no file of /etc/modprobe.d gets into the image: add it in /etc/mkinitcpio.conf';
    if (exists(draft.host, FOLDER)) {
      ownLines(draft, `${FOLDER}/pt-doctor.conf`, [
        `MODULES+=(${modules.join(' ')})`,
        ...(script ? [`FILES+=(${script})`] : []),
      ]);
      return undefined;
    }
    return (
      addToList(draft, 'MODULES', modules) ??
      (script === undefined ? undefined : addToList(draft, 'FILES', [script]))
    );
  },
  rebuild: () => [REBUILD.mkinitcpio.command.split(' ')],
  inspect: (host, kernel) => {
    const own = packageImages(host, 'initramfs').find((i) => i.kernel === kernel)?.path;
    const path = own ?? firstImage(host, ['initramfs-linux.img', `initramfs-${kernel}.img`]);
    return path === undefined ? undefined : ['lsinitcpio', path];
  },
};

/** Adds words to a bash list such as `MODULES=(a b)`; vfio has to come before graphics drivers. */
function addToList(draft: Draft, name: string, words: readonly string[]): string | undefined {
  const text = drafted(draft, CONFIG) ?? '';
  const list = new RegExp(`^${name}=\\(([^)#]*)\\)`, 'm').exec(text);
  if (!list) return `${CONFIG} has no ${name}=(...) that can be read`;
  const [all, inner = ''] = list;
  const have = inner.split(/\s+/).filter(Boolean);
  const missing = words.filter((w) => !have.includes(w));
  if (missing.length === 0) return undefined;
  const joined = [missing.join(' '), inner.trim()].filter(Boolean).join(' ');
  draftText(
    draft,
    CONFIG,
    text.replace(all, () => `${name}=(${joined})`),
  );
  return undefined;
}
