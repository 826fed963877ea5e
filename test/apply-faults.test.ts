// Faults: killed before and after every call to the host, power cut, disk full, a failing refresh, two at once. Afterwards undo
// and resume bring the host to the state before or the state after, and nothing between.
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyPlan, type Outcome, resume, undo } from '../src/core/apply/apply.ts';
import { bytesToText, HostFault, textToBytes } from '../src/core/apply/host.ts';
import type { Plan, Wish } from '../src/core/apply/plan.ts';
import { readRecords, recordStates } from '../src/core/apply/record.ts';
import { type Call, watched } from '../src/core/apply/wrappers.ts';
import { planWishes } from '../src/core/fix/plan.ts';
import { hostNames, hostTree, wish } from './support/hosts.ts';
import {
  type MemoryHost,
  type MemoryOptions,
  memoryHost,
  type Node,
  recording,
} from './support/memory-host.ts';

const WISHES = [
  wish({ do: 'kernel-arg', add: ['iommu=pt'], remove: [] }),
  wish({ do: 'driver-bind', by: 'id' }, ['0000:04:00.3']),
];

type Tree = ReadonlyMap<string, Node>;
/** Everything but pt-doctor's own records, which differ by the history. */
const system = (tree: Tree) => new Map([...tree].filter(([p]) => !p.startsWith('/var/lib/pt-doctor')));

/** An argument that rpm-ostree puts back comes last: the options of its entries are the same in any order. */
const anyOrder = (tree: Tree): Tree =>
  new Map(
    [...tree].map(([path, node]) => [
      path,
      node.bytes && path.includes('/ostree-')
        ? { ...node, bytes: textToBytes(bytesToText(node.bytes).split(/\s+/).sort().join(' ')) }
        : node,
    ]),
  );

class Killed extends Error {}

/** Runs `work` on `host` and dies at the `n`th step; a step is just before or just after a changing call. */
function killedAt(host: MemoryHost, n: number, work: (h: ReturnType<typeof watched>) => Outcome): boolean {
  let step = 0;
  try {
    work(
      watched(host, () => {
        if (step++ === n) throw new Killed();
      }),
    );
    return false;
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
    return true;
  } finally {
    host.processDied();
  }
}

function states(name: string): { before: Tree; after: Tree; plan: Plan } {
  const host = hostTree(name);
  const before = host.tree();
  const plan = planWishes(host, WISHES);
  expect(applyPlan(host, plan, 't', 'w', 1).outcome).toBe('done');
  return { before, after: system(host.tree()), plan };
}

/** What the next run finds, and both ways out of it. */
function bothWaysOut(make: () => MemoryHost, before: Tree, after: Tree): void {
  const back = make();
  expect(['done', 'nothing']).toContain(undo(back, 'w').outcome);
  expectTree(back.tree(), before);
  const on = make();
  const open = recordStates(on).some((r) => r.state !== 'applied');
  const result = resume(on, 'w');
  expect(result.outcome).toBe(open ? 'done' : 'nothing');
  const now = system(on.tree());
  if (open) expectTree(now, after);
  else expect([before, after].some((t) => same(t, now))).toBe(true);
}

/** As toEqual, but quick where it holds: it nearly always does, and trees are large. */
function expectTree(now: Tree, wanted: Tree): void {
  if (!isDeepStrictEqual(now, wanted)) expect(now).toEqual(wanted);
}

function same(a: Tree, b: Tree): boolean {
  return isDeepStrictEqual(system(a), b);
}

describe.each(['debian-12', 'proxmox-9-zfs', 'fedora-42', 'silverblue-42', 'pop-22.04'])(
  'killed on %s',
  (name) => {
    it('apply, at every call', () => {
      const { before, after, plan } = states(name);
      let steps = 0;
      for (; ; steps++) {
        const make = () => {
          const host = hostTree(name);
          killedAt(host, steps, (h) => applyPlan(h, plan, 't', 'w', 1));
          return host;
        };
        bothWaysOut(make, before, after);
        if (!killedAt(hostTree(name), steps, (h) => applyPlan(h, plan, 't', 'w', 1))) break;
      }
      expect(steps).toBeGreaterThan(40);
    });

    it('undo, at every call', () => {
      const { before, after, plan } = states(name);
      for (let step = 0; ; step++) {
        let killed = false;
        const make = () => {
          const host = hostTree(name);
          applyPlan(host, plan, 't', 'w', 1);
          killed = killedAt(host, step, (h) => undo(h, 'w'));
          return host;
        };
        bothWaysOut(make, before, after);
        if (!killed) break;
      }
    });
  },
);

