// Configuration that no initramfs contains: files newer than the image, of a tool that is not used, or left out of it.
import { exists, type Host, readText, resolvePath, tryText } from '../../apply/host.ts';
import { REBUILD } from '../../apply/initramfs/by-hand.ts';
import { hooks } from '../../apply/initramfs/mkinitcpio.ts';
import { packageImages } from '../../apply/initramfs/tool.ts';
import { modprobeFiles } from '../../apply/modprobe.ts';
import { moduleName } from '../../text/module-name.ts';
import { modulesAtBoot } from '../modules-load.ts';
import { type Lint, place, type Subject } from './lint.ts';

/** Where each tool is told which modules and files to take in. */
const CONFIGS = {
  'initramfs-tools': [
    '/etc/initramfs-tools/modules',
    '/etc/initramfs-tools/hooks',
    '/etc/initramfs-tools/scripts',
  ],
  dracut: ['/etc/dracut.conf', '/etc/dracut.conf.d'],
  mkinitcpio: ['/etc/mkinitcpio.conf', '/etc/mkinitcpio.conf.d'],
  booster: ['/etc/booster.yaml'],
} as const;

/** The files themselves, folders opened to the bottom. */
function filesIn(host: Host, path: string): string[] {
  const real = resolvePath(host, path);
  const names = host.list(real);
  if (names.length > 0) return names.flatMap((n) => filesIn(host, `${path}/${n}`));
  return host.stat(real)?.kind === 'file' ? [path] : [];
}

const configOf = (host: Host, tool: keyof typeof CONFIGS) => CONFIGS[tool].flatMap((p) => filesIn(host, p));

/** rpm-ostree has dracut make the image. */
function toolOf({ draft }: Subject): keyof typeof CONFIGS | undefined {
  return draft.initramfs === 'rpm-ostree' ? 'dracut' : draft.initramfs;
}

/** Lines that are no remark, numbered. */
function lines(host: Host, file: string): { readonly at: string; readonly text: string }[] {
  return (tryText(host, file) ?? '').split('\n').flatMap((text, i) => {
    return /^\s*#|^\s*$/.test(text) ? [] : [{ at: `${file}:${i + 1}`, text }];
  });
}

export const obsoleteModules: Lint = (s) => {
  if ((s.kernel ?? 6002) < 6002) return [];
  const tool = toolOf(s);
  const inImage = (tool ? configOf(s.host, tool) : []).flatMap((file) => lines(s.host, file));
  return [
    ...modulesAtBoot(s.draft)
      .filter((m) => moduleName(m.module) === 'vfio_virqfd')
      .map((m) => m.file),
    ...inImage.filter((l) => /\bvfio[-_]virqfd\b/.test(l.text)).map((l) => l.at),
  ].map((at) => ({
    id: 'vfio-virqfd',
    at,
    text: 'vfio_virqfd is no module since Linux 6.2; it is part of vfio',
    cure: 'Take it out.',
  }));
};

export const unusedConfig: Lint = (s) => {
  const used = toolOf(s);
  if (used === undefined) return [];
  return (Object.keys(CONFIGS) as (keyof typeof CONFIGS)[])
    .filter((tool) => tool !== used)
    .flatMap((tool) => configOf(s.host, tool))
    .flatMap((file) => lines(s.host, file))
    .filter((l) => /\bvfio/.test(l.text))
    .map((l) => ({
      id: 'initramfs-config-unused',
      at: l.at,
      text: `${used} makes the initramfs of this host and does not read this file`,
      cure: `Say it to ${used}: pt-doctor plan --bind BB:DD.F`,
    }));
};

export const modconfMissing: Lint = ({ host, draft, directives }) =>
  draft.initramfs === 'mkinitcpio' &&
  directives.some((d) => /vfio/.test(`${d.module} ${d.words.join(' ')}`)) &&
  !/\bmodconf\b/.test(hooks(host))
    ? [
        {
          id: 'modconf-missing',
          at: '/etc/mkinitcpio.conf',
          text: 'HOOKS lacks modconf, so no file of /etc/modprobe.d gets into the initramfs',
          cure: 'Add modconf before kms, then run: mkinitcpio -P',
        },
      ]
    : [];

/** A script that modprobe runs in place of vfio-pci has to be in the image, or the modprobe in there fails. */
export const scriptLeftOut: Lint = (s) => {
  const tool = toolOf(s);
  if (tool === undefined) return [];
  const config = configOf(s.host, tool)
    .map((f) => tryText(s.host, f) ?? '')
    .join('\n');
  return (
    s.directives
      .filter((d) => d.command === 'install' && d.module === 'vfio_pci')
      // What comes with the system is known to its tools; a script of a person is not.
      .filter((d) => /^\/(?:etc|usr\/local|opt|root)\//.test(d.words[0] ?? ''))
      .filter((d) => !config.includes(d.words[0] ?? ''))
      .map((d) => ({
        id: 'script-not-in-initramfs',
        at: place(d),
        text: `${d.words[0]} is in no initramfs: nothing of ${tool} names it`,
        cure: 'Add it to the image, or bind with: pt-doctor plan --bind BB:DD.F',
      }))
  );
};

/** An initramfs that is older than a file that belongs into it does not contain that file as it is now. */
export const staleInitramfs: Lint = ({ host, draft }) => {
  const images = [
    ...draft.kernels.flatMap((k) =>
      [`/boot/initrd.img-${k}`, `/boot/initramfs-${k}.img`, `/boot/initrd-${k}`].filter((p) =>
        exists(host, p),
      ),
    ),
    ...['initramfs', 'booster'].flatMap((prefix) => packageImages(host, prefix).map((i) => i.path)),
  ];
  const ours = modprobeFiles(host).filter((f) => /(?:vfio|kvm)/.test(readText(host, f) ?? ''));
  return images.flatMap((path) => {
    const built = host.stat(resolvePath(host, path))?.mtime ?? 0;
    const newer = ours.filter((f) => (host.stat(resolvePath(host, f))?.mtime ?? 0) > built);
    return newer.length === 0
      ? []
      : [
          {
            id: 'initramfs-stale',
            at: path,
            text: `it was built before ${newer.join(', ')} changed`,
            cure: `Rebuild it: ${draft.initramfs ? REBUILD[draft.initramfs].command : 'with the tool of this host'}`,
          },
        ];
  });
};
