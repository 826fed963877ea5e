// Facts of a boot log and of the kernel's own files: release, command line, devices, groups, processor, board.
import type { Facts } from '../../model.ts';
import { distributionNamed } from '../distributions.ts';
import { bdf, deviceAt, MAX_LIST, type Reader, setFlag } from './reader.ts';

/** `DMAR: ` alone is too short for a gate: with what messages of the kernel begin with. */
export const DMAR_LITERALS: readonly string[] = Array.from(
  '[ACDEFHINOPQRSTUVacdeilnprsu',
  (letter) => `DMAR: ${letter}`,
);

function moduleOf(token: string): { module: string; option: string; value: string } | undefined {
  const at = token.indexOf('=');
  const dot = token.indexOf('.');
  if (at < 0 || dot < 0 || dot > at) return undefined;
  return { module: token.slice(0, dot), option: token.slice(dot + 1, at), value: token.slice(at + 1) };
}

/** Module options and blacklists that a kernel command line carries. */
function readTokens(facts: Facts, tokens: readonly string[], line: number) {
  for (const token of tokens) {
    const blacklist = /^(?:modprobe\.blacklist|module_blacklist|rd\.driver\.blacklist)=(.+)/.exec(token)?.[1];
    for (const module of blacklist?.split(',') ?? [])
      if (facts.blacklists.length < MAX_LIST && module) facts.blacklists.push({ module, line });
    const option = moduleOf(token);
    if (
      option &&
      facts.moduleOptions.length < MAX_LIST &&
      /^(?:vfio|kvm|nvidia|i915|xe$|pci)/.test(option.module)
    )
      facts.moduleOptions.push({ ...option, line });
  }
}

const tokensOf = (text: string) =>
  text
    .trim()
    .split(/\s+/)
    .filter((t) => t !== '')
    .slice(0, 300);

function configured(facts: Facts, text: string) {
  facts.cmdlineConfigured = [...(facts.cmdlineConfigured ?? []), ...tokensOf(text)].slice(0, 300);
}

function setLines(facts: Facts, line: number, count: number) {
  setFlag(facts, 'kernel-cmdline-lines', String(count), line);
}

