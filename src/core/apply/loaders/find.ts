// Which boot loader boots this host, by evidence: what is installed, narrowed down by what the running kernel was started with.
import { type Host, tryText } from '../host.ts';
import { beyondUs } from './beyond.ts';
import type { LoaderId } from './by-hand.ts';
import { nixos, syslinux, truenas } from './declared.ts';
import { grub } from './grub.ts';
import { grubBls } from './grub-bls.ts';
import { grub2File, grubFile } from './grub-file.ts';
import { kernelInstall, reinstallKernels, sdbootManage, sdbootutil } from './kernel-install.ts';
import { kernelstub } from './kernelstub.ts';
import { limine } from './limine.ts';
import type { Loader } from './loader.ts';
import { proxmoxBoot } from './proxmox-boot.ts';
import { refind } from './refind.ts';
import { rpmOstree } from './rpm-ostree.ts';
import { systemdBoot } from './systemd-boot.ts';

export const LOADERS = {
  grub,
  'grub-file': grubFile,
  'grub2-file': grub2File,
  'grub-bls': grubBls,
  'proxmox-boot': proxmoxBoot,
  'systemd-boot': systemdBoot,
  'kernel-install': kernelInstall,
  'reinstall-kernels': reinstallKernels,
  'sdboot-manage': sdbootManage,
  sdbootutil,
  kernelstub,
  'rpm-ostree': rpmOstree,
  limine,
  refind,
  syslinux,
  nixos,
  truenas,
} as const satisfies Record<LoaderId, Loader>;

/** Hosts that are declared elsewhere, or whose image is one: whatever loader files lie around do not count. */
const DECIDE_ALONE: readonly LoaderId[] = ['nixos', 'truenas', 'rpm-ostree', 'sdbootutil'];
const GRUBS: readonly LoaderId[] = ['grub', 'grub-file', 'grub2-file', 'grub-bls'];
const SYSTEMD: readonly LoaderId[] = [
  'proxmox-boot',
  'systemd-boot',
  'kernel-install',
  'reinstall-kernels',
  'sdboot-manage',
  'kernelstub',
];

export type LoaderFound =
  | { readonly found: LoaderId; readonly evidence: readonly string[] }
  | {
      readonly found: undefined;
      readonly evidence: readonly string[];
      readonly candidates: readonly LoaderId[];
      readonly why: string;
    };

/** What the loader itself told the kernel (systemd's LoaderInfo variable: four bytes of attributes, then UTF-16). */
function loaderInfo(host: Host): string | undefined {
  const raw = tryText(host, '/sys/firmware/efi/efivars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f');
  return raw?.slice(4).replaceAll('\0', '');
}

/** What the running kernel's start tells: a class of loaders. undefined in a tree without /proc. */
function running(host: Host): { readonly ids: readonly LoaderId[]; readonly sign: string } | undefined {
  const info = loaderInfo(host);
  const told: readonly (readonly [RegExp, readonly LoaderId[]])[] = [
    [/^systemd-boot/i, SYSTEMD],
    [/^grub/i, GRUBS],
    [/^limine/i, ['limine']],
    [/refind/i, ['refind']],
  ];
  const hit = info === undefined ? undefined : told.find(([pattern]) => pattern.test(info));
  if (hit && info) return { ids: hit[1], sign: `the firmware variable LoaderInfo says ${info}` };
  const cmdline = tryText(host, '/proc/cmdline')?.trim();
  if (!cmdline) return undefined;
  if (/(?:^| )BOOT_IMAGE=/.test(cmdline))
    return { ids: [...GRUBS, 'syslinux'], sign: 'the running kernel has BOOT_IMAGE=, which GRUB sets' };
  if (/(?:^| )initrd=\\/.test(cmdline))
    return {
      ids: [...SYSTEMD, 'refind', 'limine'],
      sign: 'the running kernel has initrd=\\..., which systemd-boot sets',
    };
  return undefined;
}

/** The boot loader of the host by what is installed and what the running command line says; none where two are possible. */
export function findLoader(host: Host): LoaderFound {
  const installed = (Object.keys(LOADERS) as LoaderId[]).flatMap((id) => {
    const sign = LOADERS[id].installed(host);
    return sign === undefined ? [] : [{ id, sign: `${LOADERS[id].title}: ${sign}` }];
  });
  const alone = installed.find((i) => DECIDE_ALONE.includes(i.id));
  if (alone) return { found: alone.id, evidence: [alone.sign] };
  const fault = beyondUs(host);
  if (fault !== undefined) return { found: undefined, evidence: [], candidates: [], why: fault };
  const boot = running(host);
  const evidence = [...installed.map((i) => i.sign), ...(boot ? [boot.sign] : [])];
  const left = boot ? installed.filter((i) => boot.ids.includes(i.id)) : installed;
  const [only, ...more] = left;
  if (only && more.length === 0) return { found: only.id, evidence };
  const candidates = (left.length > 0 ? left : installed).map((i) => i.id);
  const why =
    installed.length === 0
      ? 'no boot loader that pt-doctor knows was found'
      : left.length === 0
        ? `${boot?.sign}, but only other loaders are set up`
        : `${left.length} boot loaders are set up and nothing tells which one boots`;
  return { found: undefined, evidence, candidates, why };
}
