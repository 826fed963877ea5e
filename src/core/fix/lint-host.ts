// What in the present configuration of a host is wrong, reversed, obsolete or without effect. One check per function; each
// looks at a few files and answers with the place and the cure.
import type { Draft } from '../apply/draft.ts';
import { exists, type Host, readText, resolvePath, tryText } from '../apply/host.ts';
import { type Directive, modprobeFiles, moduleName, optionUses, readDirectives } from '../apply/modprobe.ts';
import { startDraft } from '../apply/plan.ts';
import { sanitize } from '../text/sanitize.ts';
import { modulesAtBoot } from './modules-load.ts';

export interface HostLint {
  readonly id: string;
  /** Path, with a line number where one is known. */
  readonly at: string;
  readonly text: string;
  readonly cure: string;
}

interface Subject {
  readonly host: Host;
  readonly draft: Draft;
  readonly directives: readonly Directive[];
  readonly args: readonly string[];
  readonly vendor: 'intel' | 'amd' | undefined;
  /** Major and minor of the newest installed kernel as one number: 6.8 is 6008. */
  readonly kernel: number | undefined;
}

type Lint = (s: Subject) => readonly HostLint[];

const place = (d: { file: string; line: number }) => `${d.file}:${d.line}`;
const CMDLINE = 'kernel command line';

const uselessArguments: Lint = ({ args, vendor, kernel, draft }) => {
  const patched = draft.kernels.some((k) => /pve|zen|acs|liquorix|cachyos|unraid/i.test(k));
  const told: readonly (readonly [boolean, string, string, string])[] = [
    [
      args.includes('amd_iommu=on'),
      'amd-iommu-on',
      'amd_iommu=on is no value that the kernel knows; the AMD IOMMU is on by default',
      'Take it off.',
    ],
    [
      args.includes('intel_iommu=on') && vendor === 'amd',
      'intel-iommu-on-amd',
      'intel_iommu=on does nothing on an AMD processor',
      'Take it off.',
    ],
    [
      args.some((a) => a.startsWith('video=') && a.includes('efifb:off')) && (kernel ?? 0) >= 5015,
      'video-efifb-off',
      'video=efifb:off has no effect since about Linux 5.15, where simplefb took over',
      'Use initcall_blacklist=sysfb_init, and only when the boot framebuffer holds the card.',
    ],
    [
      args.some((a) => a.startsWith('pcie_acs_override=')) && draft.kernels.length > 0 && !patched,
      'acs-override-unpatched',
      'pcie_acs_override= needs a patched kernel; none of the installed ones looks like it',
      'Take it off, or install a kernel with the patch and mind that it weakens the isolation.',
    ],
  ];
  return told.flatMap(([hit, id, text, cure]) => (hit ? [{ id, at: CMDLINE, text, cure }] : []));
};

const obsoleteModules: Lint = ({ draft, kernel }) =>
  (kernel ?? 6002) < 6002
    ? []
    : [
        ...modulesAtBoot(draft),
        ...(tryText(draft.host, '/etc/initramfs-tools/modules') ?? '')
          .split('\n')
          .map((l) => ({ file: '/etc/initramfs-tools/modules', module: l.trim() })),
      ]
        .filter((m) => moduleName(m.module) === 'vfio_virqfd')
        .map((m) => ({
          id: 'vfio-virqfd',
          at: m.file,
          text: 'vfio_virqfd is no module since Linux 6.2; it is part of vfio',
          cure: 'Take the line out.',
        }));

const reversedSoftdep: Lint = ({ directives }) =>
  directives
    .filter((d) => d.command === 'softdep' && d.module === 'vfio_pci' && d.words.includes('pre:'))
    .map((d) => {
      const drivers = d.words.slice(d.words.indexOf('pre:') + 1);
      return {
        id: 'softdep-reversed',
        at: place(d),
        text: `this loads ${drivers.join(', ')} before vfio-pci: the wrong way round`,
        cure: drivers.map((m) => `softdep ${m} pre: vfio-pci`).join('; '),
      };
    });

const idsTwice: Lint = ({ directives, draft }) => {
  const uses = optionUses(directives, 'vfio-pci', 'ids');
  const last = uses.at(-1);
  const lost = uses
    .slice(0, -1)
    .filter((u) => !u.value.split(',').every((id) => last?.value.split(',').includes(id)));
  const present = new Set(draft.devices.map((d) => d.id));
  return [
    ...lost.map((u) => ({
      id: 'ids-overridden',
      at: place(u),
      text: `these ids are lost: ${last ? place(last) : ''} sets ids= again, and the last one wins`,
      cure: 'Write all ids into one line.',
    })),
    ...uses
      .filter((u) => new Set(u.value.split(',')).size < u.value.split(',').length)
      .map((u) => ({
        id: 'ids-twice',
        at: place(u),
        text: 'an id stands twice; one entry binds every device with it',
        cure: 'List each id once.',
      })),
    ...uses.flatMap((u) =>
      present.size === 0
        ? []
        : u.value
            .split(',')
            .filter((id) => /^[0-9a-fA-F]{4}:[0-9a-fA-F]{4}$/.test(id) && !present.has(id.toLowerCase()))
            .map((id) => ({
              id: 'ids-unknown',
              at: place(u),
              text: `no device of this host has the id ${id}`,
              cure: 'Check it with lspci -nn.',
            })),
    ),
  ];
};

