// Bundles: what is gathered, what is masked, that a bundle answers like its host, and what damage does.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { failedStarts, newestStart, taskFile } from '../src/core/host/logs.ts';
import { readHost } from '../src/core/host/read-host.ts';
import { isTar, untar } from '../src/core/host/untar.ts';
import { openTree, readBundle } from '../src/node/bundle.ts';
import { blankSerial } from '../src/node/collect.ts';
import { diagnose } from '../src/web/diagnose.ts';
import { unpackTree } from './support/host-trees.ts';
import { base, ROOT } from './support/rule-base.ts';
import { cli } from './support/run-cli.ts';
import { scratchFolder } from './support/scratch.ts';

const scratch = scratchFolder('collect');

const unpack = (name: string, more?: Readonly<Record<string, string>>) =>
  unpackTree(name, mkdtempSync(join(scratch, `${name}-`)), more);

const DMESG = readFileSync(join(ROOT, 'fixtures/cases/um560-d3cold/dmesg.log'), 'utf8');
const UPID = 'UPID:um560:0001E240:000F4240:65A1B2C3:qmstart:100:root@pam:';
const SECRETS = {
  '/var/log/kern.log': `${DMESG}[  100.0] r8169 0000:01:00.0 eth0: RTL8125B, 52:54:00:ab:cd:ef, XID 641, IRQ 77\n`,
  '/var/log/pve/tasks/index': `${UPID} 65A1B2C5 start failed: QEMU exited with code 1\n`,
  '/var/log/pve/tasks/3/UPID:um560:0001E240:000F4240:65A1B2C3:qmstart:100:root@pam:':
    "kvm: ../hw/pci/pci.c:1637: pci_irq_handler: Assertion `0 <= irq_num && irq_num < PCI_NUM_PINS' failed.\nTASK ERROR: start failed: QEMU exited with code 1\n",
  '/var/log/libvirt/qemu/old.log':
    '2024-01-01 10:00:00.000+0000: starting up libvirt version: 9.0.0\nOLD\n2024-01-02 10:00:00.000+0000: starting up libvirt version: 9.0.0\n-uuid 01234567-89ab-cdef-0123-456789abcdef\nNEW\n',
  '/etc/libvirt/qemu/net.xml':
    "<domain type='kvm'><name>net</name><uuid>01234567-89ab-cdef-0123-456789abcdef</uuid><memory unit='GiB'>1</memory><devices><interface type='network'><mac address='52:54:00:ab:cd:ef'/></interface><hostdev type='pci'><source><address domain='0' bus='0x04' slot='0' function='0x3'/></source></hostdev></devices></domain>\n",
};

