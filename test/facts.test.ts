// What the readers of facts make of the forms in which people paste their settings.
import { describe, expect, it } from 'vitest';
import { createDispatch } from '../src/core/engine/dispatch.ts';
import { createSieve } from '../src/core/engine/sieve.ts';
import type { Facts } from '../src/core/model.ts';
import { openLine } from '../src/core/text/envelope.ts';
import { createFactReader, FACT_LITERALS } from '../src/core/text/facts.ts';

const dispatch = createDispatch(FACT_LITERALS);

function read(text: string): Facts {
  const reader = createFactReader();
  text.split('\n').forEach((raw, i) => {
    const line = openLine(raw, i + 1);
    const hits: number[] = [];
    dispatch.each(line.text, (index) => void hits.push(index));
    if (hits.length > 0) reader.read(line, hits);
  });
  return reader.facts;
}

const device = (facts: Facts, bdf: string) => facts.devices.get(bdf);
const hosts = (facts: Facts) => facts.vms.flatMap((vm) => vm.devices.map((d) => d.host));

it('has only literals that the gate can tell', () => {
  expect(createSieve(FACT_LITERALS) !== undefined).toBe(true);
});

describe('kernel and distribution', () => {
  it.each([
    [
      '[    0.000000] Linux version 6.8.12-4-pve (build@proxmox) (gcc) #1 SMP PREEMPT_DYNAMIC',
      '6.8.12-4-pve',
      'proxmox',
    ],
    ['[    0.000000] Linux version 6.9.3-arch1-1 (linux@archlinux) (gcc)', '6.9.3-arch1-1', 'arch'],
    [
      'proxmox-ve: 8.2.0 (running kernel: 6.8.4-2-pve)\npve-manager: 8.2.2 (running version: 8.2.2/9355359cd7afbae4)',
      '6.8.4-2-pve',
      'proxmox',
    ],
    [
      'user@host:~$ uname -a\nLinux host 6.12.38+deb13-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.12.38-1 x86_64 GNU/Linux',
      '6.12.38+deb13-amd64',
      'debian',
    ],
    [
      '2026-05-01 10:00:00.000+0000: starting up libvirt version: 11.3.0, package: 1.fc42, qemu version: 9.2.4qemu-9.2.4-1.fc42, kernel: 6.14.2-300.fc42.x86_64, hostname: example',
      '6.14.2-300.fc42.x86_64',
      'fedora',
    ],
    [
      'CPU: 3 PID: 912 Comm: CPU 0/KVM Tainted: P           OE     6.8.12-4-pve #1',
      '6.8.12-4-pve',
      'proxmox',
    ],
    [
      '[   93.100000] CPU: 1 UID: 0 PID: 1256 Comm: kvm Not tainted 6.12.41+deb13-amd64 #1',
      '6.12.41+deb13-amd64',
      'debian',
    ],
    ['Kernel cmdline: BOOT_IMAGE=/boot/vmlinuz-6.1.0-18-amd64 root=/dev/sda2 ro', '6.1.0-18-amd64', 'debian'],
  ])('reads %s', (text, kernel, distribution) => {
    expect(read(text)).toMatchObject({ kernel, distribution });
  });

  it.each([
    'root@pve2:~# dmesg | tail',
    'admin@node:~# qm start 104',
    'kvm: -device vfio-pci,host=0000:0a:00.0,id=hostpci0,bus=ich9-pcie-port-1: vfio 0000:0a:00.0: error',
  ])('knows Proxmox VE by %s', (text) => {
    expect(read(text).distribution).toBe('proxmox');
    expect(read('a note about qm start 104 on another host').distribution).toBeUndefined();
  });

  it.each([
    ['Kernel: 6.14.2', '6.14.2'],
    ['**Kernel:** 6.14.2-arch1-1', '6.14.2-arch1-1'],
    ['* Kernel version: 6.12.9', '6.12.9'],
    ['| Kernel | 6.8.0-45-generic |', '6.8.0-45-generic'],
    ['Kernel: x86_64 Linux 6.1.0-18-amd64', '6.1.0-18-amd64'],
    ['Kernel Version Linux 6.8.12-4-pve (2024-11-06T15:04Z)', '6.8.12-4-pve'],
    ['          Kernel: Linux 6.11.4-300.fc41.x86_64', '6.11.4-300.fc41.x86_64'],
    ['- Kernel version: 6.14.2 (broken), 6.12.9 works', undefined],
    ['Kernel: 6.14.2 and 6.12.9', undefined],
    ['Kernel: Downgrading to 6.8 helps', undefined],
  ])('takes from the list of a report: %s', (text, kernel) => {
    expect(read(text).kernel).toBe(kernel);
  });

  it.each([
    ['PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"', 'debian'],
    ['Operating System: Arch Linux', 'arch'],
    ['PRETTY_NAME="Fedora Linux 42 (Workstation Edition)"', 'fedora'],
    ['PRETTY_NAME="openSUSE Tumbleweed"', 'opensuse'],
    ['PRETTY_NAME="Pop!_OS 22.04 LTS"', 'pop'],
    ['BOOT_IMAGE=/boot/vmlinuz-6.8.12-4-pve root=/dev/mapper/pve-root ro quiet', 'proxmox'],
    ["TASK ERROR: can't reset PCI device '0000:01:00.0'", 'proxmox'],
  ])('reads the distribution of %s', (text, distribution) => {
    expect(read(text).distribution).toBe(distribution);
  });

  it.each([
    [
      'Linux version 6.8.0-45-generic (buildd@host) (gcc) #45-Ubuntu SMP PREEMPT_DYNAMIC Fri Aug 30 12:02:04 UTC 2024 (Ubuntu 6.8.0-45.45-generic 6.8.12)',
      '6.8.12',
    ],
    [
      'Linux version 6.1.0-25-amd64 (debian) (gcc-12) #1 SMP PREEMPT_DYNAMIC Debian 6.1.106-3 (2024-08-26)',
      '6.1.106',
    ],
    ['Linux version 6.12.38+deb13-amd64 (debian) (gcc-14 (Debian 14.2.0-19)) #1 SMP', undefined],
  ])('reads the release behind %s', (text, upstream) => {
    expect(read(text).flags.get('kernel-upstream')?.value).toBe(upstream);
  });

  it('keeps proxmox when os-release says Debian', () => {
    const text = 'pve-manager/8.2.2/9355359cd7afbae4\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"';
    expect(read(text).distribution).toBe('proxmox');
  });

  it.each([
    ['pve-manager/8.2.2/9355359cd7afbae4 (running kernel: 6.8.4-2-pve)', { pve: '8.2.2' }],
    ['pve-qemu-kvm: 8.1.5-6', { qemu: '8.1.5' }],
    ['QEMU emulator version 9.2.0 (Debian 1:9.2.0+ds-5)', { qemu: '9.2.0' }],
    ['Using library: libvirt 10.0.0\nRunning hypervisor: QEMU 8.2.2', { libvirt: '10.0.0', qemu: '8.2.2' }],
    [
      'starting up libvirt version: 11.3.0, qemu version: 10.0.3Debian',
      { libvirt: '11.3.0', qemu: '10.0.3' },
    ],
  ])('reads the versions of %s', (text, expected) => {
    expect(read(text)).toMatchObject(expected);
  });
});

