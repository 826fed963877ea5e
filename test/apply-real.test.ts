// The commands on real trees: `--root` on a folder, real writes, real locks, a real kill in between.
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { type Host, HostFault } from '../src/core/apply/host.ts';
import { cutOffRun } from '../src/node/cut-off.ts';
import { realHost } from '../src/node/real-host.ts';
import { hostTree } from './support/hosts.ts';
import { ROOT } from './support/rule-base.ts';
import { cli } from './support/run-cli.ts';
import { scratchFolder } from './support/scratch.ts';

const scratch = scratchFolder('apply');

function materialize(name: string): string {
  const root = mkdtempSync(join(scratch, 'root-'));
  for (const [path, node] of hostTree(name).tree()) {
    const at = join(root, path);
    mkdirSync(node.kind === 'dir' ? at : dirname(at), { recursive: true });
    if (node.kind === 'symlink') symlinkSync(node.target ?? '', at);
    if (node.kind === 'file') {
      writeFileSync(at, node.bytes ?? '');
      chmodSync(at, node.mode);
    }
  }
  return root;
}

/** Every path with its mode and bytes or target. */
function snapshot(root: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .sort()
      .map((path) => {
        const at = join(root, path);
        const s = lstatSync(at);
        if (s.isSymbolicLink()) return [path, `-> ${readlinkSync(at)}`];
        return [path, `${s.mode.toString(8)} ${s.isFile() ? readFileSync(at, 'latin1') : ''}`];
      }),
  );
}

const BIND = ['--bind', '04:00.3', '--fix', 'iommu-pt'];

/** `apply` in a process that signals itself at its third rename: strace is no part of every system. */
function interrupted(root: string, signal: NodeJS.Signals) {
  const script = `
    import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    const rename = fs.renameSync; let n = 0;
    fs.renameSync = (a, b) => { rename(a, b); if (++n === 3) process.kill(process.pid, '${signal}'); };
    syncBuiltinESMExports();
    process.argv = [process.argv[0], 'pt-doctor', 'apply', '--yes', ...${JSON.stringify(BIND)}, '--root', ${JSON.stringify(root)}];
    await import(${JSON.stringify(join(ROOT, 'dist/pt-doctor.mjs'))});
  `;
  return spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
}

it.each(['debian-12', 'proxmox-9-zfs', 'pop-22.04'])(
  'plan, apply, plan, undo on a tree: %s',
  async (name) => {
    const root = materialize(name);
    chmodSync(join(root, 'etc/os-release'), 0o640);
    const before = snapshot(root);
    expect((await cli(['plan', ...BIND, '--root', root])).exit).toBe(1);
    expect(snapshot(root)).toEqual(before);
    const applied = await cli(['apply', '--yes', ...BIND, '--root', root]);
    expect(applied.stderr).toContain(
      'not run, do it in the booted or chrooted system: update-initramfs -u -k all',
    );
    expect(applied.exit).toBe(0);
    expect(snapshot(root)).not.toEqual(before);
    const again = await cli(['plan', ...BIND, '--root', root]);
    expect([again.exit, again.stdout.trimEnd().split('\n').at(-1)]).toEqual([0, 'Plan: nothing to change.']);
    const twice = snapshot(root);
    expect((await cli(['apply', '--yes', ...BIND, '--root', root])).exit).toBe(0);
    expect(snapshot(root)).toEqual(twice);
    expect((await cli(['undo', '--yes', '--root', root])).exit).toBe(0);
    expect(snapshot(root)).toEqual(before);
    expect((await cli(['undo', '--yes', '--root', root])).stdout).toBe('Nothing to do.\n');
  },
);

it('asks once, and takes nothing but an explicit yes', async () => {
  const root = materialize('debian-12');
  const before = snapshot(root);
  const apply = ['apply', '--fix', 'iommu-pt', '--root', root];
  for (const typed of ['n\n', '\n', 'yup\n', '']) {
    const { exit, stdout, stderr } = await cli(apply, { typed });
    expect([typed, exit, stderr.match(/Apply this plan\?/g)?.length]).toEqual([typed, 1, 1]);
    expect(stdout).toMatch(/reboot needed\.\n$/);
    expect(stderr).toMatch(/\n?Nothing was changed\.\n$/);
    expect(snapshot(root)).toEqual(before);
  }
  const piped = await cli(['apply', '--fix', 'iommu-pt', '--root', root], { input: '' });
  expect([piped.exit, piped.stderr]).toEqual([2, expect.stringContaining('add --yes')]);
  expect((await cli(apply, { typed: 'y\n' })).exit).toBe(0);
  expect((await cli(['undo', '--root', root], { typed: 'no\n' })).exit).toBe(1);
  expect((await cli(['undo', '--root', root], { typed: 'YES\n' })).exit).toBe(0);
  expect(snapshot(root)).toEqual(before);
});

