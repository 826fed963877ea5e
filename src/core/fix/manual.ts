// Steps that only a person can do. A step is for the hosts of its `on`; of the ways of its `either` one is enough.
import type { ManualStep } from '../model.ts';
import { BASED_ON, MANAGERS, type Manager } from '../text/distributions.ts';
import { type ActionOf, type Advise, fillFor, rebuild } from './advice.ts';
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
};

function hostNames(ids: readonly string[]): string {
  const names = ids.map((id) => NAMES[id] ?? `${id.charAt(0).toUpperCase()}${id.slice(1)}`);
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

const isManager = (id: string): id is Manager => MANAGERS.some((m) => m === id);

/** Whether the host at hand is `id`: a distribution, or what runs its guests. Undefined when the input does not tell. */
function isAt(site: Site, id: string): boolean | undefined {
  const known = isManager(id)
    ? (site.manager ?? (id === 'proxmox' ? site.distribution : undefined))
    : site.distribution;
  return known === undefined ? undefined : known === id || BASED_ON[known] === id;
}

/** A command of a step stands in the rule files as it is typed, but for this one, which each host does in its own way. */
const REBUILD = '{rebuild}';

function linesOf({ text, run, either }: ManualStep, fill: (line: string) => readonly string[]): string[] {
  return [
    ...(text ? fill(`# ${text}`) : []),
    ...(run ?? []).flatMap(fill),
    ...(either ?? []).flatMap((way, i) =>
      linesOf({ ...way, text: `${i === 0 ? 'Either' : 'Or'}: ${way.text}` }, fill),
    ),
  ];
}

export const manual: Advise<ActionOf<'manual'>> = (action, facts, devices, site) => {
  const fill = (line: string) => (line === REBUILD ? rebuild(site) : fillFor(line, facts, devices));
  const commands: string[] = [];
  /** Whose the last commands are, where that is open. */
  let under = '';
  for (const step of action.steps) {
    const hosts = (step.on ?? []).filter((id) => isAt(site, id) !== false);
    if (step.on && hosts.length === 0) continue;
    // An initramfs that the host does not have needs no word.
    if (step.run && step.run.flatMap(fill).length === 0) continue;
    const whose = hosts.some((id) => isAt(site, id)) ? '' : hostNames(hosts);
    if (whose !== under) commands.push(`# ${whose || 'On every host'}:`);
    commands.push(...linesOf(step, fill));
    const several = step.run?.includes(REBUILD) && site.initramfs.length > 1;
    under = several ? hostNames(site.initramfs) : whose;
  }
  return { commands, appliable: false, alreadySet: false };
};
