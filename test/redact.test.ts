// Redaction: seeded secrets of every kind in every envelope are gone, and what a diagnosis needs is intact.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor } from '../src/core/redact/redact.ts';
import { diagnoseTexts, fixture, folders } from './support/rule-base.ts';

function masked(text: string, hosts: readonly string[] = [], also: readonly string[] = []): string {
  const redactor = createRedactor({ hosts, also });
  for (const line of text.split('\n')) redactor.learn(line);
  return text
    .split('\n')
    .map((line) => redactor.mask(line))
    .join('\n');
}

const SECRETS = {
  mac: '9c:6b:00:12:34:56',
  macInUpperCase: 'BC:24:11:7A:2B:3C',
  macWithDashes: '01-9c-6b-00-12-34-57',
  uuid: '8f0f4f0e-2d0c-4b43-9d5b-0a3b1a2c3d4e',
  ipv4: '203.0.113.77',
  ipv6: '2001:db8:85a3::8a2e:370:7334',
  ipv6Full: '2001:db8:85a3:1:2:8a2e:370:7335',
} as const;

/** A line for each kind, with `@` where the secret stands. */
const CARRIERS: readonly (readonly [string, string])[] = [
  ['r8169 0000:05:00.0 eth0: RTL8125B, @, XID 641, IRQ 87', SECRETS.mac],
  ['net0: virtio=@,bridge=vmbr0,firewall=1', SECRETS.macInUpperCase],
  ['Command line: BOOT_IMAGE=/vmlinuz BOOTIF=@ ip=dhcp', SECRETS.macWithDashes],
  ['Command line: root=UUID=@ ro quiet', SECRETS.uuid],
  ['smbios1: uuid=@,manufacturer=QUJD', SECRETS.uuid],
  ['vmgenid: @', SECRETS.uuid],
  ['systemd[1]: Expecting device dev-disk-by\\x2duuid-@.device', SECRETS.uuid.replaceAll('-', '\\x2d')],
  ['-uuid @ -device vfio-pci,host=0000:01:00.0', SECRETS.uuid],
  ['Command line: root=PARTUUID=@ rw', '1a2b3c4d-02'],
  ['Command line: boot=UUID=@ rw', 'A1B2-C3D4'],
  ['/etc/machine-id: machine-id=@', '0123456789abcdef0123456789abcdef'],
  ['usb 1-2: SerialNumber: @', '4C530001230101117391'],
  ['Serial Number: @', 'PF2ABCD9'],
  ['-smbios type=1,serial=@', 'MXL0123XYZ'],
  ['scsi0: /dev/disk/by-id/ata-@,size=1T', 'WDC_WD10EZEX-08WN4A0_WD-WCC6Y0ABCDEF'],
  ['nvme nvme0: wwid @x', 'eui.0025385b71b0c1d2'],
  ['file=/home/@/vms/win.qcow2', 'gretchen'],
  ['C:\\Users\\@\\Desktop\\vm.log', 'gretchen'],
  ['sshd: Connection from @ port 22', SECRETS.ipv4],
  ['nfsroot=@:/export', SECRETS.ipv4],
  ['[UFW BLOCK] SRC=@ DST=10.0.0.1', SECRETS.ipv4],
  ['listening on [@]:8006', SECRETS.ipv6],
  ['inet6 @/64 scope global', SECRETS.ipv6Full],
  ['inet addr:@  Mask:255.255.255.0', SECRETS.ipv4],
  ['Command line: ip=198.51.100.7::@:255.255.255.0::eth0:off', SECRETS.ipv4],
  ['inet6 @/64 scope link', 'fe80::9e6b:ff:fe12:3456'],
  ['inet6 @/64 scope link', 'fe80::1234:56ff:fe78:9abc'],
  ['description: ask @ first', 'gretchen@margarete.example'],
  ['searchdomain: @', 'lan.margarete.example'],
  ['-spice port=5900,password=@', 'hunter2hunter2'],
  ['--token @', 'ghp16C7e42F292c6912E7710c838347Ae178B4a'],
  ['curl -H "Authorization: Bearer @"', 'eyJhbGciOiJIUzI1NiJ9.e30.abc'],
  ['curl -H "Authorization: PVEAPIToken=@"', 'root@pam!ci=5f0f4f0e-2d0c-4b43-9d5b-0a3b1a2c3d4e'],
  ['root=http://@@198.51.100.9/img'.replace('@@', '@\u0040'), 'boot:secretpw'],
  ['cipassword: @', 'SuperSecret99'],
];