it('keeps mode, owner and symlinks of a foreign file', async () => {
  const root = materialize('arch-grub');
  const real = join(root, 'srv/grub');
  mkdirSync(dirname(real));
  writeFileSync(real, 'GRUB_CMDLINE_LINUX_DEFAULT="quiet"\n');
  chmodSync(real, 0o604);
  const link = join(root, 'etc/default/grub');
  spawnSync('rm', [link]);
  symlinkSync('/srv/grub', link);
  expect((await cli(['apply', '--yes', '--fix', 'iommu-pt', '--root', root])).exit).toBe(0);
  expect(readlinkSync(link)).toBe('/srv/grub');
  expect(readFileSync(real, 'utf8')).toBe('GRUB_CMDLINE_LINUX_DEFAULT="quiet iommu=pt"\n');
  expect(lstatSync(real).mode & 0o777).toBe(0o604);
});

it('refuses to undo over a hand edit and shows both differences', async () => {
  const root = materialize('proxmox-9-zfs');
  await cli(['apply', '--yes', '--fix', 'iommu-pt', '--root', root]);
  const file = join(root, 'etc/kernel/cmdline');
  writeFileSync(file, 'root=ZFS=rpool/ROOT/pve-1 boot=zfs iommu=pt mine=1\n');
  const refused = await cli(['undo', '--yes', '--root', root]);
  expect(refused.exit).toBe(3);
  expect(refused.stderr).toContain('+root=ZFS=rpool/ROOT/pve-1 boot=zfs iommu=pt\n');
  expect(refused.stderr).toContain('+root=ZFS=rpool/ROOT/pve-1 boot=zfs iommu=pt mine=1\n');
  expect(readFileSync(file, 'utf8')).toContain('mine=1');
  expect((await cli(['undo', '--yes', '--force', '--root', root])).exit).toBe(0);
  expect(readFileSync(file, 'utf8')).toBe('root=ZFS=rpool/ROOT/pve-1 boot=zfs\n');
});

it('exit codes and sentences of bad or impossible wishes', async () => {
  const root = materialize('arch-limine');
  const before = snapshot(root);
  const limine = await cli(['apply', '--yes', '--fix', 'iommu-pt', '--root', root]);
  expect(limine.exit).toBe(3);
  expect(limine.stdout).toContain(
    'in limine.conf, on the `cmdline:` line of the entry that you boot, add: iommu=pt',
  );
  expect(snapshot(root)).toEqual(before);
  expect((await cli(['plan', '--bind', 'nonsense', '--root', root])).exit).toBe(2);
  expect((await cli(['plan', '--bind', '09:00.0', '--root', root])).exit).toBe(2);
  expect((await cli(['plan', '--bind', '04:00.3', '--by', 'name', '--root', root])).exit).toBe(2);
  expect((await cli(['plan', '--bind', '00:01.1', '--root', root])).stderr).toContain('PCI bridge');
  expect((await cli(['plan', '--fix', 'no-such-fix', '--root', root])).stderr).toContain('disable-idle-d3');
  expect((await cli(['plan', '--fix', 'iommu-pt', '--allow', 'all', '--root', root])).exit).toBe(2);
  const disk = await cli(['plan', '--bind', '03:00.0', '--root', materialize('debian-12')]);
  expect([disk.exit, disk.stdout]).toEqual([3, expect.stringContaining('--allow root-disk')]);
});

it('a log piped in is diagnosed, and the fixes of its first diagnosis are planned', async () => {
  const root = materialize('debian-12');
  const log =
    '[  12.0] vfio-pci 0000:04:00.3: Unable to change power state from D3cold to D0, device inaccessible\n';
  const { exit, stdout } = await cli(['plan', '--root', root], { input: log });
  expect(stdout).toContain('+options vfio-pci disable_idle_d3=1');
  expect(stdout).toContain('KERNEL=="0000:04:00.3", ATTR{d3cold_allowed}="0"');
  expect(exit).toBe(1);
});

