// Hosts that keep nothing written under /etc (Unraid unpacks it at every boot, NixOS and TrueNAS write it themselves), and those of
// rpm-ostree, whose initramfs is made elsewhere: what a person does there in place of a file in /etc.
import { BY_HAND } from '../apply/loaders/by-hand.ts';
import type { Bdf } from '../model.ts';
import { SOME_BDF, shortBdf } from '../text/bdf.ts';
import { perHost } from './advice.ts';
import type { Site } from './site.ts';

interface Declared {
  /** Gives devices to vfio-pci from boot on; `ids` when these name no other device of the host. */
  bind(devices: readonly Bdf[], ids: readonly string[] | undefined): readonly string[];
  /** Lines of modprobe.d that no kernel argument stands for; without it only binding the devices does what they are for. */
  modprobe?(lines: readonly string[]): readonly string[];
  /** Has a command run at every boot. */
  atBoot(command: string): readonly string[];
  /** What stands for `commands`, which add `lines` to the file at `path` under /etc. */
  etc(path: string, lines: readonly string[], commands: readonly string[]): readonly string[];
}

/** Options of configuration.nix that stand for the files of a folder of /etc. */
const NIX_OPTIONS: readonly (readonly [folder: string, option: (line: string) => string])[] = [
  ['/etc/udev/rules.d/', (line) => `services.udev.extraRules = ''${line}'';`],
  ['/etc/modprobe.d/', (line) => `boot.extraModprobeConfig = "${line}";`],
  ['/etc/modules-load.d/', (line) => `boot.kernelModules = [ "${line}" ];`],
];

const nixOption = (path: string, line: string) =>
  NIX_OPTIONS.find(([folder]) => path.startsWith(folder))?.[1](line) ??
  `what stands for this line in ${path}: ${line}`;

const list = (devices: readonly Bdf[]) =>
  (devices.length > 0 ? devices : [SOME_BDF]).map(shortBdf).join(', ');

const OVERRIDE = 'echo vfio-pci > /sys/bus/pci/devices/{device}/driver_override';

const DECLARED: Readonly<Record<string, Declared>> = {
  unraid: {
    bind: (devices) => [
      `# Tools > System Devices: tick ${list(devices)}, BIND SELECTED TO VFIO AT BOOT, then reboot`,
    ],
    atBoot: (command) => [`echo '${command}' >> /boot/config/go`],
    etc: (_path, _lines, commands) => [
      ...commands,
      '# Unraid unpacks /etc anew at every boot: write the same into /boot/config/go',
    ],
  },
  nixos: {
    bind: (devices, ids) => [
      '# in configuration.nix: boot.initrd.kernelModules = [ "vfio_pci" "vfio" "vfio_iommu_type1" ];',
      ids
        ? `# and boot.kernelParams = [ "vfio-pci.ids=${ids.join(',')}" ];`
        : `# and a service of the initrd, before the drivers load, that does for ${list(devices)}: ${OVERRIDE.replace('{device}', 'ADDRESS')}`,
      'nixos-rebuild boot',
    ],
    modprobe: (lines) => [
      ...lines.map((l) => `# in configuration.nix, as a line of boot.extraModprobeConfig: ${l}`),
      'nixos-rebuild boot',
    ],
    atBoot: (command) => [
      `# in configuration.nix: boot.postBootCommands = "${command}";`,
      'nixos-rebuild boot',
    ],
    etc: (path, lines) => [
      ...lines.map((line) => `# in configuration.nix: ${nixOption(path, line)}`),
      'nixos-rebuild switch',
    ],
  },
  truenas: {
    bind: (devices) => [
      `# graphics: System > Advanced Settings > Isolated GPU Devices, choose ${list(devices)}, then reboot`,
      '# other devices TrueNAS takes from their driver itself when the guest starts',
    ],
    atBoot: (command) => [
      `midclt call initshutdownscript.create '${JSON.stringify({ type: 'COMMAND', command, when: 'PREINIT' })}'`,
    ],
    etc: (_path, _lines, commands) => [
      ...commands,
      '# an update of TrueNAS replaces /etc: enter the same under System, Advanced Settings, Init/Shutdown Scripts',
    ],
  },
};

/** How the host at hand is told, where a file under /etc would be lost. */
export const declaredAt = (site: Site): Declared | undefined => DECLARED[site.distribution ?? ''];

/** Whether options of modules belong on the kernel command line here: modprobe reads it as well as its own files. */
export const takesOptionsFromCommandLine = (site: Site): boolean =>
  declaredAt(site) !== undefined || site.loaders.includes('rpm-ostree');

/** The commands that add `args` to the kernel command line. */
export const onCommandLine = (site: Site, args: readonly string[]): string[] =>
  perHost(
    site.loaders.map((id) => ({
      hosts: BY_HAND[id].hosts,
      commands: BY_HAND[id].commands({ add: args, remove: [] }),
    })),
  );