describe('command line', () => {
  it.each([
    '[    0.000000] Command line: BOOT_IMAGE=/boot/vmlinuz-6.8.12-4-pve root=/dev/mapper/pve-root ro quiet intel_iommu=on',
    'BOOT_IMAGE=/boot/vmlinuz-6.8.12-4-pve root=/dev/mapper/pve-root ro quiet intel_iommu=on',
    'root@pve:~# cat /proc/cmdline BOOT_IMAGE=/vmlinuz ro quiet intel_iommu=on',
    'initrd=\\EFI\\proxmox\\6.8.12-4-pve\\initrd.img-6.8.12-4-pve root=ZFS=rpool/ROOT/pve-1 boot=zfs intel_iommu=on',
  ])('takes %s as running', (text) => {
    expect(read(text).cmdline).toContain('intel_iommu=on');
  });

  it.each([
    'GRUB_CMDLINE_LINUX_DEFAULT="quiet intel_iommu=on iommu=pt"',
    'root=ZFS=rpool/ROOT/pve-1 boot=zfs intel_iommu=on iommu=pt',
  ])('takes %s as configured only', (text) => {
    const facts = read(text);
    expect(facts.cmdline).toBeUndefined();
    expect(facts.cmdlineConfigured).toContain('intel_iommu=on');
  });

  it('reads module options and blacklists off it', () => {
    const facts = read(
      'BOOT_IMAGE=/vmlinuz vfio-pci.ids=10de:1b81,10de:10f0 modprobe.blacklist=nouveau,nvidiafb quiet',
    );
    expect(facts.moduleOptions).toMatchObject([
      { module: 'vfio-pci', option: 'ids', value: '10de:1b81,10de:10f0' },
    ]);
    expect(facts.blacklists.map((b) => b.module)).toEqual(['nouveau', 'nvidiafb']);
  });

  it.each([
    ['root=ZFS=rpool/ROOT/pve-1 boot=zfs\nintel_iommu=on iommu=pt', '2'],
    ['root=ZFS=rpool/ROOT/pve-1 boot=zfs intel_iommu=on', '1'],
    ['root=ZFS=rpool/ROOT/pve-1 boot=zfs\n\n\n\nintel_iommu=on was added', '1'],
  ])('counts the lines of /etc/kernel/cmdline in %j', (text, lines) => {
    expect(read(text).flags.get('kernel-cmdline-lines')?.value).toBe(lines);
  });
});

