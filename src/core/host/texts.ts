// A host's facts as the texts that people paste: lspci with groups, command line, module options, guests. So the rule engine
// and every report take them like pasted ones; and the listing is made from sysfs, without waking a device as lspci does.
import { shortBdf } from '../text/bdf.ts';
import { sanitize } from '../text/sanitize.ts';
import type { LogText } from './logs.ts';
import { className } from './names.ts';
import type { HostDevice } from './pci.ts';
import type { HostState } from './read-host.ts';
import { got, type Tree } from './tree.ts';

function lspci(d: HostDevice): string[] {
  const group = d.group === undefined ? '' : `IOMMU Group ${d.group} `;
  const rev = d.revision && d.revision !== '00' ? ` (rev ${d.revision})` : '';
  const head = `${group}${shortBdf(d.bdf)} ${className(d.class)} [${d.class ?? '????'}]: ${sanitize(d.name ?? 'Device')} [${d.id ?? '????:????'}]${rev}`;
  return [
    head,
    ...(d.subsystem ? [`\tSubsystem: Device [${d.subsystem}]`] : []),
    ...(d.driver ? [`\tKernel driver in use: ${d.driver}`] : []),
  ];
}

/** The texts, each with the name that a report shows for it. */
export async function hostTexts(tree: Tree, state: HostState): Promise<LogText[]> {
  const { platform, pci, modules, guests } = state;
  const out: LogText[] = [];
  const put = (name: string, lines: readonly string[]) => {
    if (lines.length > 0) out.push({ name, text: `${lines.join('\n')}\n` });
  };
  put('kernel and machine', [
    ...(platform.kernel
      ? [`Linux version ${platform.kernel} (${platform.distributionName ?? 'unknown'})`]
      : []),
    ...(platform.cpu ? [`smpboot: CPU0: ${platform.cpu}`] : []),
    ...(platform.board ? [`Hardware name: ${platform.board}, BIOS ${platform.bios ?? 'unknown'}`] : []),
  ]);
  for (const name of ['pveversion', 'qemu-version', 'libvirt-version']) {
    const text = got(await tree.readText(`/pt-doctor/${name}`));
    if (text) out.push({ name, text });
  }
  if (platform.cmdline) put('/proc/cmdline', [`Command line: ${platform.cmdline.join(' ')}`]);
  put('lspci', [...pci.devices.values()].flatMap(lspci));
  put(
    '/etc/modprobe.d',
    modules.settings
      .filter((s) => s.kind !== 'load' && s.file.startsWith('/etc/'))
      .map((s) => `${s.kind} ${s.module}${s.rest ? ` ${s.rest}` : ''}`),
  );
  for (const guest of guests.list.filter((g) => g.devices.length > 0)) {
    if (guest.kind === 'proxmox')
      put(
        guest.file,
        Object.entries(guest.options).map(([key, value]) => `${key}: ${value}`),
      );
    else put(guest.file, (got(await tree.readText(guest.file)) ?? '').trimEnd().split('\n'));
  }
  return out;
}