const harmfulBlacklist: Lint = ({ directives }) => {
  const harm: Readonly<Record<string, string>> = {
    usb_storage: 'it does not free a USB controller, and takes the USB disks of the host away',
    xhci_hcd: 'every USB port of the host is gone, the keyboard too',
    xhci_pci: 'every USB port of the host is gone, the keyboard too',
    ahci: 'every SATA disk of the host is gone',
    nvme: 'every NVMe disk of the host is gone',
    vfio_pci: 'nothing can be passed through without it',
  };
  return directives
    .filter((d) => d.command === 'blacklist' && d.module in harm)
    .map((d) => ({
      id: 'blacklist-harmful',
      at: place(d),
      text: `blacklist ${d.module}: ${harm[d.module]}`,
      cure: 'Take it out; bind the one device instead: pt-doctor plan --bind BB:DD.F',
    }));
};

const cmdlineFile: Lint = ({ host, draft }) => {
  const path = '/etc/kernel/cmdline';
  const text = tryText(host, path);
  if (text === undefined) return [];
  const lines = text.split('\n').map((l) => l.trim());
  const second = lines.findIndex((l, i) => i > 0 && l !== '');
  const grub = draft.loader === 'grub' || draft.loader === 'grub-file';
  return [
    ...(second > 0
      ? [
          {
            id: 'cmdline-second-line',
            at: `${path}:${second + 1}`,
            text: 'only the first line counts; this one has no effect',
            cure: 'Put everything on one line.',
          },
        ]
      : []),
    ...(grub && /iommu|vfio|pcie_|video=/.test(text)
      ? [
          {
            id: 'cmdline-unused',
            at: path,
            text: 'this host boots by GRUB, which does not read this file',
            cure: 'Put the arguments into /etc/default/grub and run update-grub.',
          },
        ]
      : []),
  ];
};

const ignoredFiles: Lint = ({ host }) =>
  host
    .list(resolvePath(host, '/etc/modprobe.d'))
    .filter(
      (name) =>
        !name.endsWith('.conf') &&
        /vfio|kvm|blacklist|pci/i.test(name) &&
        !/\.(?:dpkg|rpm|bak|old)/.test(name),
    )
    .map((name) => ({
      id: 'modprobe-not-conf',
      at: `/etc/modprobe.d/${name}`,
      text: 'modprobe reads only files whose names end in .conf',
      cure: `Rename it to ${name}.conf.`,
    }));

/** An initramfs that is older than a file that belongs into it does not contain that file as it is now. */
const staleInitramfs: Lint = ({ host, draft }) => {
  const images = draft.kernels.flatMap((k) =>
    [`/boot/initrd.img-${k}`, `/boot/initramfs-${k}.img`].filter((p) => exists(host, p)),
  );
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
            cure: 'Rebuild it: update-initramfs -u -k all, or the tool of this host.',
          },
        ];
  });
};

const unsafeInterrupts: Lint = ({ directives }) =>
  optionUses(directives, 'vfio_iommu_type1', 'allow_unsafe_interrupts')
    .slice(-1)
    .filter((u) => /^[1yY]$/.test(u.value))
    .map((u) => ({
      id: 'unsafe-interrupts',
      at: place(u),
      text: 'allow_unsafe_interrupts lowers the protection of the host, and most hosts do not need it',
      cure: 'Take it out unless the log says that interrupt remapping is missing.',
    }));

const LINTS: readonly Lint[] = [
  uselessArguments,
  obsoleteModules,
  reversedSoftdep,
  idsTwice,
  harmfulBlacklist,
  cmdlineFile,
  ignoredFiles,
  staleInitramfs,
  unsafeInterrupts,
];

function newestKernel(kernels: readonly string[]): number | undefined {
  const versions = kernels.flatMap((k) => {
    const m = /^(\d+)\.(\d+)/.exec(k);
    return m ? [Number(m[1]) * 1000 + Number(m[2])] : [];
  });
  return versions.length > 0 ? Math.max(...versions) : undefined;
}

/** Everything that is amiss in the passthrough configuration of `host`; reads only. */
export function lintHost(host: Host): HostLint[] {
  const { draft } = startDraft(host);
  const cpu = /^vendor_id\s*:\s*(\S+)/m.exec(tryText(host, '/proc/cpuinfo') ?? '')?.[1];
  const running = (tryText(host, '/proc/cmdline') ?? '').split(/\s+/).filter(Boolean);
  const subject: Subject = {
    host,
    draft,
    directives: readDirectives(host),
    args: [...new Set([...(draft.configured ?? []), ...running])],
    vendor: cpu === 'AuthenticAMD' ? 'amd' : cpu === 'GenuineIntel' ? 'intel' : undefined,
    kernel: newestKernel(draft.kernels),
  };
  return LINTS.flatMap((lint) => lint(subject));
}

export function lintText(found: readonly HostLint[]): string {
  if (found.length === 0) return 'Nothing is amiss in the passthrough configuration.\n';
  const lines = found.flatMap((f) => [`${f.at}: ${f.text} [${f.id}]`, `  ${f.cure}`]);
  return `${lines.map(sanitize).join('\n')}\n`;
}