const GPU = { id: '10de:1b81', class: '0300', name: expect.stringContaining('GP104') as string };

describe('devices and groups', () => {
  it.each([
    [
      'lspci -nnk',
      '01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GP104 [GeForce GTX 1070] [10de:1b81] (rev a1)\n\tSubsystem: eVga.com. Corp. GP104 [3842:6173]\n\tKernel driver in use: vfio-pci\n\tKernel modules: nvidiafb, nouveau',
      {
        ...GPU,
        driver: 'vfio-pci',
        modules: ['nvidiafb', 'nouveau'],
        revision: 'a1',
        subsystem: '3842:6173',
      },
    ],
    [
      'lspci -kn',
      '01:00.0 0300: 10de:1b81 (rev a1)\n\tSubsystem: 3842:6173\n\tKernel driver in use: nvidia',
      { id: '10de:1b81', class: '0300', revision: 'a1', driver: 'nvidia' },
    ],
    [
      'lspci -nnv with its group',
      '01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GP104 [10de:1b81] (rev a1) (prog-if 00 [VGA controller])\n\tFlags: fast devsel, IRQ 16, IOMMU group 2\n\tIOMMU group: 2\n\tKernel modules: nouveau',
      { ...GPU, iommuGroup: 2, driver: '' },
    ],
    [
      'a heading for each group',
      'IOMMU Group 14:\n\t01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GP104 [10de:1b81] (rev a1)',
      { ...GPU, iommuGroup: 14 },
    ],
    [
      'the group in front of each line',
      'IOMMU Group 14 01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GP104 [10de:1b81] (rev a1)',
      { ...GPU, iommuGroup: 14 },
    ],
    [
      'a short group word',
      'Group:  14  0000:01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GP104 [10de:1b81] (rev a1)',
      { ...GPU, iommuGroup: 14 },
    ],
    [
      'Unraid, the id in front',
      'IOMMU group 14:\t[10de:1b81] 01:00.0 VGA compatible controller: NVIDIA Corporation GP104 (rev a1)',
      { ...GPU, iommuGroup: 14 },
    ],
    [
      'the kernel',
      '[    0.3] pci 0000:01:00.0: [10de:1b81] type 00 class 0x030000 PCIe Legacy Endpoint\n[    0.5] pci 0000:01:00.0: Adding to iommu group 14',
      { id: '10de:1b81', class: '0300', iommuGroup: 14 },
    ],
    ['an old kernel', '[    0.5] iommu: Adding device 0000:01:00.0 to group 14', { iommuGroup: 14 }],
    ['find', '/sys/kernel/iommu_groups/14/devices/0000:01:00.0', { iommuGroup: 14 }],
    [
      'pvesh',
      '\u2502 0x030000 \u2502 0x1b81 \u2502 0000:01:00.0 \u2502         14 \u2502 0x10de \u2502 GP104 [GeForce GTX 1070] \u2502',
      { id: '10de:1b81', class: '0300', iommuGroup: 14 },
    ],
  ])('reads %s', (_name, text, expected) => {
    expect(device(read(text), '0000:01:00.0')).toMatchObject(expected);
  });

  it('gives each device below a heading its group', () => {
    const facts = read(
      'IOMMU Group 1:\n00:01.0 PCI bridge [0604]: Intel Corporation Root Port [8086:1901] (rev 07)\nIOMMU Group 2:\n01:00.1 Audio device [0403]: NVIDIA Corporation GP104 HDA [10de:10f0] (rev a1)',
    );
    expect(device(facts, '0000:00:01.0')?.iommuGroup).toBe(1);
    expect(device(facts, '0000:01:00.1')?.iommuGroup).toBe(2);
  });

  it('tells the class without -nn', () => {
    const facts = read(
      '02:00.0 Non-Volatile memory controller: Samsung Electronics Co Ltd NVMe SSD (rev 01)',
    );
    expect(device(facts, '0000:02:00.0')?.class).toBe('0108');
  });
});