export const BOOT_READERS: readonly Reader[] = [
  {
    literals: ['Linux version '],
    pattern: /Linux version (\S+) (.*)/,
    read(facts, [, release = '', rest = ''], line) {
      facts.kernel = release;
      const distribution = distributionNamed(`${release} ${rest}`);
      if (distribution) facts.distribution = distribution;
      // `#45-Ubuntu SMP ... (Ubuntu 6.8.0-45.45-generic 6.8.12)`, `SMP PREEMPT_DYNAMIC Debian 6.1.106-3`
      const upstream = /\(Ubuntu \S+ (\d+\.\d+\.\d+)\)|SMP[ \w]* Debian (\d+\.\d+\.\d+)-/.exec(rest);
      const level = upstream?.[1] ?? upstream?.[2];
      if (level) setFlag(facts, 'kernel-upstream', level, line.no);
    },
  },
  {
    // The second form is a pasted /proc/cmdline, with or without a prompt or a label in front.
    literals: ['Command line: ', 'BOOT_IMAGE=', 'initrd=\\'],
    pattern:
      /(?:Command line: (.*)|^(?:\S{0,60}[$#] ?(?:# )?cat \/proc\/cmdline\s*|\W{0,4}(?:[Kk]ernel )?(?:[Cc]mdline|command line)\W{1,4})?((?:initrd=\S+ )?BOOT_IMAGE=.*|initrd=\\\S+ .*))/,
    read(facts, [, kernel, pasted], line) {
      facts.cmdline = tokensOf(kernel ?? pasted ?? '');
      // BOOT_IMAGE=/boot/vmlinuz-6.8.12-4-pve tells the release where no banner does.
      const release = /BOOT_IMAGE=\S*?vmlinuz-(\d+\.\d+\S*)/.exec(facts.cmdline[0] ?? '')?.[1];
      if (release) facts.kernel ??= release;
      // The paths of its image and its root carry the name of many a system.
      const distribution = distributionNamed(release ?? '') ?? distributionNamed(facts.cmdline.join(' '));
      if (distribution) facts.distribution ??= distribution;
      readTokens(facts, facts.cmdline, kernel === undefined ? line.no : 0);
    },
  },
  {
    // /etc/default/grub: what the next boot gets after update-grub.
    literals: ['GRUB_CMDLINE_LINUX'],
    pattern: /^GRUB_CMDLINE_LINUX(?:_DEFAULT)?=["']?([^"'#]*)/,
    read(facts, [, text = '']) {
      configured(facts, text);
      facts.bootLoader ??= 'grub';
    },
  },
  {
    // /etc/kernel/cmdline is one line: root= stands on it. A line of arguments right below is one too many.
    literals: ['root=ZFS=', 'root=UUID=', 'root=/dev/', 'root=LABEL=', 'root=PARTUUID='],
    pattern:
      /^(?:\S{0,60}[$#] ?(?:# )?cat \/etc\/kernel\/cmdline\s*)?(root=(?:ZFS|UUID|LABEL|PARTUUID|\/dev\/)\S* ?.*)$/,
    read(facts, [, text = ''], line, state) {
      configured(facts, text);
      state.kernelCmdline = line.no;
      setLines(facts, line.no, 1);
    },
  },
  {
    literals: [
      'intel_iommu=',
      'amd_iommu=',
      'iommu=pt',
      'pcie_acs_override=',
      'vfio-pci.ids=',
      'initcall_blacklist=',
    ],
    pattern: /^(?:[a-z][\w.-]*(?:=\S+)?(?:\s+|$))+$/,
    read(facts, [text = ''], line, state) {
      const above = state.kernelCmdline;
      if (above === undefined || line.no <= above || line.no > above + 2 || /^root=/.test(text)) return;
      setLines(facts, line.no, Number(facts.flags.get('kernel-cmdline-lines')?.value ?? 1) + 1);
    },
  },
  {
    literals: ['] type 0', '] type 1', '] type 7f'],
    pattern: bdf('pci (BDF): \\[([0-9a-f]{4}:[0-9a-f]{4})\\] type [0-9a-f]{2} class 0x([0-9a-f]{4})'),
    read(facts, [, at = '', id = '', cls = ''], line) {
      // The ids are read first; a device that then reads as all ones has no class.
      const told = cls === 'ffff' ? { id } : { id, class: cls };
      Object.assign(deviceAt(facts, at), { ...told, line: line.no });
    },
  },
  {
    literals: ['iommu group ', ' to group '],
    pattern: bdf('(?:(BDF): Adding to iommu group (\\d+)|Adding device (BDF) to group (\\d+))'),
    read(facts, [, at, group, oldAt, oldGroup]) {
      deviceAt(facts, at ?? oldAt ?? '').iommuGroup = Number(group ?? oldGroup);
      if (!facts.flags.has('iommu')) setFlag(facts, 'iommu', 'on', 0);
    },
  },
  {
    literals: ['smpboot: CPU0: ', 'Model name:', 'model name\t'],
    pattern: /(?:smpboot: CPU0: (.*?)(?: \(family|$)|^(?:BIOS )?[Mm]odel name\s*:\s*(\S.{3,100}))/,
    read(facts, [, booted, listed]) {
      const name = booted ?? listed ?? '';
      facts.cpu = name;
      facts.cpuVendor = /AMD|Hygon/i.test(name) ? 'amd' : 'intel';
    },
  },
  {
    literals: [', BIOS '],
    pattern: /(?:^DMI: |Hardware name: )(.{2,120}?), BIOS (\S+(?: \S+)?)/,
    read(facts, [, board = '', bios = '']) {
      facts.board = board;
      facts.bios = bios;
    },
  },
  {
    literals: ['AMD-Vi: ', 'kvm_amd', 'AuthenticAMD'],
    pattern: /AMD-Vi: |kvm_amd|AuthenticAMD/,
    read(facts) {
      facts.cpuVendor ??= 'amd';
    },
  },
  {
    literals: ['ACPI: DMAR', ...DMAR_LITERALS, 'kvm_intel', 'GenuineIntel'],
    pattern: /ACPI: DMAR|DMAR: |kvm_intel|GenuineIntel/,
    read(facts) {
      facts.cpuVendor ??= 'intel';
    },
  },
  {
    literals: ['Secure boot enabled', 'Secure boot disabled', 'Kernel is locked down'],
    pattern: /(Secure boot (?:enabled|disabled)|Kernel is locked down)/,
    read(facts, [, text = ''], line) {
      if (text.startsWith('Kernel')) setFlag(facts, 'lockdown', 'on', line.no);
      else setFlag(facts, 'secure-boot', text.endsWith('enabled') ? 'on' : 'off', line.no);
    },
  },
];
