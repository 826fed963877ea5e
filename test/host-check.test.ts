import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readiness } from '../src/core/host/check/check.ts';
import { hostOf, TREES, unpackTree } from './support/host-trees.ts';
import { base, ROOT } from './support/rule-base.ts';
import { cli } from './support/run-cli.ts';
import { scratchFolder } from './support/scratch.ts';

const scratch = scratchFolder('host-check');

const unpack = (name: string) => unpackTree(name, join(scratch, name));

describe('readiness', () => {
  it.each(TREES)('%s', async (name) => {
    const { checks } = readiness(await hostOf(name));
    const text = checks.map((c) => `${c.status.padEnd(7)} ${c.subject} ${c.id}: ${c.why}`).join('\n');
    await expect(`${text}\n`).toMatchFileSnapshot(join(ROOT, 'fixtures/sysfs', `${name}.expected`));
    expect(checks.length).toBeGreaterThan(4);
  });

  it('never calls wrong what could not be read', async () => {
    const { checks } = readiness(await hostOf('container'));
    expect(checks.filter((c) => c.status === 'fail')).toEqual([]);
    expect(checks.filter((c) => c.status === 'unknown').length).toBeGreaterThan(4);
  });

  it('gives each failure the cause that it would bring about', async () => {
    for (const name of TREES)
      for (const check of readiness(await hostOf(name)).checks) {
        if (check.status === 'fail') expect(check.cause, `${name} ${check.id}`).toBeDefined();
        if (check.cause) expect(base.causes.has(check.cause), `${check.id}: ${check.cause}`).toBe(true);
      }
  });

  it.each([
    ['amd-desktop', '100', 'yes', []],
    ['amd-desktop', '101', 'no', ['machine type']],
    ['amd-desktop', '102', 'no', ['hostpci1 07:00.0', 'hostpci2 mapping=nope', 'IOMMU group']],
    ['amd-desktop', 'mapped', 'yes', []],
    ['intel-desktop', 'win10', 'yes', []],
    ['server-sriov', 'router', 'no', ['IOMMU group']],
    ['renoir-mini-pc', '100', 'yes', []],
  ] as const)('%s: does guest %s start? %s', async (name, guest, starts, because) => {
    const { verdict } = readiness(await hostOf(name), { guest });
    expect(verdict?.starts).toBe(starts);
    expect(verdict?.why.map((w) => w.replace(/: .*/, ''))).toEqual(because);
  });

  it('asks nothing of devices and guests that are not there', async () => {
    const state = await hostOf('amd-desktop');
    expect(() => readiness(state, { guest: '999' })).toThrow('no guest 999');
    expect(() => readiness(state, { device: '0f:00.0' })).toThrow('no PCI device 0f:00.0');
    expect(readiness(state, { device: '0a:00' }).checks.some((c) => c.subject === '0000:0a:00.1')).toBe(true);
  });
});

describe('the command line', () => {
  it('check --vm, on an unpacked host', async () => {
    const root = unpack('amd-desktop');
    const { exit, stdout, stderr } = await cli(['check', '--vm', '102', '--root', root]);
    expect(exit).toBe(1);
    expect(stderr).toBe('');
    expect(stdout).toContain('Guest 102 will not start with its devices:');
    expect(stdout).toContain('14 is not viable: host drivers hold 02:00.1 (ahci), 04:00.0 (r8169)');
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  it.each([80, 120])('stays within %i columns', async (columns) => {
    const root = join(scratch, 'amd-desktop');
    for (const args of [['check'], ['groups'], ['groups', '--usb']]) {
      const { stdout } = await cli([...args, '--root', root], { columns });
      for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(columns);
    }
  });

  it('check --json', async () => {
    const { exit, stdout } = await cli(['check', '01:00.0', '--json', '--root', unpack('no-iommu')]);
    const json = JSON.parse(stdout);
    expect(exit).toBe(1);
    expect(json.schema).toBe(1);
    expect(json.checks.find((c: { id: string }) => c.id === 'iommu')).toMatchObject({
      status: 'fail',
      cause: 'iommu-disabled-firmware',
    });
  });

  it('groups', async () => {
    const { stdout } = await cli(['groups', '--root', join(scratch, 'amd-desktop')]);
    expect(stdout).toContain('! Group 14');
    expect(stdout).toMatch(/├─ 02:00\.0 USB controller: Advanced Micro Devices/);
    const { stdout: off } = await cli(['groups', '--root', join(scratch, 'no-iommu')]);
    expect(off).toContain('No IOMMU groups: the IOMMU is off');
  });

  it('groups --usb names what makes a disk slow', async () => {
    const { stdout } = await cli(['groups', '--usb', '--root', unpack('intel-desktop')], { columns: 120 });
    expect(stdout).toContain('1-7      174c:55aa ASMedia ASM1153E, 480 Mbit/s, usb-storage');
    expect(stdout).toContain('a disk at 480 Mbit/s (USB 2): 40 MB/s at most');
    expect(stdout).toContain('2-4      0bc2:231a Seagate Expansion Desk, 5 Gbit/s, uas');
  });

  it('where nothing can be told it is neither ready nor wrong', async () => {
    const { exit, stdout } = await cli(['check', '--json', '--root', mkdtempSync(join(scratch, 'empty-'))]);
    const { checks } = JSON.parse(stdout) as { checks: { status: string }[] };
    expect([exit, new Set(checks.map((c) => c.status))]).toEqual([3, new Set(['unknown'])]);
  });

  it('says what is wrong with its arguments', async () => {
    expect(await cli(['check', '--root', '/nowhere'])).toMatchObject({ exit: 2, stdout: '' });
    expect((await cli(['check', '01:00.0', '--vm', '1'])).stderr).toContain('not both');
  });
});
