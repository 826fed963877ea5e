// Reading hosts: facts of the recorded trees, the wake guard, links, time limits, unknown instead of wrong.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { groupViews } from '../src/core/host/groups.ts';
import { parseLibvirt } from '../src/core/host/libvirt-guest.ts';
import { memoryTree, recordingTree } from '../src/core/host/memory-tree.ts';
import { parsePciIds, pciIdsFilter } from '../src/core/host/names.ts';
import { parseResource, resizeSizes } from '../src/core/host/pci.ts';
import { vtdWidth } from '../src/core/host/platform.ts';
import { parseProxmox } from '../src/core/host/proxmox-guest.ts';
import { quietTree } from '../src/core/host/quiet.ts';
import { readHost } from '../src/core/host/read-host.ts';
import { parseXml } from '../src/core/text/xml.ts';
import { rootTree } from '../src/node/tree.ts';
import { hostOf, TREES, treeOf, watched } from './support/host-trees.ts';
import { scratchFolder } from './support/scratch.ts';

const scratch = scratchFolder('host-read');

describe('recorded hosts', () => {
  it.each([
    ['intel-desktop', { iommu: 'on', 'interrupt-remapping': 'on', 'secure-boot': 'off', lockdown: 'off' }],
    ['amd-desktop', { iommu: 'on', 'interrupt-remapping': 'on', 'secure-boot': 'off', lockdown: 'off' }],
    ['no-iommu', { iommu: 'off', 'interrupt-remapping': 'off', 'secure-boot': 'off', lockdown: 'off' }],
    ['container', {}],
  ])('%s: flags', async (name, flags) => {
    const { facts } = await hostOf(name);
    expect(Object.fromEntries([...facts.flags].map(([k, v]) => [k, v.value]))).toEqual(flags);
  });

  it('reads devices with names, drivers, groups and bridges', async () => {
    const { pci, facts } = await hostOf('amd-desktop');
    expect(pci.devices.get('0000:0a:00.0')).toMatchObject({
      id: '1002:73df',
      name: 'Advanced Micro Devices, Inc. [AMD/ATI] Navi 22 [Radeon RX 6700/6700 XT/6750 XT / 6800M/6850M XT]',
      driver: 'amdgpu',
      group: 23,
      bridges: ['0000:09:00.0', '0000:08:00.0', '0000:00:03.1'],
      resets: ['bus'],
      bootVga: true,
      resizable: [{ bar: 0, sizes: [256, 512, 1024, 2048, 4096, 8192, 16384] }],
    });
    expect(facts.devices.get('0000:0a:00.0')).toMatchObject({
      class: '0300',
      driver: 'amdgpu',
      iommuGroup: 23,
    });
    expect(facts.distribution).toBe('proxmox');
    expect(facts.vms.map((v) => v.vmid)).toEqual(['100', '101', '102', '103']);
  });

  it('takes ACS from the config space of bridges', async () => {
    const { pci } = await hostOf('amd-desktop');
    expect(pci.devices.get('0000:00:03.1')?.acs).toEqual({
      port: 'root-port',
      capable: true,
      isolates: true,
    });
    expect(pci.devices.get('0000:03:08.0')?.acs).toEqual({
      port: 'downstream',
      capable: false,
      isolates: false,
    });
  });

  it.each([
    ['intel-desktop', 1, 'together'],
    ['intel-desktop', 3, 'together'],
    ['intel-desktop', 7, 'used'],
    ['intel-desktop', 2, 'alone'],
    ['intel-desktop', 0, 'none'],
    ['dual-gpu-shared-group', 1, 'shared'],
    ['server-sriov', 62, 'alone'],
  ] as const)('%s: group %i is %s', async (name, id, verdict) => {
    expect(groupViews(await hostOf(name)).find((g) => g.id === id)?.verdict).toBe(verdict);
  });

  it('says why the container tells nothing, and calls nothing wrong', async () => {
    const { pci, platform, guests } = await hostOf('container');
    expect(pci.missing).toEqual({ unread: 'denied', why: 'permission denied' });
    expect(platform.iommu.groups).toBeUndefined();
    expect(platform.kvm).toBeUndefined();
    expect(guests.unread.map((u) => u.path)).toEqual(['/etc/pve/qemu-server']);
  });
});

