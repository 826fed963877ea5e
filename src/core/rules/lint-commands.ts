// Commands that do not do on every host what they are printed for, and changes that may leave a host without its boot or its data
// and do not say so first.
import type { Fix, RuleBase } from '../model.ts';
import type { Complaint } from './lint.ts';

/** Parameters that the kernel shows under /sys/module; one that is missing there was declared with permission 0, or is not a name. */
const READABLE: Readonly<Record<string, readonly string[]>> = {
  vfio_pci: ['disable_denylist', 'disable_idle_d3', 'disable_vga', 'enable_sriov', 'nointxmask'],
  vfio: ['enable_unsafe_noiommu_mode'],
  vfio_iommu_type1: ['allow_unsafe_interrupts', 'disable_hugepages', 'dma_entry_limit'],
  kvm: ['ignore_msrs', 'report_ignored_msrs'],
  kvm_intel: ['nested'],
  kvm_amd: ['nested', 'avic'],
  nvme_core: ['default_ps_max_latency_us'],
};

const FAULTS: readonly (readonly [RegExp, string])[] = [
  [/\bxxd\b/, 'xxd is in no base installation: od -An -tx1'],
  [
    /\bpgrep\b[^|)]*\s'?qemu'?(?:\s|\)|$)/,
    'pgrep for qemu finds virtqemud, the older process: name the programs',
  ],
  [
    /\bsystemctl restart\b.*\b(?:libvirtd|virtqemud)\b/,
    'restart starts the daemon that is not in use: try-restart',
  ],
  [/\bfuser\b(?!.*\/dev\/vfio\/devices).*\/dev\/vfio\/\*/, 'iommufd users hold /dev/vfio/devices/*'],
  [
    /\bvirsh\b.*\s(?!NAME\b|HOLDER\b|UUID\b)[A-Z]{3,}\b/,
    'a guest of libvirt is called NAME, another one HOLDER',
  ],
  [/\bsudo\b/, 'commands are for a root shell'],
  [/^(?:update-initramfs|mkinitcpio|dracut)\b/, 'the initramfs is rebuilt by {rebuild}'],
];

function faultsOf(command: string): string[] {
  const unreadable = [...command.matchAll(/\/sys\/module\/(\w+)\/parameters\/(\w+)/g)].flatMap(
    ([, module = '', name = '']) =>
      READABLE[module]?.includes(name) ? [] : [`/sys/module shows no parameter ${name} of ${module}`],
  );
  return [...FAULTS.flatMap(([pattern, text]) => (pattern.test(command) ? [text] : [])), ...unreadable];
}

/** What a person is told to switch, with what the warning has to speak of. */
const HAZARDS: readonly (readonly [RegExp, RegExp, string])[] = [
  [/\bCSM off\b/i, /\bboot/i, 'a host installed in legacy mode does not boot without CSM'],
  [/\bset VMD\b|\bVMD\b.*\boff\b/i, /\bboot/i, 'a system installed with VMD may not boot without it'],
  [/\bSecure Boot = Disabled\b/i, /\bkey|\bTPM\b/i, 'disks sealed to the TPM ask for their recovery key'],
  [
    /\bdriver_override\b|managed='yes'|\bvfio-pci ids=/,
    /\bdisk|\bdrive|\bboot|\bloses\b|\btaken away\b|\bstops?\b|\bremoves\b/i,
    'the host loses the device',
  ],
  [/\/remove\b/, /\bdisk|\bguests?\b|\binstance/i, 'a device in use is torn away'],
];

function hazardsOf(fix: Fix): string[] {
  const { action, warning = '' } = fix;
  const said =
    action.do === 'manual'
      ? JSON.stringify(action.steps)
      : action.do === 'driver-bind'
        ? 'driver_override'
        : '';
  return [
    ...(warning === '' && fix.risk !== 'low' && fix.risk !== 'none'
      ? [`risk is ${fix.risk}, and no warning says which`]
      : []),
    ...HAZARDS.flatMap(([hazard, word, why]) =>
      hazard.test(said) && !word.test(warning) ? [`the warning does not say: ${why}`] : [],
    ),
  ];
}

function runsOf({ action, confirm }: Fix): string[] {
  const steps = action.do === 'manual' ? action.steps.flatMap((s) => [s, ...(s.either ?? [])]) : [];
  return [...steps.flatMap((s) => s.run ?? []), ...confirm.map((c) => c.run)];
}

export function lintCommands(base: RuleBase): Complaint[] {
  return [
    ...[...base.fixes].flatMap(([id, fix]) =>
      [...runsOf(fix).flatMap(faultsOf), ...hazardsOf(fix)].map((text) => ({ id: `fixes/${id}`, text })),
    ),
    ...[...base.causes.values()].flatMap((cause) =>
      cause.confirm.flatMap((c) => faultsOf(c.run)).map((text) => ({ id: `causes/${cause.id}`, text })),
    ),
  ];
}
