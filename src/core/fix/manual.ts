// Steps that only a person can do. A step is for the hosts of its `on`; of the ways of its `either` one is enough.
import type { ManualStep, ManualWork } from '../model.ts';
import {
  ARCHITECTURES,
  BASED_ON,
  isLinux,
  isManager,
  MANAGERS,
  USUAL_MANAGERS,
} from '../text/distributions.ts';
import { type ActionOf, type Advise, appendLines, fillFor, rebuild } from './advice.ts';
import { declaredAt } from './declared.ts';
import type { Site } from './site.ts';

/** How the hosts of `on` are called; every other one is its own id with a capital. */
const NAMES: Readonly<Record<string, string>> = {
  proxmox: 'Proxmox VE',
  rhel: 'RHEL',
  opensuse: 'openSUSE',
  nixos: 'NixOS',
  pop: 'Pop!_OS',
  endeavouros: 'EndeavourOS',
  cachyos: 'CachyOS',
  truenas: 'TrueNAS',
  libvirt: 'libvirt',
  qemu: 'Plain QEMU',
  kubernetes: 'Kubernetes (KubeVirt, Harvester, Kata)',
  vmm: 'Cloud Hypervisor, Firecracker, crosvm',
  dpdk: 'DPDK or SPDK',
  esxi: 'ESXi',
  hyperv: 'Hyper-V',
  bhyve: 'bhyve',
  x86: 'x86',
};

function hostNames(ids: readonly string[]): string {
  const names = ids.map((id) => NAMES[id] ?? `${id.charAt(0).toUpperCase()}${id.slice(1)}`);
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

/** Of what is rare the input tells: where it does not, the host has what most have. */
const RARE: readonly string[] = [...MANAGERS, ...ARCHITECTURES].filter(
  (id) => ![...USUAL_MANAGERS, 'x86'].some((usual) => usual === id),
);

function knownAt(site: Site, id: string): string | undefined {
  if (ARCHITECTURES.some((a) => a === id)) return site.architecture ?? 'x86';
  if (!isManager(id)) return site.distribution;
  return site.manager ?? (id === 'proxmox' ? site.distribution : undefined);
}

/** Whether the host at hand is one of those that `id` names. Undefined when the input does not tell. */
function isAt(site: Site, id: string): boolean | undefined {
  const known = knownAt(site, id);
  if (known === undefined) return RARE.includes(id) ? false : undefined;
  return known === id || BASED_ON[known] === id;
}

/** A command of a step stands in the rule files as it is typed, but for this one, which each host does in its own way. */
const REBUILD = '{rebuild}';

type Fill = (line: string) => readonly string[];

/** What is typed to add lines to files under /etc, where these are kept, or what stands for it elsewhere. */
function written(site: Site, { write = {} }: ManualWork, fill: Fill): string[] {
  return Object.entries(write).flatMap(([path, lines]) => {
    const filled = lines.flatMap(fill);
    const commands = appendLines(path, filled);
    return declaredAt(site)?.etc(path, filled, commands) ?? commands;
  });
}

function linesOf(site: Site, step: ManualStep, fill: Fill): string[] {
  return [
    ...(step.text ? fill(`# ${step.text}`) : []),
    ...written(site, step, fill),
    ...(step.run ?? []).flatMap(fill),
    ...(step.either ?? []).flatMap((way, i) =>
      linesOf(site, { ...way, text: `${i === 0 ? 'Either' : 'Or'}: ${way.text}` }, fill),
    ),
  ];
}

const wordsOf = ({ text, either }: ManualStep): ManualStep => ({
  ...(text ? { text } : {}),
  ...(either ? { either: either.map((way) => ({ text: way.text })) } : {}),
});

export const manual: Advise<ActionOf<'manual'>> = (action, facts, devices, site) => {
  const fill = (line: string) => (line === REBUILD ? rebuild(site) : fillFor(line, facts, devices));
  const commands: string[] = [];
  /** Whose the last commands are, where that is open. */
  let under = '';
  for (const step of action.steps) {
    const hosts = (step.on ?? []).filter((id) => isAt(site, id) !== false);
    if (step.on && hosts.length === 0) continue;
    // An initramfs that the host does not have needs no word.
    if (step.run && !step.write && step.run.flatMap(fill).length === 0) continue;
    const whose = hosts.some((id) => isAt(site, id)) ? '' : hostNames(hosts);
    if (whose !== under) commands.push(`# ${whose || 'On every host'}:`);
    // What a step for every host types is for a shell of Linux.
    const whole = step.on !== undefined || isLinux(site.manager);
    commands.push(...linesOf(site, whole ? step : wordsOf(step), fill));
    const several = step.run?.includes(REBUILD) && site.initramfs.length > 1;
    under = several ? hostNames(site.initramfs) : whose;
  }
  return { commands, appliable: false, alreadySet: false };
};