describe('sleeping devices', () => {
  it.each(TREES)('%s: nothing that wakes is asked of a device that is not awake', async (name) => {
    const { tree, asked } = watched(treeOf(name));
    const { pci } = await readHost(tree);
    const asleep = [...pci.devices.values()].filter(
      (d) => d.powerState !== 'D0' || d.runtimeStatus === 'suspended',
    );
    const waking = asked.filter((p) => /\/(?:config|rom|vpd|resource\d.*|(?:current|max)_link_\w+)$/.test(p));
    expect(waking.filter((p) => asleep.some((d) => p.includes(`/${d.bdf}/`)))).toEqual([]);
    // The guard is no plain refusal: bridges that are awake are read.
    const awake = [...pci.devices.values()].some((d) => d.class === '0604' && !asleep.includes(d) && d.acs);
    if (awake) expect(waking.length).toBeGreaterThan(0);
  });

  it('keeps what it did not read as unknown, with the reason', async () => {
    const { tree } = watched(treeOf('optimus-laptop'));
    const { pci } = await readHost(tree);
    const gpu = pci.devices.get('0000:01:00.0');
    expect(gpu?.powerState).toBe('D3cold');
    expect(gpu?.resizable).toEqual([]);
    expect(gpu?.unread.resource1_resize).toEqual({
      unread: 'asleep',
      why: 'the device sleeps (D3cold); reading this would wake it',
    });
    expect(pci.devices.get('0000:00:01.0')?.unread.config?.unread).toBe('asleep');
  });

  it.each([
    [{ power_state: 'D0\n', 'power/runtime_status': 'active\n' }, true],
    [{ power_state: 'D0\n' }, true],
    [{ power_state: 'D0\n', 'power/runtime_status': 'suspended\n' }, false],
    [{ power_state: 'D3hot\n', 'power/runtime_status': 'active\n' }, false],
    [{ power_state: 'unknown\n' }, false],
    [{ 'power/runtime_status': 'active\n' }, true],
    [{ 'power/runtime_status': 'unsupported\n' }, true],
    [{}, false],
  ])('%j: config is read: %s', async (state, read) => {
    const dir = '/sys/bus/pci/devices/0000:01:00.0';
    const files = new Map([
      [`${dir}/config`, { text: 'x' }],
      [`${dir}/vendor`, { text: '0x10de\n' }],
      ...Object.entries(state).map(([k, text]) => [`${dir}/${k}`, { text }] as const),
    ]);
    const { tree, asked } = watched(memoryTree(files));
    const answer = await quietTree(tree).readBytes(`${dir}/config`);
    expect('value' in answer).toBe(read);
    expect(asked.includes(`${dir}/config`)).toBe(read);
    expect(await quietTree(tree).readText(`${dir}/vendor`)).toEqual({ value: '0x10de\n' });
  });
});

describe('trees on disk', () => {
  const root = join(scratch, 'root');
  mkdirSync(join(root, 'etc/sub'), { recursive: true });
  writeFileSync(join(root, 'etc/a'), 'one\ntwo\nthree\n');
  symlinkSync('/etc/a', join(root, 'etc/sub/absolute'));
  symlinkSync('../../../../../../../../etc/passwd', join(root, 'etc/sub/out'));
  symlinkSync('loop', join(root, 'etc/loop'));
  execFileSync('mkfifo', [join(root, 'etc/hangs')]);

  it('follows links inside the directory only', async () => {
    const tree = rootTree(root);
    expect(await tree.readText('/etc/sub/absolute')).toEqual({ value: 'one\ntwo\nthree\n' });
    expect(await tree.readText('/etc/sub/out')).toMatchObject({ unread: 'absent' });
    expect(await tree.readText('/../../../etc/sub/absolute')).toEqual({ value: 'one\ntwo\nthree\n' });
    expect(await tree.readText('/etc/loop')).toEqual({ unread: 'error', why: 'ELOOP' });
    expect(await tree.readLink('/etc/sub/absolute')).toEqual({ value: '/etc/a' });
  });

  it('tells absent from denied', async () => {
    const dir = join(root, 'closed');
    mkdirSync(dir);
    writeFileSync(join(dir, 'x'), 'x');
    chmodSync(dir, 0);
    const tree = rootTree(root);
    expect(await tree.list('/nothing')).toMatchObject({ unread: 'absent' });
    const answer = await tree.readText('/closed/x');
    // Root reads everything; for everybody else it is denied.
    expect(answer).toEqual(
      process.getuid?.() === 0 ? { value: 'x' } : { unread: 'denied', why: 'permission denied' },
    );
    chmodSync(dir, 0o755);
  });

  it('picks lines', async () => {
    expect(await rootTree(root).pick('/etc/a', (l) => l.startsWith('t'))).toEqual({ value: 'two\nthree' });
    expect(await rootTree(root).pick('/etc/b', () => true)).toMatchObject({ unread: 'absent' });
  });

  it('gives up on what hangs, and does not let it pile up', async () => {
    const tree = rootTree(root, { timeout: 100 });
    const began = Date.now();
    for (let i = 0; i < 5; i++)
      expect(await tree.readText('/etc/hangs')).toMatchObject({ unread: 'timeout' });
    // Three reads wait for 100 ms, the others are not asked any more.
    expect(Date.now() - began).toBeLessThan(1000);
    // A writer lets the hung reads go, and the tree works again.
    writeFileSync(join(root, 'etc/hangs'), 'x');
    const text = { value: 'one\ntwo\nthree\n' };
    await expect.poll(() => tree.readText('/etc/a'), { timeout: 5000 }).toEqual(text);
  });
});