describe('power cut', () => {
  it('at every call of apply, whatever of the unsynced names survives', () => {
    const { before, after, plan } = states('debian-12');
    for (let step = 0; ; step++) {
      let killed = false;
      for (const survives of [() => true, () => false, (p: string) => p.length % 2 === 0]) {
        const make = () => {
          const host = hostTree('debian-12');
          killed = killedAt(host, step, (h) => applyPlan(h, plan, 't', 'w', 1));
          host.powerCut(survives);
          return host;
        };
        bothWaysOut(make, before, after);
      }
      if (!killed) break;
    }
  });

  it('between write and rename leaves the old file', () => {
    const { plan } = states('proxmox-9-zfs');
    const host = hostTree('proxmox-9-zfs');
    const old = host.read('/etc/kernel/cmdline');
    const real = watched(host, ({ call, args }, when) => {
      if (call === 'rename' && when === 'before' && args[1] === '/etc/kernel/cmdline') throw new Killed();
    });
    expect(() => applyPlan(real, plan, 't', 'w', 1)).toThrow(Killed);
    host.powerCut(() => true);
    expect(host.read('/etc/kernel/cmdline')).toEqual(old);
    expect(recordStates(host)).toEqual([{ number: 1, state: 'applying' }]);
    expect(applyPlan(host, plan, 't', 'w', 1).outcome).toBe('unfinished');
  });
});

function failing(options: MemoryOptions): MemoryHost {
  const host = memoryHost(options);
  host.putAll(hostTree('debian-12').tree());
  return host;
}

describe('a host that fails', () => {
  it.each(['ENOSPC', 'EROFS', 'EACCES'])('%s at any write: everything is as before', (code) => {
    const { plan } = states('debian-12');
    const calls: Call[] = [];
    applyPlan(recording(hostTree('debian-12'), calls), plan, 't', 'w', 1);
    const writes = calls.filter((c) => c.call === 'create').length;
    expect(writes).toBeGreaterThan(4);
    for (let n = 0; n < writes; n++) {
      let seen = 0;
      const host = failing({
        fail: (call, path) => {
          if (call === 'create' && seen++ === n) throw new HostFault(code, path, code);
        },
      });
      const before = host.tree();
      const result = applyPlan(host, plan, 't', 'w', 1);
      expect(result).toMatchObject({ outcome: 'failed', restored: true });
      expectTree(host.tree(), before);
    }
  });

  it('rolls back when update-initramfs fails, and says what it printed', () => {
    let runs = 0;
    const host = failing({
      run: () =>
        runs++ === 0
          ? { status: 1, output: 'update-initramfs: failed for /boot/initrd.img' }
          : { status: 0, output: '' },
    });
    const before = host.tree();
    const plan = planWishes(host, WISHES);
    expect(applyPlan(host, plan, 't', 'w', 1)).toEqual({
      outcome: 'failed',
      why: 'update-initramfs -u -k all ended with status 1',
      output: 'update-initramfs: failed for /boot/initrd.img',
      restored: true,
    });
    expectTree(host.tree(), before);
    expect(runs).toBe(1 + plan.refresh.length);
  });

  it('keeps the record when the way back fails too, and undo finishes later', () => {
    let broken = true;
    const host = failing({ run: () => ({ status: broken ? 1 : 0, output: '' }) });
    const before = host.tree();
    const plan = planWishes(host, WISHES);
    expect(applyPlan(host, plan, 't', 'w', 1)).toMatchObject({ outcome: 'failed', restored: false });
    expect(recordStates(host)).toEqual([{ number: 1, state: 'undoing' }]);
    broken = false;
    expect(undo(host, 'w').outcome).toBe('done');
    expectTree(host.tree(), before);
  });

  it('the second of two is told who holds the lock', () => {
    const host = hostTree('debian-12');
    const plan = planWishes(host, WISHES);
    host.lock('process 7: pt-doctor apply');
    expect(applyPlan(host, plan, 't', 'w', 1)).toEqual({
      outcome: 'locked',
      by: 'process 7: pt-doctor apply',
    });
    expect(undo(host, 'w')).toEqual({ outcome: 'locked', by: 'process 7: pt-doctor apply' });
    host.unlock();
    expect(applyPlan(host, plan, 't', 'w', 1).outcome).toBe('done');
  });

  it('writes nothing when a file changed between plan and apply', () => {
    const host = hostTree('proxmox-9-zfs');
    const plan = planWishes(host, WISHES);
    host.put('/etc/kernel/cmdline', { text: 'root=ZFS=rpool/ROOT/pve-1 boot=zfs mine=1\n' });
    const before = host.tree();
    expect(applyPlan(host, plan, 't', 'w', 1)).toEqual({ outcome: 'stale', paths: ['/etc/kernel/cmdline'] });
    expectTree(host.tree(), before);
  });

  it('has the record on the disk before the first file changes', () => {
    const host = hostTree('debian-12');
    const plan = planWishes(host, WISHES);
    const real = watched(host, ({ call, args: [path = ''] }, when) => {
      if (when === 'before' && call === 'create' && !path.startsWith('/var/lib/')) throw new Killed();
    });
    expect(() => applyPlan(real, plan, 't', 'w', 1)).toThrow(Killed);
    host.powerCut(() => false);
    expect(readRecords(host).map((r) => [r.state, r.record.files.length])).toEqual([
      ['applying', plan.changes.length],
    ]);
  });
});