it('says first what a fix may do, and what it can not do on this kernel', async () => {
  const root = materialize('debian-12');
  const dark = await cli(['plan', '--fix', 'initcall-blacklist-sysfb', '--root', root]);
  expect(dark.stdout).toMatch(/\nWarning: The local screen shows nothing/);
  const old = await cli([
    'plan',
    '--fix',
    'set-reset-method',
    '--device',
    '04:00.3',
    '--root',
    materialize('opensuse-15.6'),
  ]);
  expect(old.stdout).not.toContain('is for Linux');
  writeFileSync(join(root, 'proc/sys/kernel/osrelease'), '5.10.0-30-amd64\n');
  const tooOld = await cli(['plan', '--fix', 'set-reset-method', '--device', '04:00.3', '--root', root]);
  expect(tooOld.stdout).toMatch(
    /set-reset-method is for Linux >=5\.\d+, and this host runs 5\.10\.0-30-amd64/,
  );
  const nowhere = await cli(['plan', '--fix', 'd3cold-allowed-off', '--root', root]);
  expect([nowhere.exit, nowhere.stderr]).toEqual([2, expect.stringContaining('--device 04:00.3')]);
  const usb = ['plan', '--fix', 'd3cold-allowed-off', '--device', '04:00.3', '--root', root];
  expect((await cli(usb)).stdout).toContain('Forbid D3cold for 04:00.3 and the bridge above');
});

it('shows the commands for the guest, in the next free place', async () => {
  const { stdout } = await cli([
    'plan',
    '--bind',
    '04:00.3',
    '--vm',
    '100',
    '--root',
    materialize('proxmox-8-grub'),
  ]);
  expect(stdout).toContain('qm set 100 -hostpci1 0000:04:00.3,pcie=1\n');
  // The sentence stays the last line, and the guest's command is neither run nor counted.
  expect(stdout).toMatch(/reboot needed\.\n$/);
  const xml = await cli(['plan', '--bind', '04:00.3', '--vm', 'win11', '--root', materialize('debian-12')]);
  expect(xml.stdout).toContain("<address domain='0x0000' bus='0x04' slot='0x00' function='0x3'/>");
});

it('does not give a guest twice what it has, and gives a whole slot as one', async () => {
  const root = materialize('proxmox-9-zfs');
  const gpu = ['--bind', '01:00.0', '--bind', '01:00.1', '--vm', '100', '--root', root];
  expect((await cli(['plan', ...gpu])).stdout).toContain('guest 100 has these devices already\n');
  writeFileSync(join(root, 'etc/pve/qemu-server/100.conf'), 'machine: pc\nhostpci0: host=04:00.3;04:00.4\n');
  expect((await cli(['plan', ...gpu])).stdout).toContain('qm set 100 -hostpci1 0000:01:00\n');
  const half = ['--bind', '01:00.0', '--bind', '04:00.3', '--vm', '100', '--root', root];
  expect((await cli(['plan', ...half])).stdout).toMatch(/qm set 100 -hostpci1 0000:01:00\.0\n\n/);
  const set = await cli(['apply', '--yes', ...gpu, '--set-vm']);
  expect(set.stderr).toContain('qm set 100 -hostpci1 0000:01:00');
  expect(JSON.parse((await cli(['plan', '--json', ...gpu])).stdout).guest.join()).toContain('qm set 100');
});

it('a folder that only root may read is a sentence, not a crash', async () => {
  const root = materialize('fedora-42');
  const entries = join(root, 'boot/loader/entries');
  for (const folder of [scratch, root]) chmodSync(folder, 0o755);
  chmodSync(entries, 0o700);
  const copy = join(root, 'pt-doctor.mjs');
  for (const file of ['pt-doctor.mjs', 'pt-doctor.data'])
    writeFileSync(join(root, file), readFileSync(join(ROOT, 'dist', file)), { mode: 0o644 });
  const uid = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  // A folder of the same user is closed to that user by its mode alone.
  if (process.getuid?.() !== 0) chmodSync(entries, 0o000);
  const run = (...argv: string[]) => {
    const { status, stderr } = spawnSync(process.execPath, [copy, ...argv], { encoding: 'utf8', ...uid });
    return { status, stderr };
  };
  expect(run('plan', '--fix', 'iommu-pt', '--root', root)).toEqual({
    status: 3,
    stderr:
      'pt-doctor: /boot/loader/entries: permission denied\n  On this host it takes root to read that: run it with sudo.\n',
  });
  expect(run('apply', '--fix', 'iommu-pt')).toEqual({
    status: 3,
    stderr:
      'pt-doctor: this needs root\n  Run it with sudo: sudo pt-doctor apply. Only pt-doctor plan needs no root.\n',
  });
  chmodSync(entries, 0o700);
});

