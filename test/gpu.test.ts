// gpu: fdinfo of several drivers, guests by name, percentages between samples, and what a person sees.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { busyPercent, createGpuSampler, guestOfCommand, parseFdinfo } from '../src/core/host/gpu.ts';
import { gpuViews } from '../src/core/host/gpu-view.ts';
import { type Entry, memoryTree } from '../src/core/host/memory-tree.ts';
import { readHost } from '../src/core/host/read-host.ts';
import { treeEntries } from './support/host-trees.ts';
import { cli } from './support/run-cli.ts';
import { scratchFolder } from './support/scratch.ts';

const scratch = scratchFolder('gpu');

const AMDGPU = (gfx: number, client = 7) => `pos:\t0
flags:\t02100002
drm-driver:\tamdgpu
drm-client-id:\t${client}
drm-pdev:\t0000:0a:00.0
pasid:\t32770
drm-total-vram:\t900000 KiB
drm-resident-vram:\t800000 KiB
drm-memory-vram:\t810000 KiB
drm-memory-gtt: \t2048 KiB
drm-engine-gfx:\t${gfx} ns
drm-engine-dec:\t0 ns
`;
const XE = (cycles: number, total: number) =>
  `drm-driver:\txe\ndrm-client-id:\t3\ndrm-pdev:\t0000:03:00.0\ndrm-resident-vram0:\t16 MiB\ndrm-cycles-rcs: ${cycles}\ndrm-total-cycles-rcs: ${total}\ndrm-cycles-vcs: 0\ndrm-total-cycles-vcs: ${total}\ndrm-engine-capacity-vcs: 2\n`;

/** The AMD desktop with processes: a compositor, two guests (one through VirGL, one that has the card), a shell. */
function host(gfx: number, more: Readonly<Record<string, Entry>> = {}): Map<string, Entry> {
  const entries = treeEntries('amd-desktop');
  const process = (
    pid: number,
    comm: string,
    args: string[],
    fds: Record<string, string>,
    info: Record<string, string> = {},
  ) => {
    entries.set(`/proc/${pid}/comm`, { text: `${comm}\n` });
    entries.set(`/proc/${pid}/cmdline`, { text: `${args.join('\0')}\0` });
    entries.set(`/proc/${pid}/fd`, 'dir');
    for (const [fd, target] of Object.entries(fds)) entries.set(`/proc/${pid}/fd/${fd}`, { link: target });
    for (const [fd, text] of Object.entries(info)) entries.set(`/proc/${pid}/fdinfo/${fd}`, { text });
  };
  process(
    10,
    'Xorg',
    ['/usr/bin/Xorg'],
    { 5: '/dev/dri/card0', 6: '/dev/dri/card0' },
    { 5: AMDGPU(gfx), 6: AMDGPU(gfx) },
  );
  process(
    20,
    'kvm',
    ['/usr/bin/kvm', '-id', '104', '-name', 'desk\u001b[31m,debug-threads=on'],
    { 9: '/dev/dri/renderD128' },
    { 9: AMDGPU(gfx * 3, 8) },
  );
  process(30, 'qemu-system-x86', ['/usr/bin/qemu-system-x86_64', '-name', 'guest=win10,debug-threads=on'], {
    30: '/dev/vfio/28',
  });
  process(40, 'bash', ['bash'], { 0: '/dev/pts/0', 1: 'socket:[1]' });
  entries.set('/sys/class/drm/card0/device', { link: '../../../0000:0a:00.0' });
  entries.set('/sys/class/drm/renderD128/device', { link: '../../../0000:0a:00.0' });
  for (const [path, entry] of Object.entries(more)) entries.set(path, entry);
  return entries;
}

describe('fdinfo', () => {
  it('amdgpu: nanoseconds, resident memory before the older name', () => {
    const client = parseFdinfo(AMDGPU(123));
    expect(client).toMatchObject({ driver: 'amdgpu', device: '0000:0a:00.0', client: '7' });
    expect(client?.engines.get('gfx')).toEqual({ busy: 123, capacity: 1 });
    expect(client?.memory.get('vram')).toBe(800000 * 1024);
    expect(client?.memory.get('gtt')).toBe(2048 * 1024);
  });

  it('xe: cycles out of all cycles, capacity', () => {
    const client = parseFdinfo(XE(50, 1000));
    expect(client?.engines.get('rcs')).toEqual({ busy: 50, total: 1000, capacity: 1 });
    expect(client?.engines.get('vcs')).toEqual({ busy: 0, total: 1000, capacity: 2 });
    expect(client?.memory.get('vram0')).toBe(16 * 2 ** 20);
  });

  it('is none of DRM, or tells nothing', () => {
    expect(parseFdinfo('pos:\t0\nflags:\t02\nmnt_id:\t12\n')).toBeUndefined();
    expect(parseFdinfo('')).toBeUndefined();
    expect(parseFdinfo('drm-driver:\tx\ndrm-cycles-a: 5\ndrm-engine-b: nonsense\n')?.engines).toEqual(
      new Map([['b', { busy: 0, capacity: 1 }]]),
    );
  });

  it('percent', () => {
    const ns = (busy: number, capacity = 1) => ({ busy, capacity });
    expect(busyPercent(ns(0), ns(5e8), 1000)).toBe(50);
    expect(busyPercent(ns(0, 2), ns(5e8, 2), 1000)).toBe(25);
    expect(busyPercent({ ...ns(0), total: 0 }, { ...ns(10), total: 40 }, 1000)).toBe(25);
    expect(busyPercent(ns(9), ns(3), 1000)).toBeUndefined();
    expect(busyPercent(ns(0), ns(5e9), 1000)).toBe(100);
  });
});

