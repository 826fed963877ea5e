// Plans for every host tree: the difference as it is shown, apply, an empty plan after it, and the bytes back after undo.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { planText } from '../src/cli/applier.ts';
import { applyPlan, undo } from '../src/core/apply/apply.ts';
import { memoryHost } from '../src/core/apply/memory.ts';
import { isEmpty, planSentence, type Wish } from '../src/core/apply/plan.ts';
import { sha256 } from '../src/core/apply/sha256.ts';
import { type Call, recording, refusing } from '../src/core/apply/wrappers.ts';
import { lintHost } from '../src/core/fix/lint-host.ts';
import { planWishes } from '../src/core/fix/plan.ts';
import type { FixAction } from '../src/core/model.ts';
import { hostNames, hostTree } from './hosts.ts';
import { base } from './rule-base.ts';

const USB = '0000:04:00.3';
const GPU = ['0000:01:00.0', '0000:01:00.1'];

function wish(action: FixAction, devices: readonly string[] = []): Wish {
  return { fix: { id: action.do, title: action.do, action }, devices };
}
function fix(id: string, devices: readonly string[] = []): Wish {
  const found = base.fixes.get(id);
  if (!found) throw new Error(`no fix ${id}`);
  return { fix: found, devices };
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
const unsupported = ['arch-limine', 'two-loaders'];

describe.each(hostNames)('host %s', (name) => {
  it('plans as the golden file says', async () => {
    const plan = planWishes(refusing(hostTree(name)), SETUP);
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
      const plan = planWishes(host, SETUP);
      expect(plan.refusals).toEqual([]);
      expect(applyPlan(recording(host, calls), plan, 'test', 'test', 1).outcome).toBe('done');
      const ran = calls.filter((c) => c.call === 'run').map((c) => c.args.join(' '));
      expect(ran).toEqual(plan.refresh.map((r) => r.join(' ')));
      expect(new Set(ran).size).toBe(ran.length);
      const again = planWishes(host, SETUP);
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
      const plan = planWishes(host, SETUP);
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

describe('refusals', () => {
  it.each([
    ['the root disk', 'debian-12', ['0000:03:00.0'], 'root-disk'],
    ['the disk of a ZFS pool', 'proxmox-9-zfs', ['0000:03:00.0'], 'root-disk'],
    ['the only network card', 'debian-12', ['0000:02:00.0'], 'only-network'],
    ['the card below a bridge', 'proxmox-9-zfs', ['0000:02:00.0'], 'only-network'],
  ])('refuses %s', (_what, name, devices, allow) => {
    const plan = planWishes(hostTree(name), [bind(devices)]);
    expect(plan.refusals.map((r) => r.allow)).toEqual([allow]);
    expect(
      planWishes(hostTree(name), [bind(devices)], { allow: [plan.refusals[0]?.allow ?? 'root-disk'] })
        .refusals,
    ).toEqual([]);
  });

  it('refuses the last screen only when there is no other way in', () => {
    const screens = [...GPU, '0000:04:00.0'];
    const host = hostTree('debian-12');
    expect(planWishes(host, [bind(screens)]).refusals).toEqual([]);
    host.put('/proc/net/tcp', { text: '  sl  local_address\n' });
    expect(planWishes(host, [bind(screens)]).refusals.map((r) => r.allow)).toEqual(['only-gpu', 'only-gpu']);
    expect(planWishes(host, [bind(GPU)]).refusals).toEqual([]);
  });

  it('refuses a physical function with active virtual functions', () => {
    const host = hostTree('debian-12');
    host.put('/sys/devices/pci0000:00/0000:00:08.1/0000:04:00.3/sriov_numvfs', { text: '2\n' });
    expect(planWishes(host, [bind([USB])]).refusals.map((r) => r.allow)).toEqual(['active-vfs']);
  });

  it('refuses when ids= takes a device of the host as well', () => {
    const host = hostTree('debian-12');
    host.put('/etc/modprobe.d/vfio.conf', { text: 'options vfio-pci ids=8086:15F3\n' });
    const plan = planWishes(host, [bind([USB])]);
    expect(plan.refusals.map((r) => [r.device, r.allow])).toEqual([['0000:02:00.0', 'shared-id']]);
    expect(planWishes(host, [bind([USB])], { allow: ['shared-id'] }).refusals).toEqual([]);
  });

  it('refuses a group mate that the host needs, and warns of one that it only uses', () => {
    const host = hostTree('debian-12');
    const join = (bdf: string, group: number) => {
      const path = [...host.tree().keys()].find((p) => p.endsWith(`${bdf}/iommu_group`)) ?? '';
      host.put(path, { kind: 'symlink', target: `/sys/kernel/iommu_groups/${group}` });
    };
    join('0000:03:00.0', 21);
    const plan = planWishes(host, [bind([USB])]);
    expect(plan.refusals.map((r) => [r.device, r.allow])).toEqual([['0000:03:00.0', 'root-disk']]);
    expect(planWishes(hostTree('debian-12'), [bind(['0000:01:00.0'])]).warnings[0]).toContain(
      '0000:01:00.1 (snd_hda_intel)',
    );
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
