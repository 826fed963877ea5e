// The commands of a fix: one variant for a known host, all of them under headings for an unknown one.
import { describe, expect, it } from 'vitest';
import { commandsFor } from '../src/core/fix/commands.ts';
import type { Facts, FixAction } from '../src/core/model.ts';
import { DISTRIBUTIONS } from '../src/core/text/distributions.ts';
import { emptyFacts } from '../src/core/text/facts.ts';
import { base } from './support/rule-base.ts';

function facts(known: Partial<Facts>): Facts {
  return { ...emptyFacts(), ...known };
}

function advice(action: FixAction, known: Partial<Facts>, devices: readonly string[] = []) {
  return commandsFor(
    {
      id: 'x',
      title: 'x',
      action,
      effect: 'x',
      risk: 'low',
      needs: 'reboot',
      confirm: [],
      undo: 'x',
      refs: ['x'],
    },
    facts(known),
    devices,
  );
}

const PT = { do: 'kernel-arg', add: ['iommu=pt'], remove: [] } as const;
const IDLE = { do: 'modprobe-option', module: 'vfio-pci', options: { disable_idle_d3: '1' } } as const;
const USB = '0000:04:00.3';
const twins = new Map([
  [USB, { bdf: USB, id: '1022:1639', driver: 'xhci_hcd', modules: ['xhci_pci'] }],
  ['0000:04:00.4', { bdf: '0000:04:00.4', id: '1022:1639', driver: 'xhci_hcd' }],
]);