it.each([
  [['/usr/bin/kvm', '-id', '100', '-name', 'gaming,debug-threads=on'], '100 (gaming)'],
  [['/usr/bin/qemu-system-x86_64', '-name', 'guest=win10,debug-threads=on'], 'win10'],
  [['qemu-system-x86_64', '-name', 'plain'], 'plain'],
  [['/usr/libexec/qemu-kvm', '-m', '1'], 'QEMU without a name'],
  [['/usr/bin/virt-viewer', '-name', 'x'], undefined],
])('%j is guest %s', (args, guest) => {
  expect(guestOfCommand(args)).toBe(guest);
});

describe('samples', () => {
  it('tells engines and memory per process, a client once, guests by name', async () => {
    const state = await readHost(memoryTree(host(0)));
    const before = await createGpuSampler(memoryTree(host(0)))(0);
    const after = await createGpuSampler(memoryTree(host(2e8)))(1000);
    const [view] = gpuViews(state, before, after, new Map());
    expect(view?.users).toEqual([
      {
        pid: 20,
        name: 'kvm',
        guest: '104 (desk)',
        engines: { gfx: 60, dec: 0 },
        memory: { vram: 819200000, gtt: 2097152 },
      },
      { pid: 10, name: 'Xorg', engines: { gfx: 20, dec: 0 }, memory: { vram: 819200000, gtt: 2097152 } },
    ]);
  });

  it('names the guest that was given the card', async () => {
    const entries = host(0, { '/proc/30/fd/31': { link: '/dev/vfio/23' } });
    const state = await readHost(memoryTree(entries));
    const sample = await createGpuSampler(memoryTree(entries))(0);
    expect(gpuViews(state, sample, sample, new Map())[0]).toMatchObject({ givenTo: 'win10' });
  });

  it('finds it through iommufd too', async () => {
    const entries = host(0, {
      '/proc/30/fd/31': { link: '/dev/vfio/devices/vfio0' },
      '/sys/class/vfio-dev/vfio0/device/iommu_group': { link: '../../kernel/iommu_groups/23' },
    });
    const state = await readHost(memoryTree(entries));
    const sample = await createGpuSampler(memoryTree(entries))(0);
    expect(gpuViews(state, sample, sample, new Map())[0]).toMatchObject({ givenTo: 'win10' });
  });

  it('says where the driver tells nothing', async () => {
    const entries = host(0);
    for (const path of [...entries.keys()])
      if (path.includes('/fdinfo/')) entries.set(path, { text: 'pos:\t0\n' });
    const state = await readHost(memoryTree(entries));
    const sample = await createGpuSampler(memoryTree(entries))(0);
    const [view] = gpuViews(
      state,
      sample,
      sample,
      new Map([
        ['/dev/dri/card0', '0000:0a:00.0'],
        ['/dev/dri/renderD128', '0000:0a:00.0'],
      ]),
    );
    expect(view?.note).toContain('amdgpu gives no fdinfo');
    expect(view?.users.map((u) => [u.pid, u.untold])).toEqual([
      [10, true],
      [20, true],
    ]);
  });

  it('counts processes that it may not look at', async () => {
    const entries = host(0);
    for (const path of [...entries.keys()]) if (path.startsWith('/proc/10/fd')) entries.delete(path);
    const denied = new Map([['/proc/10/fd', { unread: 'denied' as const, why: 'permission denied' }]]);
    const sample = await createGpuSampler(memoryTree(entries, denied))(0);
    expect(sample.denied).toBe(1);
    expect(sample.processes.map((p) => p.pid)).toEqual([20, 30]);
  });
});

describe('the command', () => {
  const root = join(scratch, 'host');
  for (const [path, entry] of host(5e8)) {
    mkdirSync(dirname(root + path), { recursive: true });
    if (entry === 'dir') mkdirSync(root + path, { recursive: true });
    else if ('link' in entry) symlinkSync(entry.link, root + path);
    else writeFileSync(root + path, 'text' in entry ? entry.text : entry.bytes);
  }

  it.each([80, 120])('fits %i columns, and no escape of a name gets through', async (columns) => {
    const { exit, stdout } = await cli(['gpu', '--root', root], { columns });
    expect(exit).toBe(0);
    expect(stdout).toContain('guest 104 (desk)');
    expect(stdout).toContain('vram 781 MiB');
    expect(stdout).not.toContain('\u001b');
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(columns);
  });

  it('gives JSON', async () => {
    const { stdout } = await cli(['gpu', '--json', '--root', root]);
    const json = JSON.parse(stdout);
    expect(json.gpus[0]).toMatchObject({ bdf: '0000:0a:00.0', driver: 'amdgpu' });
    expect(json.gpus[0].users).toHaveLength(2);
  });

  it('leaves the terminal as it was when it is ended', async () => {
    const stop = new AbortController();
    let text = '';
    const stdout = new Writable({
      write(chunk: Buffer, _encoding, done) {
        text += chunk.toString();
        if (text.includes('Ctrl-C ends')) stop.abort();
        done();
      },
    });
    const { exit } = await cli(['gpu', '--interval', '0.1'], {
      stdout,
      stdoutIsTty: true,
      stop: stop.signal,
      platform: 'linux',
      now: Date.now,
    });
    expect(exit).toBe(0);
    expect(text.startsWith('\u001b[?1049h\u001b[?25l')).toBe(true);
    expect(text.indexOf('\u001b[?25h\u001b[?1049l')).toBeGreaterThan(text.lastIndexOf('\u001b[H'));
  });

  it('asks for a time that is one', async () => {
    expect(await cli(['gpu', '--interval', 'soon'])).toMatchObject({ exit: 2 });
  });
});
