// Plans for every host tree: the difference as it is shown, apply, an empty plan after it, and the bytes back after undo.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { planText } from '../src/cli/applier/words.ts';
import { applyPlan, undo } from '../src/core/apply/apply.ts';
import { leftOver } from '../src/core/apply/left-over.ts';
import { isEmpty, planSentence, type Wish } from '../src/core/apply/plan.ts';
import { readRecords, type UndoRecord } from '../src/core/apply/record.ts';
import { sha256 } from '../src/core/apply/sha256.ts';
import { verifyRecords } from '../src/core/apply/verify.ts';
import { type Call, refusing } from '../src/core/apply/wrappers.ts';
import { lintHost } from '../src/core/fix/lint-host.ts';
import { planWishes } from '../src/core/fix/plan.ts';
import { fill } from '../src/core/text/fill.ts';
import { hostNames, hostTree, wish } from './support/hosts.ts';
import { memoryHost, recording } from './support/memory-host.ts';
import { base } from './support/rule-base.ts';

const USB = '0000:04:00.3';
const GPU = ['0000:01:00.0', '0000:01:00.1'];

function fix(id: string, devices: readonly string[] = []): Wish {
  const found = base.fixes.get(id);
  if (!found) throw new Error(`no fix ${id}`);
  return { fix: { ...found, title: fill(found.title, devices) }, devices };
}

const bind = (devices: readonly string[]) => wish({ do: 'driver-bind', by: 'id' }, devices);
/** What a full set-up asks for: arguments, options, a lasting sysfs value, one binding by address and two by id. */
const SETUP = [
  fix('iommu-pt'),
  fix('disable-idle-d3'),
  fix('d3cold-allowed-off', [USB]),
  bind([USB]),
  bind(GPU),
];
/** booster can't bind by address. */
const setupOf = (name: string) =>
  name === 'arch-booster' ? SETUP.filter((w) => w.devices[0] !== USB) : SETUP;
const unsupported = ['arch-limine', 'arch-refind', 'two-loaders'];

describe.each(hostNames)('host %s', (name) => {
  it('plans as the golden file says', async () => {
    const plan = planWishes(refusing(hostTree(name)), setupOf(name));
    await expect(planText(plan)).toMatchFileSnapshot(`../fixtures/hosts/${name}/plan.txt`);
    expect(plan.manual.length > 0).toBe(unsupported.includes(name));
  });

  it('lints as the golden file says', async () => {
    const found = lintHost(refusing(hostTree(name)));
    await expect(found.map((f) => `${f.at} ${f.id}\n`).join('')).toMatchFileSnapshot(
      `../fixtures/hosts/${name}/lint.txt`,
    );
  });

  if (!unsupported.includes(name))
    it('applies, has nothing left to plan, applies nothing twice, and undoes byte for byte', () => {
      const host = hostTree(name);
      const before = host.tree();
      const calls: Call[] = [];
      const plan = planWishes(host, setupOf(name));
      expect(plan.refusals).toEqual([]);
      expect(applyPlan(recording(host, calls), plan, 'test', 'test', 1).outcome).toBe('done');
      const ran = calls.filter((c) => c.call === 'run').map((c) => c.args.join(' '));
      expect(ran).toEqual([...plan.commands.map((c) => c.run), ...plan.refresh].map((r) => r.join(' ')));
      expect(new Set(ran).size).toBe(ran.length);
      const again = planWishes(host, setupOf(name));
      expect(planText(again)).toMatch(/Plan: nothing to change\.\n$/);
      expect(isEmpty(again)).toBe(true);
      const applied = host.tree();
      expect(applyPlan(host, again, 'test', 'test', 2)).toEqual({ outcome: 'nothing' });
      expect(host.tree()).toEqual(applied);
      expect(undo(host, 'test').outcome).toBe('done');
      expect(host.tree()).toEqual(before);
    });

  if (!unsupported.includes(name))
    it('refuses to undo over a hand edit, and shows it', () => {
      const host = hostTree(name);
      const plan = planWishes(host, setupOf(name));
      applyPlan(host, plan, 'test', 'test', 1);
      const [change] = plan.changes;
      if (!change) throw new Error('the plan changes nothing');
      host.put(change.path, { text: `${change.after}# mine\n`, mode: change.mode });
      const edited = host.tree();
      const result = undo(host, 'test');
      expect(result).toEqual({
        outcome: 'conflict',
        conflicts: [
          {
            path: change.path,
            written: change.after,
            now: `${change.after}# mine\n`,
            ...(change.before === undefined ? {} : { before: change.before }),
          },
        ],
      });
      expect(host.tree()).toEqual(edited);
    });
});