it('a recorded tree answers as the first one did', async () => {
  for (const name of TREES) {
    const recording = recordingTree(treeOf(name));
    const first = await readHost(recording.tree);
    const again = await readHost(memoryTree(await recording.entries(), recording.unread(), name));
    expect(again).toEqual(first);
  }
});

describe('small readers', () => {
  it('BARs', () => {
    const text = [
      '0x00000000c0000000 0x00000000cfffffff 0x000000000014220c',
      '0x0000000000000000 0x0000000000000000 0x0000000000000000',
      '0x0000000000000000 0x00000001ffffffff 0x000000000014220c',
      '0x000000000000e000 0x000000000000e0ff 0x0000000000040101',
    ].join('\n');
    expect(parseResource(text)).toEqual([
      {
        index: 0,
        start: 0xc0000000n,
        size: 0x10000000n,
        kind: 'memory',
        prefetchable: true,
        is64: true,
        unassigned: false,
      },
      {
        index: 2,
        start: 0n,
        size: 0x200000000n,
        kind: 'memory',
        prefetchable: true,
        is64: true,
        unassigned: true,
      },
      {
        index: 3,
        start: 0xe000n,
        size: 0x100n,
        kind: 'io',
        prefetchable: false,
        is64: false,
        unassigned: false,
      },
    ]);
    expect(resizeSizes('0000000000000700\n')).toEqual([256, 512, 1024]);
    expect(resizeSizes('nonsense')).toEqual([]);
  });

  it('address width of VT-d', () => {
    expect(vtdWidth('d2008c40660462')).toBe(39);
    expect(vtdWidth('8d2078c106f0466')).toBe(48);
    expect(vtdWidth('')).toBeUndefined();
  });

  it('pci.ids, streamed', () => {
    const file =
      '# c\n1002  AMD\n\t73df  Navi 22\n\t\t1da2 e445  Nitro\n\t73e0  Other\n10de  NVIDIA\n\t73df  not AMD\nC 03  Display\n\t00  VGA\n';
    const kept = file.split('\n').filter(pciIdsFilter(['1002:73df']));
    expect(kept).toEqual(['1002  AMD', '\t73df  Navi 22']);
    expect(parsePciIds(kept.join('\n')).get('1002:73df')).toBe('AMD Navi 22');
    expect(parsePciIds('1002  A\u001b[31mMD').get('1002')).toBe('AMD');
  });

  it('Proxmox configurations end at the first snapshot', () => {
    const guest = parseProxmox(
      'hostpci0: 01:00,pcie=1\nargs: -device vfio-pci,host=02:00.0,id=x\n[snap]\nhostpci1: 03:00\n',
      '1',
      'f',
    );
    expect(guest.devices.map((d) => d.hosts)).toEqual([['0000:01:00'], ['0000:02:00.0']]);
    expect(parseProxmox('hostpci0: 01:00.0;01:00.1,x-vga=on\n', '1', 'f').devices[0]).toMatchObject({
      hosts: ['0000:01:00.0', '0000:01:00.1'],
      primaryGpu: true,
    });
  });

  it('libvirt domains', () => {
    expect(parseXml('<a x="1 &lt; 2"><b/>t&amp;</a>')).toEqual({
      name: 'a',
      attributes: { x: '1 < 2' },
      text: 't&',
      children: [{ name: 'b', attributes: {}, children: [], text: '' }],
    });
    for (const broken of ['', '<a>', '<a></b>', '</a>', '<a', 'text', '<!-- x'])
      expect(parseXml(broken)).toBeUndefined();
    expect(parseLibvirt('<domain><name>x</name><memory unit="GiB">2</memory></domain>', 'f')).toMatchObject({
      id: 'x',
      memory: 2048,
    });
    expect(parseLibvirt('<network><name>x</name></network>', 'f')).toBeUndefined();
  });
});