it('a damaged undo record is named', async () => {
  const root = materialize('debian-12');
  await cli(['apply', '--yes', '--fix', 'iommu-pt', '--root', root]);
  writeFileSync(join(root, 'var/lib/pt-doctor/0001.applied.json'), '{');
  for (const command of ['verify', 'undo']) {
    const { exit, stderr } = await cli([command, '--root', root]);
    expect([exit, stderr]).toEqual([
      3,
      expect.stringContaining('0001.applied.json: this undo record is damaged'),
    ]);
  }
});

it('Ctrl-C does not cut a run off', async () => {
  const root = materialize('debian-12');
  const child = interrupted(root, 'SIGINT');
  const [code] = await new Promise<unknown[]>((done) => child.on('exit', (...how) => done(how)));
  expect(code).toBe(0);
  expect((await cli(['plan', ...BIND, '--root', root])).stdout).toMatch(/nothing to change\.\n$/);
});

it('the lint of a Proxmox host that followed old guides', async () => {
  const { exit, stdout } = await cli(['plan', '--lint', '--root', materialize('proxmox-8-grub')]);
  expect(exit).toBe(1);
  expect(stdout.match(/\[[a-z-]+\]/g)).toEqual([
    '[amd-iommu-on]',
    '[vfio-virqfd]',
    '[softdep-reversed]',
    '[ids-unknown]',
    '[blacklist-harmful]',
  ]);
});

it('a process that is killed by force leaves a host that undo brings back, and the next run says so', async () => {
  const root = materialize('debian-12');
  const before = snapshot(root);
  const child = interrupted(root, 'SIGKILL');
  const signal = await new Promise((done) => child.on('exit', (_code, by) => done(by)));
  expect(signal).toBe('SIGKILL');
  expect(snapshot(root)).not.toEqual(before);
  const next = await cli(['plan', ...BIND, '--root', root]);
  expect(cutOffRun(join(root, 'var/lib/pt-doctor'))).toBe('applying');
  expect(next.stderr).toContain('An earlier run was cut off while applying a plan (record 1)');
  expect((await cli(['apply', '--yes', ...BIND, '--root', root])).exit).toBe(3);
  expect((await cli(['undo', '--yes', '--root', root])).exit).toBe(0);
  const after = snapshot(root);
  // The dead process could not remove its lock; the next one took it over.
  expect(existsSync(join(root, 'var/lib/.pt-doctor.lock'))).toBe(false);
  expect(after).toEqual(before);
  expect(cutOffRun(join(root, 'var/lib/pt-doctor'))).toBeUndefined();
});

it('locks: a living holder is named, a dead one is replaced', () => {
  const root = mkdtempSync(join(scratch, 'lock-'));
  const host: Host = realHost(root);
  expect(host.lock('pt-doctor apply')).toBeUndefined();
  expect(realHost(root).lock('pt-doctor undo')).toBe(`process ${process.pid}: pt-doctor apply`);
  host.unlock();
  const dead = spawnSync('true').pid;
  writeFileSync(join(root, 'var/lib/.pt-doctor.lock'), `${dead} 1 pt-doctor apply`);
  expect(host.lock('pt-doctor undo')).toBeUndefined();
  host.unlock();
  expect(readdirSync(join(root, 'var/lib'))).toEqual([]);
});

it('faults of the real host carry their errno', () => {
  const host = realHost(mkdtempSync(join(scratch, 'fault-')));
  expect(() => host.create('/no/such/folder/file', new Uint8Array(), { mode: 0o644 })).toThrow(HostFault);
  host.create('/a', new Uint8Array([1]), { mode: 0o640 });
  expect(() => host.create('/a', new Uint8Array(), { mode: 0o644 })).toThrow('file already exists');
  expect(host.stat('/a')?.mode).toBe(0o640);
  // What can't be finished is not left half done, as on a full disk.
  expect(() => host.create('/b', new Uint8Array([1]), { like: '/missing' })).toThrow(HostFault);
  expect(host.list('/')).toEqual(['a']);
  expect(host.run(['no-such-program-at-all']).status).toBe(127);
});
