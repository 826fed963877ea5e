// The tools that make an initramfs: how each is found, how vfio gets into the image, and how to look inside.
import { type Draft, drafted, draftText, ownLines } from '../draft.ts';
import { exists, type Host, resolvePath, tryText } from '../host.ts';
import { OWN_FILE } from '../modprobe.ts';
import { INITRAMFS_IDS, type InitramfsId, REBUILD } from './by-hand.ts';

export interface InitramfsTool {
  installed(host: Host): string | undefined;
  /** Puts vfio and `script` (binding by address) into the image. A text is why that can't be done here. */
  include(draft: Draft, modules: readonly string[], script: string | undefined): string | undefined;
  /** Command that lists the files of the image of `kernel`. */
  inspect(host: Host, kernel: string): readonly string[] | undefined;
}

const anyOf = (paths: readonly string[]) => (host: Host) => paths.find((p) => exists(host, p));
const image = (host: Host, names: readonly string[]) =>
  names.map((n) => `/boot/${n}`).find((p) => exists(host, p));

const initramfsTools: InitramfsTool = {
  installed: anyOf(['/usr/sbin/update-initramfs', '/etc/initramfs-tools/initramfs.conf']),
  include(draft, modules, script) {
    // force_load takes one module; what follows it would be options of that module.
    // A hook of our own rather than a line in /etc/initramfs-tools/modules; /etc/modprobe.d is copied by the tool itself.
    draftText(
      draft,
      '/etc/initramfs-tools/hooks/pt-doctor',
      `#!/bin/sh
# Written by pt-doctor; \`pt-doctor undo\` takes it back.
case "$1" in prereqs) exit 0 ;; esac
. /usr/share/initramfs-tools/hook-functions
${script ? modules.map((m) => `force_load ${m}`).join('\n') : `manual_add_modules ${modules.join(' ')}`}
${script ? `copy_file script ${script} ${script}\n` : ''}exit 0
`,
      0o755,
    );
    return undefined;
  },
  inspect: (host, kernel) => {
    const path = image(host, [`initrd.img-${kernel}`]);
    return path === undefined ? undefined : ['lsinitramfs', path];
  },
};

const dracut: InitramfsTool = {
  installed: anyOf(['/usr/bin/dracut', '/usr/sbin/dracut', '/sbin/dracut']),
  include(draft, modules, script) {
    const items = [drafted(draft, OWN_FILE) === undefined ? [] : [OWN_FILE], script ?? []].flat();
    ownLines(draft, '/etc/dracut.conf.d/pt-doctor.conf', [
      // The spaces inside the quotes are dracut's rule: each file appends to the same list.
      `${script ? 'force_drivers' : 'add_drivers'}+=" ${modules.join(' ')} "`,
      ...(items.length > 0 ? [`install_items+=" ${items.join(' ')} "`] : []),
    ]);
    return undefined;
  },
  inspect: (host, kernel) => {
    const own = packageImages(host).find((i) => i.kernel === kernel)?.path;
    const path = own ?? image(host, [`initramfs-${kernel}.img`, `initrd-${kernel}`, `initrd.img-${kernel}`]);
    return path === undefined ? undefined : ['lsinitrd', path];
  },
};

const mkinitcpio: InitramfsTool = {
  installed: anyOf(['/etc/mkinitcpio.conf', '/usr/bin/mkinitcpio']),
  include(draft, modules, script) {
    const conf = tryText(draft.host, '/etc/mkinitcpio.conf') ?? '';
    const hooks = /^HOOKS=\(([^)]*)\)/m.exec(conf)?.[1] ?? '';
    if (!/\bmodconf\b/.test(hooks))
      return 'HOOKS in /etc/mkinitcpio.conf lacks modconf, so no file of /etc/modprobe.d gets into the image: add it';
    // mkinitcpio.conf.d is read since version 37; without the folder the lists of the main file are edited.
    if (exists(draft.host, '/etc/mkinitcpio.conf.d')) {
      ownLines(draft, '/etc/mkinitcpio.conf.d/pt-doctor.conf', [
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
  inspect: (host) => {
    const path = image(host, ['initramfs-linux.img', 'initramfs-linux-lts.img', 'initramfs-linux-zen.img']);
    return path === undefined ? undefined : ['lsinitcpio', path];
  },
};

/** Adds words to a bash list such as `MODULES=(a b)` of mkinitcpio.conf; vfio has to come before graphics drivers. */
function addToList(draft: Draft, name: string, words: readonly string[]): string | undefined {
  const path = '/etc/mkinitcpio.conf';
  const text = drafted(draft, path) ?? '';
  const list = new RegExp(`^${name}=\\(([^)#]*)\\)`, 'm').exec(text);
  if (!list) return `${path} has no ${name}=(...) line on one line`;
  const [all, inner = ''] = list;
  const have = inner.split(/\s+/).filter(Boolean);
  const missing = words.filter((w) => !have.includes(w));
  if (missing.length === 0) return undefined;
  const joined = [missing.join(' '), inner.trim()].filter(Boolean).join(' ');
  draftText(
    draft,
    path,
    text.replace(all, () => `${name}=(${joined})`),
  );
  return undefined;
}

const booster: InitramfsTool = {
  installed: anyOf(['/etc/booster.yaml', '/usr/bin/booster']),
  include: (_draft, modules, script) =>
    script
      ? 'booster has no shell in its image, so binding by address before the host driver is not possible with it'
      : `add to /etc/booster.yaml: modules_force_load: ${modules.join(',')}`,
  inspect: () => undefined,
};

export const TOOLS = {
  'initramfs-tools': initramfsTools,
  dracut,
  mkinitcpio,
  booster,
} as const satisfies Record<InitramfsId, InitramfsTool>;

/** The tools found on the host with their signs. */
export function findInitramfs(host: Host): { readonly id: InitramfsId; readonly sign: string }[] {
  const found = INITRAMFS_IDS.flatMap((id) => {
    const sign = TOOLS[id].installed(host);
    return sign === undefined ? [] : [{ id, sign }];
  });
  // Debian's dracut package diverts update-initramfs; a leftover configuration alone proves nothing.
  const programs = found.filter((f) => /\/s?bin\//.test(f.sign));
  return programs.length > 0 ? programs : found;
}

/** Arch names its images after the package of the kernel; dracut by itself would write another file than the one that boots. */
function packageImages(host: Host): { readonly kernel: string; readonly path: string }[] {
  return installedKernels(host).flatMap((kernel) => {
    const name = tryText(host, `/lib/modules/${kernel}/pkgbase`)?.trim();
    const path = `/boot/initramfs-${name}.img`;
    return name && exists(host, path) ? [{ kernel, path }] : [];
  });
}

/** The commands that rebuild every image of the host. */
export function rebuildCommands(host: Host, id: InitramfsId): readonly (readonly string[])[] {
  const images = id === 'dracut' ? packageImages(host) : [];
  if (images.length > 0) return images.map((i) => ['dracut', '--force', i.path, '--kver', i.kernel]);
  return [REBUILD[id].command.split(' ')];
}

/** Kernels that have modules on the host. */
export function installedKernels(host: Host): string[] {
  return [...host.list(resolvePath(host, '/lib/modules'))];
}