describe('collect', () => {
  it('gathers, masks, and the bundle is diagnosed like the host', async () => {
    const root = unpack('renoir-mini-pc', SECRETS);
    const bundle = join(scratch, 'a.tgz');
    const { exit, stderr } = await cli(['collect', '--root', root, '-o', bundle]);
    expect(exit).toBe(0);
    expect(stderr).toMatch(/Masked: .*MAC address/);
    const everything = execFileSync('tar', ['xzOf', bundle], { encoding: 'latin1' });
    expect(everything).not.toContain('52:54:00:ab:cd:ef');
    expect(everything).not.toContain('01234567-89ab-cdef-0123-456789abcdef');
    expect(everything).not.toMatch(/\bum560\b/);
    expect(everything).toContain('NEW');
    const here = JSON.parse((await cli(['--root', root, '--format', 'json'])).stdout);
    const there = JSON.parse((await cli([bundle, '--format', 'json'])).stdout);
    expect(there.diagnoses.map((d: { cause: string }) => d.cause)).toEqual(
      here.diagnoses.map((d: { cause: string }) => d.cause),
    );
    expect(there.diagnoses[0].cause).toBe('d3cold-power-transition');
    // The guests of both kinds are known to the rules, from the bundle too.
    for (const report of [here, there]) expect(report.facts.vms).toHaveLength(2);
    expect(there.facts.devices.length ?? Object.keys(there.facts.devices).length).toBeGreaterThan(5);
  });

  it('a bundle and its unpacked form tell the same facts as the host did', async () => {
    const root = unpack('amd-desktop');
    const bundle = join(scratch, 'b.tgz');
    await cli(['collect', '--root', root, '-o', bundle, '--no-redact']);
    const dir = mkdtempSync(join(scratch, 'unpacked-'));
    execFileSync('tar', ['xzf', bundle, '-C', dir]);
    const first = await readHost(await openTree(root, '/'));
    for (const path of [bundle, dir]) {
      const again = await readHost(await openTree(path, '/'));
      expect({ ...again, name: '' }).toEqual({ ...first, name: '' });
    }
    const check = (path: string) => cli(['check', '--json', '--root', path]);
    const answers = await Promise.all([root, bundle, dir].map(check));
    const checks = answers.map((a) => JSON.parse(a.stdout).checks);
    expect(checks[1]).toEqual(checks[0]);
    expect(checks[2]).toEqual(checks[0]);
  });

  it('masked XML stays well-formed, so guests survive', async () => {
    const bundle = join(scratch, 'c.tgz');
    await cli(['collect', '--root', unpack('renoir-mini-pc', SECRETS), '-o', bundle]);
    const { tree } = await readBundle(bundle);
    const { guests } = await readHost(tree);
    expect(guests.list.find((g) => g.id === 'net')?.devices[0]?.hosts).toEqual(['0000:04:00.3']);
  });

  it('keeps what could not be read as unknown elsewhere', async () => {
    const bundle = join(scratch, 'd.tgz');
    const manifest = {
      schema: 1,
      unread: [{ path: '/sys/kernel/iommu_groups', unread: 'denied', why: 'permission denied' }],
    };
    const root = unpack('no-iommu');
    rmSync(join(root, 'sys/kernel/iommu_groups'), { recursive: true });
    writeFileSync(join(root, 'pt-doctor-manifest.json'), JSON.stringify(manifest));
    execFileSync('tar', ['czf', bundle, '-C', root, '.']);
    for (const path of [bundle, root]) {
      const { platform } = await readHost(await openTree(path, '/'));
      expect(platform.iommu.groups, path).toBeUndefined();
    }
  });

  it('refuses to overwrite, a terminal, and a name that is none of a bundle', async () => {
    const root = unpack('no-iommu');
    const bundle = join(scratch, 'e.tgz');
    expect((await cli(['collect', '--root', root, '-o', bundle])).exit).toBe(0);
    expect(await cli(['collect', '--root', root, '-o', bundle])).toMatchObject({ exit: 2 });
    expect(await cli(['collect', '--root', root, '-o', '-'], { stdoutIsTty: true })).toMatchObject({
      exit: 2,
    });
    expect(await cli(['collect', '--root', root, '-o', 'bundle.zip'])).toMatchObject({ exit: 2 });
    expect(await cli(['collect', '--root', root, '-o', '/nowhere/x.tgz'])).toMatchObject({ exit: 3 });
  });

  it('tells a damaged bundle', async () => {
    const whole = readFileSync(join(scratch, 'e.tgz'));
    const cut = join(scratch, 'cut.tgz');
    writeFileSync(cut, whole.subarray(0, whole.length / 2));
    const { exit, stderr } = await cli([cut]);
    expect(exit).toBe(3);
    expect(stderr).toContain('cut.tgz: cannot be read as a bundle');
  });

  it('takes further files beside a bundle', async () => {
    const log = join(ROOT, 'fixtures/cases/um560-d3cold/dmesg.log');
    const { stdout } = await cli([join(scratch, 'e.tgz'), log, '--format', 'json']);
    expect(JSON.parse(stdout).diagnoses[0].cause).toBe('d3cold-power-transition');
  });

  it('an archive of logs is read as these logs, on the page too', async () => {
    const dir = mkdtempSync(join(scratch, 'logs-'));
    writeFileSync(join(dir, 'dmesg.log'), DMESG);
    mkdirSync(join(dir, 'old'));
    writeFileSync(join(dir, 'old/kern.log.xz'), '\u00fd7zXZ\0', 'latin1');
    const archive = join(scratch, 'logs.tgz');
    execFileSync('tar', ['czf', archive, '-C', dir, '.']);
    const { exit, stdout } = await cli([archive, '--json']);
    const report = JSON.parse(stdout);
    const there = await diagnose(base, [{ name: 'x.tgz', content: new Blob([readFileSync(archive)]) }]);
    expect([exit, report.input.sources]).toEqual([1, [{ name: 'dmesg.log', lines: 7 }]]);
    for (const { diagnoses, notices } of [report, there]) {
      expect(diagnoses[0].cause).toBe('d3cold-power-transition');
      expect(notices.at(-1).text).toMatch(/old\/kern\.log\.xz: this is packed with xz$/);
    }
    // A host whose IOMMU is off is not called healthy either.
    const { stdout: off } = await cli(['--root', unpack('no-iommu', { '/var/log/kern.log': 'x\n' })]);
    expect(off).toContain('No passthrough fault found in the logs, but checks of the host fail.');
    const nothing = mkdtempSync(join(scratch, 'nothing-'));
    expect(await cli(['--root', nothing])).toMatchObject({ exit: 3, stdout: '' });
  });

  it('a hostile bundle leads nowhere', async () => {
    const dir = mkdtempSync(join(scratch, 'evil-'));
    symlinkSync('/etc', join(dir, 'etc'));
    mkdirSync(join(dir, 'proc/sys/kernel'), { recursive: true });
    symlinkSync('../../../../../../../etc/passwd', join(dir, 'proc/sys/kernel/osrelease'));
    const bundle = join(scratch, 'evil.tgz');
    execFileSync('tar', ['czf', bundle, '-C', dir, '.']);
    for (const path of [bundle, dir]) {
      const { platform } = await readHost(await openTree(path, '/'));
      expect(platform.kernel).toBeUndefined();
    }
  });
});