describe('the planner', () => {
  it('ends with one sentence', () => {
    expect(planSentence(planWishes(hostTree('debian-12'), [bind([USB])]))).toBe(
      'Plan: 4 files to create, initramfs to refresh, reboot needed.',
    );
    expect(planSentence(planWishes(hostTree('proxmox-9-zfs'), [fix('iommu-pt')]))).toBe(
      'Plan: 1 file to change, boot loader to refresh, reboot needed.',
    );
  });

  it('plans every appliable fix on Debian, and again nothing after it', () => {
    for (const [id, found] of base.fixes) {
      if (found.action.do === 'manual' || found.action.do === 'vm-option') continue;
      const host = hostTree('debian-12');
      const plan = planWishes(host, [fix(id, [USB])], { allow: ['shared-id'] });
      if (plan.manual.length > 0) continue;
      const before = host.tree();
      applyPlan(host, plan, id, 'test', 1);
      expect(isEmpty(planWishes(host, [fix(id, [USB])])), id).toBe(true);
      undo(host, 'test');
      expect(host.tree(), id).toEqual(before);
    }
  });

  it('edits the last token of a foreign option and keeps the rest of the line', () => {
    const host = hostTree('proxmox-8-grub');
    const plan = planWishes(host, [bind(GPU)]);
    const vfio = plan.changes.find((c) => c.path === '/etc/modprobe.d/vfio.conf');
    expect(vfio?.after).toBe(
      'softdep vfio-pci pre: xhci_pci\noptions vfio-pci ids=1b36:000d,10de:1b81,10de:10f0 disable_vga=1\n',
    );
  });

  it('unbinds in the initramfs where the host driver is built in', () => {
    const host = hostTree('arch-systemd-boot');
    const script = planWishes(host, [bind([USB])]).changes.find((c) => c.path === '/etc/pt-doctor/bind-vfio');
    expect(script?.after).toContain(`\nbind ${USB} 1022:1639 unbind\n`);
  });

  it('removes an argument wherever it stands', () => {
    const host = hostTree('debian-12');
    host.put('/etc/default/grub', {
      text: 'GRUB_CMDLINE_LINUX_DEFAULT="quiet  intel_iommu=off splash"\nGRUB_CMDLINE_LINUX=\'x=1 intel_iommu=off\'\n',
    });
    host.put('/proc/cpuinfo', { text: 'vendor_id\t: GenuineIntel\n' });
    host.put('/proc/cmdline', { text: 'quiet intel_iommu=on\n' });
    const plan = planWishes(host, [fix('intel-iommu-on')]);
    expect(plan.changes.map((c) => [c.path, c.after.split('\n').slice(-3)])).toEqual([
      ['/etc/default/grub', ['GRUB_CMDLINE_LINUX_DEFAULT="quiet splash"', "GRUB_CMDLINE_LINUX='x=1'", '']],
      [
        '/etc/default/grub.d/zz-pt-doctor.cfg',
        [
          '# Written by pt-doctor; `pt-doctor undo` takes it back.',
          'GRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT intel_iommu=on"',
          '',
        ],
      ],
    ]);
  });

  it('stops where the command line is computed', () => {
    const host = hostTree('debian-12');
    host.put('/etc/default/grub', { text: 'GRUB_CMDLINE_LINUX_DEFAULT="quiet $(cat /etc/args)"\n' });
    const plan = planWishes(host, [fix('iommu-pt')]);
    expect(plan.changes).toEqual([]);
    expect(plan.manual[0]).toContain('computes the command line');
  });

  it('does not edit entries that update-initramfs has made anew', () => {
    // Debian's package systemd-boot; beside GRUB, with no entry of its own, it changes nothing.
    const host = hostTree('debian-12');
    host.put('/etc/initramfs/post-update.d/systemd-boot', { text: '#!/bin/sh\n', mode: 0o755 });
    expect(planWishes(host, [fix('iommu-pt')]).host.loader).toBe('grub');
    host.put('/boot/efi/loader/loader.conf', { text: 'timeout 3\n' });
    host.put('/boot/efi/loader/entries/0123456789abcdef-6.1.0-31-amd64.conf', {
      text: 'linux /0123456789abcdef/6.1.0-31-amd64/linux\noptions root=UUID=0 ro\n',
    });
    host.put('/proc/cmdline', { text: 'initrd=\\0123\\initrd.img root=UUID=0 ro\n' });
    const plan = planWishes(host, [fix('iommu-pt')]);
    expect([plan.host.loader, plan.changes]).toEqual(['kernel-install', []]);
    expect(plan.manual.join('\n')).toContain(`sed -i -e '1 s/$/ iommu=pt/' /etc/kernel/cmdline`);
    // A binding needs no argument and is applied.
    const { manual, refresh } = planWishes(host, [bind([USB])]);
    expect([manual, refresh]).toEqual([[], [['update-initramfs', '-u', '-k', 'all']]]);
  });

  it('takes update-grub for no sign that a folder is read', () => {
    // Manjaro has a program of that name around a grub-mkconfig that reads /etc/default/grub alone.
    const host = hostTree('arch-grub');
    host.put('/usr/sbin/update-grub', { text: '#!/bin/sh\n', mode: 0o755 });
    expect(planWishes(host, [fix('iommu-pt')]).changes.map((c) => c.path)).toEqual(['/etc/default/grub']);
  });

  it('stops where two tools could make the initramfs, and takes the one that is chosen', () => {
    const host = hostTree('debian-12');
    host.put('/usr/bin/dracut', { text: '#!/bin/bash\n' });
    const asked = planWishes(host, [bind(GPU)]);
    expect(asked.manual[0]).toContain('Choose with --initramfs initramfs-tools or --initramfs dracut');
    const { manual, refresh } = planWishes(host, [bind(GPU)], { initramfs: 'dracut' });
    expect([manual, refresh]).toEqual([[], [['dracut', '--regenerate-all', '--force']]]);
    // dracut's own update-initramfs calls dracut.
    host.put('/usr/sbin/update-initramfs', { text: '#!/bin/sh\nexec dracut --force\n', mode: 0o755 });
    expect(planWishes(host, [bind(GPU)]).host.initramfs).toBe('dracut');
  });

  it('reads HOOKS of mkinitcpio where a drop-in sets them', () => {
    const host = hostTree('arch-grub');
    host.put('/etc/mkinitcpio.conf.d/hooks.conf', { text: 'HOOKS=(base udev\n  autodetect block)\n' });
    expect(planWishes(host, [bind(GPU)]).manual[0]).toContain('lacks modconf');
    host.put('/etc/mkinitcpio.conf.d/hooks.conf', { text: 'HOOKS=(base udev\n  modconf block)\n' });
    const { manual, changes } = planWishes(host, [bind(GPU)]);
    expect([manual, changes.map((c) => c.path)]).toEqual([
      [],
      expect.arrayContaining(['/etc/mkinitcpio.conf.d/pt-doctor.conf']),
    ]);
  });

  it('leaves binding by address to a person where booster makes the initramfs', () => {
    const { manual } = planWishes(hostTree('arch-booster'), [bind([USB])]);
    expect(manual[0]).toContain('booster has no shell in its image');
  });

  it('keeps what rpm-ostree was told about the initramfs before', () => {
    const host = hostTree('silverblue-42');
    const origin = '/sysroot/ostree/deploy/fedora/deploy/9c1e.0.origin';
    host.put(origin, {
      text: '[rpmostree]\nregenerate-initramfs=true\ninitramfs-args=-I;/etc/own.conf;\n',
    });
    const again = ['rpm-ostree', 'initramfs', '--enable', '--arg=-I', '--arg=/etc/own.conf'];
    expect(planWishes(host, [bind([USB])]).commands).toEqual([{ run: again, undo: again }]);
  });

  it('says the steps of a fix that only a person can do', () => {
    const manual = (id: string, devices: readonly string[] = [], tree = 'debian-12') =>
      planWishes(hostTree(tree), [fix(id, devices)]).manual.join('\n');
    expect(manual('full-power-off')).toMatch(/power/i);
    expect(manual('vm-machine-q35', [], 'proxmox-9-grub')).toMatch(
      /^qm config VMID[^#]*# qm set replaces an entry whole[^#\n]*\nqm set VMID[^#]*$/,
    );
    expect(manual('vm-machine-q35')).toMatch(/^# libvirt:\n[\s\S]*# Plain QEMU:/);
    expect(manual('turn-softdep-round')).toContain('update-initramfs');
    const text = planText(planWishes(hostTree('debian-12'), [fix('vm-free-address', [USB])]));
    expect(text.split('\n').filter((line) => line.startsWith('  # ') && line.length > 80)).toEqual([]);
    expect(manual('proxmox-resource-mapping')).toBe('# None of its steps is for this host.');
    for (const [id, { action }] of base.fixes)
      if (action.do === 'manual' || action.do === 'vm-option')
        expect([id, manual(id, [USB]).length > 20, /\{(?:device|vmid)\}/.test(manual(id, [USB]))]).toEqual([
          id,
          true,
          false,
        ]);
  });

  it.each([
    ['a unified image', { '/boot/EFI/Linux/arch-linux.efi': '' }, 'unified image'],
    ['entries of reinstall-kernels', { '/usr/bin/reinstall-kernels': '' }, 'reinstall-kernels'],
    ['entries of sdboot-manage', { '/etc/sdboot-manage.conf': '' }, 'LINUX_OPTIONS'],
    ['entries of sdbootutil', { '/etc/sysconfig/bootloader': 'LOADER_TYPE="systemd-boot"\n' }, 'sdbootutil'],
  ])('does not edit %s', (_what, files, said) => {
    const host = hostTree('arch-systemd-boot');
    for (const [path, text] of Object.entries(files)) host.put(path, { text });
    const plan = planWishes(host, [fix('iommu-pt')]);
    expect([plan.changes, plan.refresh]).toEqual([[], []]);
    expect(plan.manual.join('\n')).toContain(said);
    expect(planSentence(plan)).toBe('Plan: by hand only, pt-doctor changes nothing here.');
  });

  it('takes back what is left when kernels came and went since', () => {
    const host = hostTree('fedora-42');
    const before = host.tree();
    const entry = '/boot/loader/entries/abc-6.14.0-63.fc42.x86_64.conf';
    const added = '/boot/loader/entries/abc-6.15.3-200.fc42.x86_64.conf';
    applyPlan(host, planWishes(host, [fix('iommu-pt')]), 'test', 'test', 1);
    const made = String.fromCharCode(...(host.read(entry) ?? []));
    host.remove(entry);
    host.put(added, { text: made.replaceAll('6.14.0-63', '6.15.3-200') });
    expect(verifyRecords(host, [readRecords(host)[0]?.record as UndoRecord]).checks[0]?.what).not.toContain(
      entry,
    );
    const result = undo(host, 'test');
    if (result.outcome !== 'done') throw new Error(result.outcome);
    const after = new Map(host.tree());
    expect(after.delete(added)).toBe(true);
    expect(after).toEqual(new Map([...before].filter(([p]) => p !== entry)));
    expect(leftOver(host, result.record.record)).toEqual([
      'Kernels installed since the apply still start with iommu=pt. Take it off with:',
      '  grubby --update-kernel=ALL --remove-args="iommu=pt"',
    ]);
  });

  it('follows a symlink and edits what it points to', () => {
    const host = hostTree('arch-grub');
    const text = String.fromCharCode(...(host.read('/etc/default/grub') ?? []));
    host.remove('/etc/default/grub');
    host.put('/srv/config/grub', { text, mode: 0o640, uid: 7, xattrs: { 'user.note': 'keep' } });
    host.put('/etc/default/grub', { kind: 'symlink', target: '../../srv/config/grub' });
    applyPlan(host, planWishes(host, [fix('iommu-pt')]), 'test', 'test', 1);
    expect(host.stat('/etc/default/grub')?.target).toBe('../../srv/config/grub');
    expect(host.tree().get('/srv/config/grub')).toMatchObject({
      mode: 0o640,
      uid: 7,
      xattrs: { 'user.note': 'keep' },
    });
    expect(String.fromCharCode(...(host.read('/srv/config/grub') ?? []))).toContain('quiet iommu=pt"');
  });
});

describe('sha256', () => {
  it('agrees with node:crypto at every padding', () => {
    for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000]) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 7) & 0xff);
      expect(sha256(bytes)).toBe(createHash('sha256').update(bytes).digest('hex'));
    }
  });
});

it('a host that refuses throws on every change', () => {
  const host = refusing(memoryHost());
  expect(() => host.rename('/a', '/b')).toThrow('only to be read');
  expect(() => host.run(['update-grub'])).toThrow('only to be read');
  expect(() => host.create('/a', new Uint8Array(), { mode: 0o644 })).toThrow('only to be read');
});