const ENVELOPES: Readonly<Record<string, (text: string) => string>> = {
  bare: (t) => t,
  dmesg: (t) => `[   12.345678] ${t}`,
  'dmesg -T': (t) => `[Tue Nov  3 11:22:33 2026] ${t}`,
  'dmesg -x': (t) => `kern  :info  : [   12.345678] ${t}`,
  syslog: (t) => `Nov 24 13:50:01 bigbox kernel: ${t}`,
  'journal, iso': (t) => `2026-11-24T13:50:01+0100 bigbox kernel: ${t}`,
  rsyslog: (t) => `2026-11-24T13:50:01.123456+01:00 bigbox.lan.example.org kernel: [   12.345678] ${t}`,
  'journal, json': (t) =>
    JSON.stringify({ MESSAGE: t, _HOSTNAME: 'bigbox', SYSLOG_IDENTIFIER: 'kernel', _TRANSPORT: 'kernel' }),
  'forum quote': (t) => `> ${t}`,
  bbcode: (t) => `[CODE]${t}[/CODE]`,
  shell: (t) => `gretchen@bigbox:~$ ${t}`,
};

/** What must survive, exactly as it is. */
const KEPT: readonly string[] = [
  'vfio-pci 0000:01:00.0: enabling device (0000 -> 0003)',
  '10000:e1:00.0 PCI bridge',
  'pci 0000:02:00.0: [144d:a808] type 00 class 0x010802',
  'vfio_pci: add [10de:1e04[ffffffff:ffffffff]] class 0x000000/00000000',
  'options vfio-pci ids=10de:1e04:1462:3722,10de:10f7',
  'Subsystem id 10de:1e04:1462:3722 matches',
  'Linux version 6.8.12-4-pve (build@proxmox)',
  'NVRM: loading NVIDIA UNIX x86_64 Kernel Module  550.54.14.1',
  'nvidia driver version 535.183.1.6',
  'edk2-ovmf-1.3.4.0-1.fc39.noarch',
  'rpm 1.3.4.0 installed',
  'BIOS version 1.2.3.4',
  'qemu-system-x86 1:10.0.2.1 amd64',
  'Linux version 6.1.0-18-amd64 (debian-kernel@lists.debian.org) (gcc-12)',
  'Linux version 6.12.9 (builder@buildhost.example.net) (gcc)',
  'device-mapper: ioctl: 4.48.0-ioctl (2023-03-01) initialised: dm-devel@redhat.com',
  'qemu 9.0.2.1-3',
  'pci 0000:01:00.0: BAR 1 [mem 0xc0000000-0xcfffffff 64bit pref]',
  'vfio-pci 0000:01:00.0: Adding to iommu group 14',
  'AMD-Vi: Event logged [IO_PAGE_FAULT device=01:00.0 domain=0x000f address=0xfffffffdf8000000 flags=0x0020]',
  'pcieport 0000:00:01.1: AER: TLP Header: 40000001 0000000f b0000000 00000000',
  'Serial: 8250/16550 driver, 32 ports, IRQ sharing enabled',
  'usb 1-2: New USB device strings: Mfr=1, Product=2, SerialNumber=3',
  'serial0: socket',
  'usb usb1: SerialNumber: 0000:00:1a.0',
  'usb 3-1: SerialNumber: 1-0000:00:02.2:00.0-1',
  'megaraid cmm: 2.20.2.7 (Release Date: Sun Jul 16 00:01:03 EST 2006)',
  'acpi PNP0C14:01: duplicate WMI GUID 05901221-D566-11D1-B2F0-00A0C9062910 (first instance was on PNP0C14:00)',
  'cat /etc/pve/qemu-server/100.conf',
  'bridge vmbr0 at 192.168.1.2, gateway 10.0.0.1',
  '-vnc unix:/var/run/qemu-server/100.vnc,password=on',
  'pve-manager/8.2.4/faa83925c9641325 (running kernel: 6.8.12-4-pve)',
];