describe('module configuration', () => {
  it.each([
    ['options vfio-pci ids=10de:1b81,10de:10f0 disable_vga=1', 'ids', '10de:1b81,10de:10f0'],
    ['options vfio-pci ids=10de:1b81,10de:10f0 disable_vga=1', 'disable_vga', '1'],
    ['/etc/modprobe.d/vfio.conf:options vfio-pci disable_idle_d3=1 # D3', 'disable_idle_d3', '1'],
  ])('reads %s', (text, option, value) => {
    expect(read(text).moduleOptions.find((o) => o.option === option)).toMatchObject({
      module: 'vfio-pci',
      value,
    });
  });

  it('reads softdeps, blacklists and module lists', () => {
    const facts = read(
      [
        'softdep nouveau pre: vfio-pci',
        'blacklist nouveau # host has another card',
        'install nvidia /bin/false',
        'vfio_iommu_type1',
        'vfio_pci',
        'vfio_virqfd #not needed if on kernel 6.2 or newer',
        'MODULES=(vfio_pci vfio amdgpu)',
        'force_drivers+=" vfio_pci vfio "',
      ].join('\n'),
    );
    expect(facts.softdeps).toMatchObject([{ module: 'nouveau', pre: ['vfio-pci'] }]);
    expect(facts.blacklists.map((b) => b.module)).toEqual(['nouveau', 'nvidia']);
    expect(facts.modulesLoad.map((m) => m.module)).toEqual([
      'vfio_iommu_type1',
      'vfio_pci',
      'vfio_virqfd',
      'vfio_pci',
      'vfio',
      'amdgpu',
      'vfio_pci',
      'vfio',
    ]);
  });

  it('takes no comment and no sentence for a setting', () => {
    const facts = read(
      '# options vfio-pci ids=10de:1b81\nI wrote options vfio-pci ids=10de:1b81 there\nthen vfio_pci is loaded',
    );
    expect(facts.moduleOptions).toEqual([]);
    expect(facts.modulesLoad).toEqual([]);
  });
});

