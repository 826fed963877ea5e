// Lines of /etc/modprobe.d that are reversed, lost, harmful, unknown, or without effect.
import { builtIn } from '../../apply/draft.ts';
import { argName } from '../../apply/edit.ts';
import { resolvePath } from '../../apply/host.ts';
import { optionUses } from '../../apply/modprobe.ts';
import { type Lint, place } from './lint.ts';

export const reversedSoftdep: Lint = ({ directives }) =>
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

export const idsTwice: Lint = ({ directives, draft, args }) => {
  // What stands on the kernel command line comes last (libkmod reads it after the files).
  const onCmdline = args
    .filter((t) => argName(t) === 'vfio_pci.ids')
    .map((t) => ({ file: 'kernel command line', line: 0, value: t.slice(t.indexOf('=') + 1) }));
  const uses = [...optionUses(directives, 'vfio-pci', 'ids'), ...onCmdline];
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

export const harmfulBlacklist: Lint = ({ directives }) => {
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

const COMMANDS = [
  'alias',
  'blacklist',
  'install',
  'options',
  'remove',
  'softdep',
  'weakdep',
  'config',
  'include',
];

export const unknownCommands: Lint = ({ directives }) =>
  directives
    .filter((d) => !COMMANDS.includes(d.command))
    .map((d) => ({
      id: 'modprobe-unknown-command',
      at: place(d),
      text: `modprobe knows no ${d.command}: the line has no effect`,
      cure: `The commands are ${COMMANDS.slice(0, 6).join(', ')}.`,
    }));

/** modprobe is never asked for what is part of the kernel. */
export const builtInModules: Lint = ({ directives, draft }) =>
  directives
    .filter((d) => ['softdep', 'blacklist', 'options'].includes(d.command) && d.file.startsWith('/etc/'))
    .filter(
      (d) =>
        /vfio/.test(`${d.module} ${d.words.join(' ')}`) ||
        draft.devices.some((device) => device.driverModule === d.module),
    )
    .filter((d) => builtIn(draft, d.module))
    .map((d) => ({
      id: `${d.command}-built-in`,
      at: place(d),
      text: `${d.module} is built into the kernel, so this ${d.command} line has no effect`,
      cure:
        d.command === 'options'
          ? `Put it on the kernel command line: ${d.words.map((w) => `${d.module}.${w}`).join(' ')}`
          : 'Bind the device by address: pt-doctor plan --bind BB:DD.F',
    }));

export const ignoredFiles: Lint = ({ host }) =>
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

export const unsafeInterrupts: Lint = ({ directives }) =>
  optionUses(directives, 'vfio_iommu_type1', 'allow_unsafe_interrupts')
    .slice(-1)
    .filter((u) => /^[1yY]$/.test(u.value))
    .map((u) => ({
      id: 'unsafe-interrupts',
      at: place(u),
      text: 'allow_unsafe_interrupts lowers the protection of the host, and most hosts do not need it',
      cure: 'Take it out unless the log says that interrupt remapping is missing.',
    }));