describe('redaction', () => {
  for (const [name, envelope] of Object.entries(ENVELOPES)) {
    it.each(CARRIERS)(`${name}: %s`, (carrier, secret) => {
      const text = envelope(carrier.replace('@', () => secret));
      const out = masked(text, name === 'bare' ? [] : ['bigbox']);
      expect(out).not.toContain(secret);
      expect(out).not.toContain(JSON.stringify(secret).slice(1, -1));
      expect(out).not.toMatch(/bigbox|example\.org/);
      expect(out).toMatch(/<(?:mac|uuid|serial|user|ip|secret|host)-\d+>/);
    });

    it.each(KEPT)(`${name}: keeps %s`, (line) => {
      expect(masked(envelope(line), ['bigbox', 'pve'])).toContain(
        name === 'journal, json' ? JSON.stringify(line).slice(1, -1) : line,
      );
    });
  }

  it('masks a host that is called pve where a host name stands, and nowhere else', () => {
    const text = [
      'Nov 24 13:50:01 pve kernel: Linux version 6.8.12-4-pve (build@proxmox) #1 SMP PMX 6.8.12-4',
      'root@pve:~# cat /etc/pve/storage.cfg',
      'UPID:pve:00001F2B:0000C0DE:67432A1B:qmstart:100:root@pam:',
      'pve-manager/8.2.4',
    ].join('\n');
    expect(masked(text, ['pve'])).toBe(
      [
        'Nov 24 13:50:01 <host-1> kernel: Linux version 6.8.12-4-pve (build@proxmox) #1 SMP PMX 6.8.12-4',
        'root@<host-1>:~# cat /etc/pve/storage.cfg',
        'UPID:<host-1>:00001F2B:0000C0DE:67432A1B:qmstart:100:root@pam:',
        'pve-manager/8.2.4',
      ].join('\n'),
    );
  });

  it('leaves a word of the trade alone that a host has for its name', () => {
    expect(masked('Nov 24 13:50:01 dom0 kernel: booted\nThe dom0 kernel needs the module.', ['dom0'])).toBe(
      'Nov 24 13:50:01 <host-1> kernel: booted\nThe dom0 kernel needs the module.',
    );
  });

  it.each(['a', 'a.', '1.', '0:', 'a@', '://a:', 'password', 'ff:', '2000:', '/home/', 'bigbox.a'])(
    'takes a line of 60 kB of %j in its stride',
    (piece) => {
      const redactor = createRedactor({ hosts: ['bigbox'], also: [] });
      const line = piece.repeat(Math.ceil(60_000 / piece.length));
      const started = performance.now();
      redactor.learn(line);
      redactor.maskName(line);
      expect(performance.now() - started).toBeLessThan(2000);
    },
  );

  it('gives one secret one placeholder, and numbers them', () => {
    expect(masked('a 9c:6b:00:12:34:56 b 9C:6B:00:12:34:56 c 9c:6b:00:12:34:57')).toBe(
      'a <mac-1> b <mac-1> c <mac-2>',
    );
  });

  it('masks words of the user in any case, and host names in file names', () => {
    expect(masked('the Acme server of ACME', [], ['acme'])).toBe('the <word-1> server of <word-1>');
    const redactor = createRedactor({ hosts: ['bigbox'], also: [] });
    expect(redactor.maskName('dmesg-bigbox.log:4')).toBe('dmesg-<host-1>.log:4');
    expect(redactor.summary()).toEqual(['1 host name']);
  });

  it('masks any address in any place, and no part of one stays', () => {
    const hex = fc.integer({ min: 0, max: 255 }).map((n) => n.toString(16).padStart(2, '0'));
    fc.assert(
      fc.property(
        fc.array(hex, { minLength: 6, maxLength: 6 }),
        fc.constantFrom(' ', '=', '"', ',', '(', '/'),
        (bytes, before) => {
          const mac = bytes.join(':');
          expect(masked(`x${before}${mac} y`)).toBe(`x${before}<mac-1> y`);
        },
      ),
    );
  });

  it('leaves every PCI address and id alone', () => {
    const digits = (n: number) =>
      fc.integer({ min: 0, max: 16 ** n - 1 }).map((v) => v.toString(16).padStart(n, '0'));
    fc.assert(
      fc.property(digits(4), digits(2), digits(4), digits(4), (domain, bus, vendor, device) => {
        const line = `vfio-pci ${domain}:${bus}:00.0: [${vendor}:${device}:${device}:${vendor}] (rev ff)`;
        expect(masked(line)).toBe(line);
      }),
    );
  });

  it('changes nothing that a rule or a fact is made of', () => {
    const mask = (text: string) => masked(text, ['pve', 'bigbox']);
    for (const name of [...folders('cases'), '../reports/group-shared']) {
      const files = fixture(name.startsWith('..') ? name.slice(3) : `cases/${name}`);
      const before = diagnoseTexts(files);
      const after = diagnoseTexts(
        Object.fromEntries(Object.entries(files).map(([file, text]) => [file, mask(text)])),
      );
      const told = (r: typeof before) => [
        r.diagnoses.map((d) => [d.cause, d.confidence, d.devices]),
        r.findings.map((f) => [f.rule, f.device, f.lines]),
        [...r.facts.devices.values()],
        r.facts.kernel,
      ];
      expect(told(after), name).toEqual(told(before));
    }
  });
});