describe('guest configuration', () => {
  it('reads qm config', () => {
    const facts = read(
      'root@pve:~# qm config 100\nbios: ovmf\ncpu: host,hidden=1\nhostpci0: 0000:01:00,pcie=1,x-vga=1\nhostpci1: 0000:04:00.3,pcie=1\nmachine: pc-q35-8.1,viommu=intel\nmemory: 16384\nvga: none',
    );
    expect(facts.vms).toHaveLength(1);
    expect(facts.vms[0]).toMatchObject({
      vmid: '100',
      bios: 'ovmf',
      cpu: 'host',
      machine: 'pc-q35-8.1',
      memory: '16384',
      options: { vga: 'none', machine: 'pc-q35-8.1,viommu=intel' },
    });
    expect(facts.vms[0]?.devices).toMatchObject([
      { key: 'hostpci0', host: '0000:01:00', options: { pcie: '1', 'x-vga': '1' }, line: 4 },
      { key: 'hostpci1', host: '0000:04:00.3' },
    ]);
  });

  it.each([
    ['hostpci0: host=0000:01:00.0,pcie=1', ['0000:01:00.0']],
    ['hostpci0: 01:00.0;01:00.1,pcie=1', ['01:00.0', '01:00.1']],
    ['hostpci0: mapping=gpu,pcie=1', ['mapping=gpu']],
    ['kvm: -device vfio-pci,host=0000:01:00.0,id=hostpci0.0,bus=ich9-pcie-port-1: vfio', ['0000:01:00.0']],
    [
      '-device \'{"driver":"vfio-pci","host":"0000:0c:00.0","id":"hostdev0","bus":"pci.5"}\'',
      ['0000:0c:00.0'],
    ],
  ])('reads the host devices of %s', (text, expected) => {
    expect(hosts(read(text))).toEqual(expected);
  });

  it('keeps two configurations apart', () => {
    const facts = read(
      'cat /etc/pve/qemu-server/100.conf\nhostpci0: 01:00\ncat /etc/pve/qemu-server/101.conf\nhostpci0: 02:00',
    );
    expect(facts.vms.map((vm) => [vm.vmid, vm.devices[0]?.host])).toEqual([
      ['100', '01:00'],
      ['101', '02:00'],
    ]);
  });

  const XML = `<domain type='kvm'>
  <name>win11</name>
  <os firmware='efi'>
    <type arch='x86_64' machine='pc-q35-8.2'>hvm</type>
  </os>
  <devices>
    <hostdev mode='subsystem' type='pci' managed='yes'>
      <driver name='vfio'/>
      <source>
        <address domain='0x0000' bus='0x0c' slot='0x00' function='0x1'/>
      </source>
      <address type='pci' domain='0x0000' bus='0x06' slot='0x00' function='0x0'/>
    </hostdev>
    <hostdev mode='subsystem' type='usb' managed='yes'>
      <source>
        <address bus='3' device='2'/>
      </source>
    </hostdev>
    <memballoon model='virtio'>
      <address type='pci' domain='0x0000' bus='0x05' slot='0x00' function='0x0'/>
    </memballoon>
  </devices>
</domain>`;

  it('reads virsh dumpxml: the host address, not the one in the guest', () => {
    const facts = read(XML);
    expect(facts.vms).toHaveLength(1);
    expect(facts.vms[0]).toMatchObject({
      machine: 'pc-q35-8.2',
      bios: 'ovmf',
      options: { managed: 'yes' },
      devices: [{ key: 'hostdev0', host: '0000:0c:00.1', line: 10 }],
    });
  });

  it('reads XML on one line with decimal numbers and double quotes', () => {
    const facts = read(
      '<hostdev managed="yes" type="pci" mode="subsystem"><source><address function="1" slot="0" domain="0" bus="13"/></source></hostdev>',
    );
    expect(hosts(facts)).toEqual(['0000:0d:00.1']);
  });
});

it('does not grow without bound', () => {
  const facts = read(
    Array.from({ length: 6000 }, (_, i) => `blacklist mod${i}\nvfio_pci\noptions m${i} a=1`).join('\n'),
  );
  expect(facts.blacklists).toHaveLength(2000);
  expect(facts.modulesLoad).toHaveLength(2000);
  expect(facts.moduleOptions).toHaveLength(2000);
});