describe('commandsFor', () => {
  it.each([
    [
      'Proxmox with GRUB',
      { pve: '8.2', cmdline: ['BOOT_IMAGE=/boot/vmlinuz'] },
      ['update-grub'],
      ['proxmox-boot-tool refresh'],
    ],
    [
      'Proxmox with systemd-boot',
      { distribution: 'proxmox', cmdline: ['initrd=\\EFI\\proxmox\\6.8.12-4-pve\\initrd.img-6.8.12-4-pve'] },
      ["sed -i -e '1 s/$/ iommu=pt/' /etc/kernel/cmdline", 'proxmox-boot-tool refresh'],
      ['update-grub'],
    ],
    ['Fedora', { distribution: 'fedora' }, ['grubby --update-kernel=ALL --args="iommu=pt"'], ['update-grub']],
    [
      'an ostree host',
      { distribution: 'fedora', cmdline: ['BOOT_IMAGE=/x', 'ostree=/ostree/boot.1/fedora/x/0'] },
      ['rpm-ostree kargs --append-if-missing=iommu=pt'],
      ['grubby'],
    ],
    ['Pop!_OS', { distribution: 'pop' }, ['kernelstub --add-options "iommu=pt"'], ['update-grub']],
    [
      'NixOS',
      { distribution: 'nixos' },
      ['# in configuration.nix: boot.kernelParams = [ "iommu=pt" ];', 'nixos-rebuild boot'],
      ['update-grub'],
    ],
  ])('writes the kernel argument for %s', (_name, known, has, lacks) => {
    const { commands, appliable } = advice(PT, known);
    expect(commands).toEqual(expect.arrayContaining(has));
    for (const absent of lacks) expect(commands.join('\n')).not.toContain(absent);
    expect(commands.filter((c) => /^# .*:$/.test(c))).toEqual([]);
    expect(appliable).toBe((known as Partial<Facts>).distribution !== 'nixos');
  });

  it('names each kind of host when the host is unknown', () => {
    expect(advice(PT, {}).commands.filter((c) => /^# [^:]*:$/.test(c))).toEqual([
      '# Proxmox VE, Debian or Ubuntu with GRUB:',
      '# Proxmox VE with systemd-boot:',
      '# Fedora or RHEL:',
      '# Arch or another host with GRUB:',
      '# openSUSE with a grub.cfg:',
      '# systemd-boot:',
    ]);
  });

  it('takes off the kernel command line only what stands there, as far as that is known', () => {
    const on = { do: 'kernel-arg', add: ['intel_iommu=on'], remove: ['intel_iommu=off'] } as const;
    const shown = (cmdline?: readonly string[]) =>
      advice(on, { distribution: 'debian', ...(cmdline ? { cmdline } : {}) }).commands.join('\n');
    expect(shown()).toContain('intel_iommu=off');
    expect(shown(['BOOT_IMAGE=/x', 'quiet'])).not.toContain('intel_iommu=off');
    expect(shown(['BOOT_IMAGE=/x', 'intel_iommu=off'])).toContain('intel_iommu=off');
    const off = { ...on, add: [] };
    expect(advice(off, { distribution: 'debian', cmdline: ['quiet'] }).commands.join('\n')).toContain(
      'intel_iommu=off',
    );
  });

  it('leaves no host without a word on kernels and QEMU', () => {
    for (const id of ['update-kernel', 'older-kernel', 'qemu-update', 'refresh-boot-loader'])
      for (const distribution of DISTRIBUTIONS.filter((d) => d !== 'gentoo')) {
        const fix = base.fixes.get(id);
        expect(
          fix && commandsFor(fix, facts({ distribution }), []).commands,
          `${id} on ${distribution}`,
        ).not.toEqual([]);
      }
  });

  it('counts what is made of a distribution to it, boot loader and initramfs apart', () => {
    const manual = {
      do: 'manual',
      steps: [{ run: ['pacman -Syu'], on: ['arch'] }, { run: ['{rebuild}'] }],
    } as const;
    const shown = (distribution: string) => advice(manual, { distribution }).commands;
    expect(shown('manjaro')).toEqual(['pacman -Syu', 'mkinitcpio -P']);
    expect(shown('endeavouros')).toEqual(['pacman -Syu', 'reinstall-kernels || dracut-rebuild']);
    expect(shown('cachyos')).toEqual(['pacman -Syu', 'limine-mkinitcpio || mkinitcpio -P']);
    expect(shown('fedora')).toEqual(['dracut --regenerate-all --force']);
    const entries = ['sdbootutil update-all-entries', "sed -i -e '1 s/$/ iommu=pt/' /etc/kernel/cmdline"];
    expect(advice(PT, { distribution: 'opensuse', cmdline: ['BOOT_IMAGE=/boot/vmlinuz'] }).commands).toEqual(
      expect.arrayContaining([...entries, 'grub2-mkconfig -o /boot/grub2/grub.cfg']),
    );
    expect(advice(PT, { distribution: 'opensuse', cmdline: ['initrd=\\x'] }).commands).toEqual(
      entries.toReversed(),
    );
    const systemdBoot = { distribution: 'endeavouros', cmdline: ['initrd=\\x'] };
    expect(advice(PT, systemdBoot).commands).toEqual([
      "sed -i -e '1 s/$/ iommu=pt/' /etc/kernel/cmdline",
      'reinstall-kernels',
    ]);
  });

  it('sees what is set already', () => {
    expect(advice(PT, { cmdline: ['quiet', 'iommu=pt'] }).alreadySet).toBe(true);
    expect(advice({ ...PT, remove: ['quiet'] }, { cmdline: ['quiet', 'iommu=pt'] }).alreadySet).toBe(false);
    expect(advice(PT, {}).alreadySet).toBe(false);
    const option = (value: string) => ({
      moduleOptions: [{ module: 'vfio_pci', option: 'disable_idle_d3', value, line: 1 }],
    });
    expect(advice(IDLE, option('Y')).alreadySet).toBe(true);
    expect(advice(IDLE, option('0')).alreadySet).toBe(false);
  });

  it('rebuilds the initramfs with the tool of the distribution', () => {
    expect(advice(IDLE, { distribution: 'debian' }).commands).toEqual([
      "echo 'options vfio-pci disable_idle_d3=1' >> /etc/modprobe.d/vfio.conf",
      'update-initramfs -u -k all',
    ]);
    expect(advice(IDLE, { distribution: 'arch' }).commands).toContain('mkinitcpio -P');
    expect(advice(IDLE, { distribution: 'fedora' }).commands).toContain('dracut --regenerate-all --force');
  });

  it('brings vfio-pci into an image that would hold the graphics driver without it', () => {
    const gpu = '0000:01:00.0';
    const card = new Map([[gpu, { bdf: gpu, id: '10de:2484', class: '0300', driver: 'nouveau' }]]);
    const bind = (distribution: string) =>
      advice({ do: 'driver-bind', by: 'id' }, { distribution, devices: card }, [gpu]).commands;
    expect(bind('arch').slice(-2)).toEqual([
      "echo 'MODULES+=(vfio vfio_iommu_type1 vfio_pci)' >> /etc/mkinitcpio.conf.d/vfio.conf",
      'mkinitcpio -P',
    ]);
    expect(bind('fedora').join('\n')).toContain('add_drivers+=" vfio vfio_iommu_type1 vfio_pci "');
    expect(bind('ubuntu').at(-2)).toMatch(/^\[ ! -d \/etc\/dracut.conf.d \] \|\| echo 'add_drivers/);
    expect(bind('ubuntu').at(-1)).toBe('update-initramfs -u -k all');
    expect(bind('debian').join('\n')).not.toContain('vfio_iommu_type1');
    const softdep = { do: 'modprobe-softdep', module: '{driver}', pre: ['vfio-pci'] } as const;
    expect(advice(softdep, { distribution: 'arch', devices: card }, [gpu]).commands).toContain(
      "echo 'MODULES+=(vfio_pci)' >> /etc/mkinitcpio.conf.d/vfio.conf",
    );
    expect(advice(IDLE, { distribution: 'arch' }).commands.join('\n')).not.toContain('MODULES');
  });

  it.each(['unraid', 'nixos', 'truenas'])('writes nothing under /etc that %s would lose', (distribution) => {
    const known = { distribution, devices: twins };
    const actions: readonly FixAction[] = [
      PT,
      IDLE,
      { do: 'driver-bind', by: 'id' },
      { do: 'driver-bind', by: 'address' },
      { do: 'modprobe-softdep', module: '{driver}', pre: ['vfio-pci'] },
      { do: 'modprobe-blacklist', modules: ['nouveau'] },
      { do: 'modules-load', modules: ['vfio', 'vfio_iommu_type1', 'vfio_pci'] },
      { do: 'sysfs-value', attribute: 'd3cold_allowed', value: '0', bridges: true },
    ];
    for (const action of actions) {
      const { commands, appliable } = advice(action, known, [USB]);
      expect(commands, action.do).not.toEqual([]);
      expect(commands.join('\n'), action.do).not.toMatch(/>>? \/etc\/|driverctl|update-initramfs|dracut/);
      expect(appliable).toBe(false);
    }
    expect(advice(IDLE, known).commands.join('\n')).toContain('vfio-pci.disable_idle_d3=1');
  });

  it('gives options of modules to an rpm-ostree host on its command line', () => {
    const ostree = { distribution: 'fedora', cmdline: ['ostree=/ostree/boot.1/fedora/x/0'] };
    expect(advice(IDLE, ostree).commands).toEqual([
      'rpm-ostree kargs --append-if-missing=vfio-pci.disable_idle_d3=1',
    ]);
  });

  it('binds by id, but by address where another device has the same id', () => {
    const bind = { do: 'driver-bind', by: 'id' } as const;
    expect(advice(bind, { devices: twins, pve: '8.2' }, [...twins.keys()]).commands).toContain(
      "echo 'options vfio-pci ids=1022:1639' >> /etc/modprobe.d/vfio.conf",
    );
    const one = advice(bind, { devices: twins, pve: '8.2' }, [USB]).commands;
    expect(one).toContain('pt-doctor apply --bind 04:00.3');
    expect(one).toContain('driverctl set-override 0000:04:00.3 vfio-pci');
    expect(one.join('\n')).not.toContain('ids=');
  });

  it('adds to the ids that stand somewhere already, as only one list counts', () => {
    const bind = { do: 'driver-bind', by: 'id' } as const;
    const devices = new Map([
      ['0000:0a:00.1', { bdf: '0000:0a:00.1', id: '10de:10f0', driver: 'snd_hda_intel' }],
    ]);
    const given = (ids: string, cmdline?: string[]) =>
      advice(
        bind,
        {
          distribution: 'debian',
          devices,
          moduleOptions: [{ module: 'vfio-pci', option: 'ids', value: ids, line: 1 }],
          ...(cmdline ? { cmdline } : {}),
        },
        ['0000:0a:00.1'],
      ).commands.join('\n');
    expect(given('10de:1b81')).toContain('options vfio-pci ids=10de:1b81,10de:10f0');
    expect(given('10de:1b81,10de:10f0')).not.toContain('ids=');
    expect(given('10de:1b81', ['vfio-pci.ids=10de:1b81'])).toContain(
      'write vfio-pci.ids=10de:1b81,10de:10f0',
    );
  });

  it('binds a device that the input does not name by an address for the reader to fill in', () => {
    const { commands, appliable } = advice({ do: 'driver-bind', by: 'id' }, { distribution: 'arch' });
    expect(commands[0]).toBe('pt-doctor apply --bind BB:DD.F');
    expect(commands).toContain('driverctl set-override 0000:BB:DD.F vfio-pci');
    expect(appliable).toBe(false);
  });

  it('tells in words where the driver is found when the input does not name it', () => {
    const softdep = { do: 'modprobe-softdep', module: '{driver}', pre: ['vfio-pci'] } as const;
    const [words, look] = advice(softdep, { distribution: 'debian' }, [USB]).commands;
    expect(words).toMatch(/^# DRIVER is what this names/);
    expect(look).toBe(`lspci -nnk -s ${USB}`);
  });

  it('blacklists the driver of the graphics function only', () => {
    const gpu = new Map([
      ['0000:01:00.0', { bdf: '0000:01:00.0', class: '0300', driver: 'nouveau' }],
      ['0000:01:00.1', { bdf: '0000:01:00.1', class: '0403', driver: 'snd_hda_intel' }],
    ]);
    const blacklist = { do: 'modprobe-blacklist', modules: ['{driver}'] } as const;
    const { commands } = advice(blacklist, { devices: gpu, distribution: 'debian' }, [...gpu.keys()]);
    expect(commands[0]).toContain('blacklist nouveau');
    expect(commands.join('\n')).not.toContain('snd_hda_intel');
  });

  it('fills the device of a kernel argument, and is not appliable without one', () => {
    const align = { do: 'kernel-arg', add: ['pci=resource_alignment=12@{device}'], remove: [] } as const;
    const filled = advice(align, { distribution: 'fedora' }, [USB]);
    expect(filled.commands.join('\n')).toContain(`pci=resource_alignment=12@${USB}`);
    expect(filled.appliable).toBe(true);
    expect(advice(align, { distribution: 'fedora' }).appliable).toBe(false);
    const set = { distribution: 'fedora', cmdline: [`pci=resource_alignment=12@${USB}`] };
    expect(advice(align, set, [USB]).alreadySet).toBe(true);
  });

  it('fills the host driver, and is not appliable without one', () => {
    const softdep = { do: 'modprobe-softdep', module: '{driver}', pre: ['vfio-pci'] } as const;
    const filled = advice(softdep, { devices: twins, distribution: 'debian' }, [USB]);
    expect(filled.commands.filter((c) => c.includes('softdep'))).toEqual([
      "echo 'softdep xhci_hcd pre: vfio-pci' >> /etc/modprobe.d/vfio.conf",
      "echo 'softdep xhci_pci pre: vfio-pci' >> /etc/modprobe.d/vfio.conf",
    ]);
    expect(filled.appliable).toBe(true);
    expect(advice(softdep, {}).appliable).toBe(false);
  });

  it('shows the guest settings of the manager at hand', () => {
    const q35 = { do: 'vm-option', proxmox: '-machine q35', libvirt: '<os machine="q35"/>' } as const;
    const vms = [{ vmid: '100', options: {}, devices: [] }];
    const whole = '# qm set replaces an entry whole: repeat the options that `qm config 100` shows in it';
    expect(advice(q35, { pve: '8.2', vms }).commands).toEqual([whole, 'qm set 100 -machine q35']);
    expect(advice(q35, {}).commands).toHaveLength(5);
    const balloon = { do: 'vm-option', proxmox: '--balloon 0' } as const;
    expect(advice(balloon, { pve: '8.2', vms }).commands).toEqual(['qm set 100 --balloon 0']);
  });

  it('keeps the manual steps of the distribution', () => {
    const manual = {
      do: 'manual',
      steps: [
        { text: 'Look.', run: ['cat /sys/bus/pci/devices/{device}/power_state'] },
        { run: ['pveversion'], on: ['proxmox'] },
      ],
    } as const;
    expect(advice(manual, { distribution: 'arch' }, [USB]).commands).toEqual([
      '# Look.',
      `cat /sys/bus/pci/devices/${USB}/power_state`,
    ]);
  });

  it('shows manual steps for what runs the guests, under headings where that is open', () => {
    const manual = {
      do: 'manual',
      steps: [
        { run: ['qm set {vmid} --vga none'], on: ['proxmox'] },
        { run: ['virsh edit NAME'], on: ['libvirt'] },
        { text: 'Take -vga out.', on: ['qemu'] },
        { text: 'Start the guest.' },
      ],
    } as const;
    const shown = (known: Partial<Facts>) => advice(manual, known).commands;
    const end = '# Start the guest.';
    expect(shown({ pve: '8.2' })).toEqual(['qm set VMID --vga none', end]);
    expect(shown({ distribution: 'fedora', libvirt: '10.1.0' })).toEqual(['virsh edit NAME', end]);
    const open = [
      '# libvirt:',
      'virsh edit NAME',
      '# Plain QEMU:',
      '# Take -vga out.',
      '# On every host:',
      end,
    ];
    expect(shown({ distribution: 'arch' })).toEqual(open);
    expect(shown({})).toEqual(['# Proxmox VE:', 'qm set VMID --vga none', ...open]);
  });

  it('says of ways of which one is enough that they are alternatives', () => {
    const manual = {
      do: 'manual',
      steps: [
        { either: [{ text: 'Intel.', run: ['modprobe kvm_intel'] }, { text: 'AMD.' }, { text: 'Arm.' }] },
      ],
    } as const;
    expect(advice(manual, {}).commands).toEqual([
      '# Either: Intel.',
      'modprobe kvm_intel',
      '# Or: AMD.',
      '# Or: Arm.',
    ]);
  });

  it('rebuilds the initramfs within manual steps as everywhere else', () => {
    const manual = { do: 'manual', steps: [{ run: ['{rebuild}'] }, { text: 'Reboot.' }] } as const;
    expect(advice(manual, { distribution: 'arch' }).commands).toEqual(['mkinitcpio -P', '# Reboot.']);
    expect(advice(manual, { distribution: 'unraid' }).commands).toEqual(['# Reboot.']);
    expect(advice(manual, {}).commands.slice(-2)).toEqual(['# On every host:', '# Reboot.']);
  });

  it.each(['debian', 'proxmox', 'unknown'])('writes every command for a root shell (%s)', (distribution) => {
    const known = distribution === 'unknown' ? {} : { distribution };
    for (const action of [PT, IDLE, { do: 'driver-bind', by: 'address' } as const])
      expect(advice(action, known, [USB]).commands.join('\n')).not.toContain('sudo');
  });
});