describe('without Node', () => {
  it('untar reads what the library reads, long names included', async () => {
    const bundle = join(scratch, 'long.tgz');
    await cli(['collect', '--root', unpack('lab-vtd-sriov'), '-o', bundle]);
    const { entries } = await readBundle(bundle);
    expect([...entries.keys()].some((path) => path.length > 101)).toBe(true);
    const tar = gunzipSync(readFileSync(bundle));
    expect(isTar(tar)).toBe(true);
    expect(untar(tar, (bytes) => Buffer.from(bytes).toString('utf8'))).toEqual(entries);
    const cut = untar(tar.subarray(0, tar.length / 2), (bytes) => Buffer.from(bytes).toString('utf8'));
    expect(cut.size).toBeGreaterThan(0);
    expect(cut.size).toBeLessThan(entries.size);
    expect(isTar(readFileSync(bundle))).toBe(false);
  });

  it('the page takes a bundle as it takes logs', async () => {
    const bundle = join(scratch, 'a.tgz');
    const result = await diagnose(base, [{ name: 'a.tgz', content: new Blob([readFileSync(bundle)]) }]);
    const { stdout } = await cli([bundle, '--format', 'json']);
    expect(result.diagnoses.map((d) => d.cause)).toEqual(
      JSON.parse(stdout).diagnoses.map((d: { cause: string }) => d.cause),
    );
    expect(result.diagnoses[0]?.cause).toBe('d3cold-power-transition');
    expect(result.facts.devices.get('0000:04:00.3')?.driver).toBe('vfio-pci');
  });
});

describe('logs of guests', () => {
  it('the newest start of libvirt', () => {
    expect(newestStart(SECRETS['/var/log/libvirt/qemu/old.log'])).not.toContain('OLD');
    expect(newestStart('no mark\n')).toBe('no mark\n');
  });

  it('the newest start of each Proxmox guest, when it failed', () => {
    const at = (time: string, type: string, id: string, status: string) =>
      `UPID:pve:0001E240:000F4240:${time}:${type}:${id}:root@pam: 65A1B2FF ${status}`;
    const index = [
      at('65A1B2C3', 'qmstart', '100', 'start failed: QEMU exited with code 1'),
      at('65A1B2C4', 'qmstart', '101', 'timeout'),
      at('65A1B2C5', 'qmstart', '101', 'OK'),
      at('65A1B2C6', 'qmstop', '102', 'failed'),
      at('65A1B2C1', 'qmstart', '100', 'OK'),
      'rubbish',
    ].join('\n');
    const failed = failedStarts(index);
    expect(failed.map((t) => [t.guest, t.status])).toEqual([
      ['100', 'start failed: QEMU exited with code 1'],
    ]);
    expect(failed.map(taskFile)).toEqual([
      '/var/log/pve/tasks/3/UPID:pve:0001E240:000F4240:65A1B2C3:qmstart:100:root@pam:',
    ]);
  });
});

it('blanks the serial number in a config space', () => {
  const config = new Uint8Array(0x200);
  const view = new DataView(config.buffer);
  view.setUint32(0x100, 0x0001_0001 | (0x140 << 20), true);
  view.setUint32(0x140, 0x0001_0003, true);
  config.fill(0xab, 0x144, 0x150);
  const blank = blankSerial(config);
  expect([...blank.subarray(0x144, 0x150)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0xab, 0xab, 0xab, 0xab]);
});

it('ends although a read hangs for ever', async () => {
  const root = unpack('no-iommu');
  rmSync(join(root, 'proc/cmdline'));
  execFileSync('mkfifo', [join(root, 'proc/cmdline')]);
  const child = spawn(process.execPath, [join(ROOT, 'dist/pt-doctor.mjs'), 'check', '--root', root]);
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const ended = await new Promise((done) => child.on('close', (code, signal) => done(code ?? signal)));
  // The exit code survives where Node can turn into another program (22.15); before that only a signal ends it.
  expect(ended).toBe('execve' in process ? 1 : 'SIGKILL');
  expect(text).toContain('no groups, and the firmware gives neither a DMAR nor an IVRS table');
});