describe('any order of plan, apply and undo over random trees', () => {
  const word = fc.constantFrom(
    'quiet',
    'splash',
    'iommu=soft',
    'x="1',
    'ro',
    'intel_iommu=off',
    'console=ttyS0',
    'é',
  );
  const words = fc.array(word, { maxLength: 5 }).map((w) => w.join(' '));
  const line = fc.constantFrom(
    'options vfio-pci ids=8086:15f3',
    'options vfio_pci disable_idle_d3=0 # no',
    'softdep xhci_pci pre: vfio-pci',
    'softdep vfio-pci pre: nouveau',
    'blacklist nouveau',
    '# a remark with trailing space ',
    '',
    'options vfio-pci \\',
    '  ids=10de:1b81',
  );
  const file = fc
    .tuple(fc.array(line, { maxLength: 6 }), fc.boolean())
    .map(([l, end]) => l.join('\n') + (end ? '\n' : ''));
  const action: fc.Arbitrary<Wish> = fc.oneof(
    fc
      .record({
        add: fc.uniqueArray(fc.constantFrom('iommu=pt', 'intel_iommu=on', 'pci=realloc'), { maxLength: 2 }),
        remove: fc.uniqueArray(fc.constantFrom('quiet', 'iommu=', 'intel_iommu=off'), { maxLength: 2 }),
      })
      .map((a) => wish({ do: 'kernel-arg', ...a })),
    fc
      .constantFrom('0', '1')
      .map((v) => wish({ do: 'modprobe-option', module: 'vfio-pci', options: { disable_idle_d3: v } })),
    fc
      .uniqueArray(fc.constantFrom('0000:04:00.3', '0000:04:00.4', '0000:01:00.0', '0000:01:00.1'), {
        minLength: 1,
      })
      .chain((d) =>
        fc.constantFrom('id' as const, 'address' as const).map((by) => wish({ do: 'driver-bind', by }, d)),
      ),
    fc.constant(wish({ do: 'modules-load', modules: ['vfio', 'vfio_pci'] })),
    fc.constant(
      wish({ do: 'sysfs-value', attribute: 'd3cold_allowed', value: '0', bridges: true }, ['0000:04:00.3']),
    ),
  );
  const steps = fc.array(
    fc.oneof({ weight: 3, arbitrary: action }, { weight: 1, arbitrary: fc.constant('undo' as const) }),
    { maxLength: 6 },
  );
  const hosts = hostNames.filter((n) => !['arch-limine', 'arch-refind', 'two-loaders'].includes(n));

  it('ends byte-identical, and each plan that was applied has nothing left', () => {
    let applied = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...hosts),
        words,
        words,
        file,
        file,
        steps,
        (name, a, b, conf, modules, todo) => {
          const host = hostTree(name);
          const text = (s: string) => ({ bytes: new TextEncoder().encode(s) });
          if (host.stat('/etc/default/grub'))
            host.put(
              '/etc/default/grub',
              text(
                `GRUB_CMDLINE_LINUX_DEFAULT='${a}'\nGRUB_CMDLINE_LINUX="${b.replaceAll('"', '')}"\nGRUB_ENABLE_BLSCFG=${name.startsWith('fedora')}`,
              ),
            );
          if (host.stat('/etc/kernel/cmdline')) host.put('/etc/kernel/cmdline', text(`root=x ${a}\n${b}`));
          host.put('/etc/modprobe.d/a.conf', text(conf));
          host.put('/etc/modprobe.d/z.conf', text(modules));
          const before = host.tree();
          for (const step of todo) {
            if (step === 'undo') {
              undo(host, 'w');
              continue;
            }
            const plan = planWishes(host, [step]);
            if (plan.manual.length > 0) continue;
            const outcome = applyPlan(host, plan, 't', 'w', 1).outcome;
            expect(['done', 'nothing']).toContain(outcome);
            if (outcome === 'done') applied++;
            const again = planWishes(host, [step]);
            expect(again.changes.map((c) => [c.path, c.before, c.after])).toEqual([]);
          }
          while (undo(host, 'w').outcome === 'done');
          expectTree(anyOrder(host.tree()), anyOrder(before));
        },
      ),
      { numRuns: 150 },
    );
    expect(applied).toBeGreaterThan(100);
  });
});
