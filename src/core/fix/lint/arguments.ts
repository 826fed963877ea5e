// Arguments of the kernel command line that are unknown to the kernel, obsolete, or without effect on this host.
import { argName } from '../../apply/edit.ts';
import { tryText } from '../../apply/host.ts';
import type { HostLint, Lint, Subject } from './lint.ts';

const CMDLINE = 'kernel command line';
const LOWERS = 'it lowers the protection of the host, and most hosts do not need it';

interface Found {
  readonly id: string;
  readonly text: string;
  readonly cure: string;
}

/** Words that guides give and the kernel does not know (parse_amd_iommu_options, intel_iommu_setup, iommu_setup). */
const UNKNOWN: Readonly<Record<string, Found>> = {
  'amd_iommu=on': {
    id: 'amd-iommu-on',
    text: 'amd_iommu=on is no value that the kernel knows; the AMD IOMMU is on by default',
    cure: 'Take it off.',
  },
  'amd_iommu=pt': {
    id: 'iommu-value-unknown',
    text: 'amd_iommu=pt is no value that the kernel knows',
    cure: 'Write iommu=pt, or take it off.',
  },
  'intel_iommu=pt': {
    id: 'iommu-value-unknown',
    text: 'intel_iommu=pt is no value that the kernel knows',
    cure: 'Write intel_iommu=on iommu=pt.',
  },
  'iommu=on': {
    id: 'iommu-value-unknown',
    text: 'iommu=on is no value that the kernel knows',
    cure: 'Take it off; intel_iommu=on switches the Intel IOMMU on, the one of AMD is on by default.',
  },
  'iommu=1': {
    id: 'iommu-value-unknown',
    text: 'iommu=1 is no value that the kernel knows',
    cure: 'Take it off; intel_iommu=on switches the Intel IOMMU on, the one of AMD is on by default.',
  },
};

/**
 * Whether the firmware's picture goes to simplefb or simpledrm, where video=efifb:off does not reach (drivers/firmware/sysfb.c):
 * the configuration of the kernel says so; where it is not there, Linux 5.15 is about when distributions turned it on.
 */
function simpleFramebuffer({ host, draft, kernel }: Subject): boolean {
  const configs = draft.kernels.flatMap((k) => tryText(host, `/boot/config-${k}`) ?? []);
  if (configs.length > 0) return configs.some((c) => /^CONFIG_(?:X86_SYSFB|SYSFB_SIMPLEFB)=y$/m.test(c));
  return (kernel ?? 0) >= 5015;
}

function judge(token: string, s: Subject): Found | undefined {
  const known = UNKNOWN[token];
  if (known) return known;
  const name = argName(token);
  if (token === 'intel_iommu=on' && s.vendor === 'amd')
    return {
      id: 'intel-iommu-on-amd',
      text: 'intel_iommu=on does nothing on an AMD processor',
      cure: 'Take it off.',
    };
  if (name === 'video' && token.includes('efifb:off') && simpleFramebuffer(s))
    return {
      id: 'video-efifb-off',
      text: 'video=efifb:off does not reach this kernel, which gives the boot screen to simplefb or simpledrm',
      cure: 'Take it off. From Linux 6.0 on vfio-pci takes the boot screen off the card by itself; before, use initcall_blacklist=sysfb_init.',
    };
  if (name === 'pcie_acs_override' && s.draft.kernels.length > 0 && !patched(s))
    return {
      id: 'acs-override-unpatched',
      text: 'pcie_acs_override= needs a patched kernel; none of the installed ones looks like it',
      cure: 'Take it off, or install a kernel with the patch and mind that it weakens the isolation.',
    };
  if (name === 'pci_stub.ids')
    return {
      id: 'pci-stub',
      text: 'pci-stub only keeps drivers away; vfio-pci does that and can be given to a guest',
      cure: 'Bind the device instead: pt-doctor plan --bind BB:DD.F',
    };
  if (name === 'rd.driver.pre' && s.draft.initramfs !== undefined && !readsDracut(s))
    return {
      id: 'rd-driver-pre-unused',
      text: `rd.driver.pre= is read by dracut, and ${s.draft.initramfs} makes the initramfs of this host`,
      cure: 'Take it off, and bind with: pt-doctor plan --bind BB:DD.F',
    };
  if (name === 'vfio_iommu_type1.allow_unsafe_interrupts' && /=[1yY]$/.test(token))
    return {
      id: 'unsafe-interrupts',
      text: `allow_unsafe_interrupts: ${LOWERS}`,
      cure: 'Take it out unless the log says that interrupt remapping is missing.',
    };
  return undefined;
}

const patched = ({ draft }: Subject) =>
  draft.kernels.some((k) => /pve|zen|acs|liquorix|cachyos|unraid/i.test(k));
const readsDracut = ({ draft }: Subject) => draft.initramfs === 'dracut' || draft.initramfs === 'rpm-ostree';

export const kernelArguments: Lint = (s) => {
  const found = s.args.flatMap((token): HostLint[] => {
    const hit = judge(token, s);
    return hit ? [{ at: CMDLINE, ...hit }] : [];
  });
  return found.filter((f, i) => found.findIndex((g) => g.text === f.text) === i);
};

export const cmdlineFile: Lint = ({ host, draft }) => {
  const path = '/etc/kernel/cmdline';
  const text = tryText(host, path);
  if (text === undefined) return [];
  const lines = text.split('\n').map((l) => l.trim());
  const second = lines.findIndex((l, i) => i > 0 && l !== '');
  const grub = draft.loader?.startsWith('grub') && draft.loader !== 'grub-bls';
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
            cure: 'Put the arguments into /etc/default/grub and refresh GRUB.',
          },
        ]
      : []),
  ];
};
