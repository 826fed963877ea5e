// Short texts that no rule knows: named by their words, and only these.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NO_TROUBLE, PASTE_LINES } from '../src/core/engine/by-words.ts';
import { base, diagnoseTexts, ROOT } from './support/rule-base.ts';

const read = (text: string) => diagnoseTexts({ post: text }, { byWords: true });
const first = (text: string) => read(text).diagnoses[0];

const TOLD: Readonly<Record<string, readonly string[]>> = {
  'acs-missing iommu-group-shared': [
    "My GPU sits in one group together with the SATA controller and the NIC, so it can't be handed to the guest alone; vfio says all of them have to go.",
  ],
  'sriov-vf': [
    "The virtual function of the NIC can't be given to my VM through vfio, the number of VFs stays at zero after writing it.",
  ],
  'rom-invalid': [
    "When the guest starts the passed-through card's vBIOS is not found or has a wrong signature.",
  ],
  'vfio-permission': [
    'QEMU may not open the node of the vfio group: permission denied for the user that runs it.',
  ],
  'memlock-limit': [
    'locked memory is what it is about:\nthe limit is too small for the memory of my guest, so vfio is refused',
  ],
  'hugepages-shortage': [
    'The 1G hugepages were not there when the vfio guest wanted them, only a few were free.',
  ],
};

describe.each(Object.entries(TOLD))('%s', (causes, texts) => {
  it.each(texts)('is what this speaks of: %s', (text) => {
    expect(causes.split(' ')).toContain(first(text)?.cause);
  });
});

it('calls such a cause remote, and says by which words and lines it is named', () => {
  const told = read(`Hello,\n${TOLD['hugepages-shortage']?.[0]}\n`);
  const [diagnosis] = told.diagnoses;
  expect(diagnosis).toMatchObject({ cause: 'hugepages-shortage', confidence: 'remote' });
  expect(diagnosis?.evidence).toMatchObject([{ rule: 'words', lines: [2], effect: 'raises' }]);
  expect(diagnosis?.evidence[0]?.text).toContain('hugepages');
  expect(diagnosis?.fixes.length).toBeGreaterThan(0);
  expect(told.raw.lines.get(2)).toBe(TOLD['hugepages-shortage']?.[0]);
  expect(told.notices.map((n) => n.code)).toEqual(['by-words']);
});

it('names as many as three causes, the likeliest first', () => {
  const { diagnoses } = read(
    'vfio: which of group, reset, ROM, hugepages and memlock is wrong I do not know',
  );
  expect(diagnoses.length).toBeLessThanOrEqual(3);
});

it('hears a fault in a longer account, most of whose words are ordinary', () => {
  const fault =
    'With passthrough the guest boots, and then the picture stutters badly; the interrupts of the card are all on one processor, and switching to MSI in the guest made it better.';
  expect(first(`${fault} The network is fast and the sound is fine.`)?.cause).toBe('msi-interrupts');
  expect(first('With passthrough the guest boots, and the network is fast, not slow')).toBeUndefined();
});

it('reads a text that does not name passthrough where its words are clear and enough', () => {
  const clear = 'amdgpu in my guest cannot load psp firmware any more after the second start';
  expect(first(`${clear}, the ring test fails and atombios is stuck`)).toMatchObject({
    cause: 'amd-reset-bug',
    confidence: 'remote',
    evidence: [{ rule: 'words' }],
  });
  expect(first('amdgpu: atombios is stuck')).toBeUndefined();
});

it('leaves the words alone when a rule knows a line', () => {
  const known = 'vfio-pci 0000:04:00.3: invalid power transition (from D3cold to D3hot)';
  const { diagnoses } = read(`${TOLD['hugepages-shortage']?.[0]}\n${known}\n`);
  expect(diagnoses[0]?.cause).toBe('d3cold-power-transition');
  expect(diagnoses.flatMap((d) => d.evidence.filter((e) => e.rule === 'words'))).toEqual([]);
});

it('takes a longer text for a log', () => {
  const text = TOLD['hugepages-shortage']?.[0] ?? '';
  const quiet = 'a line about the weather';
  expect(first([text, ...Array(PASTE_LINES - 1).fill(quiet)].join('\n'))?.cause).toBeDefined();
  expect(read([text, ...Array(PASTE_LINES).fill(quiet)].join('\n')).diagnoses).toEqual([]);
});

it('does not look at words unless it is asked to', () => {
  expect(diagnoseTexts({ post: TOLD['hugepages-shortage']?.[0] ?? '' }).diagnoses).toEqual([]);
});

it.each([
  'The weather is fine and the train was not late.',
  'Failed to start nginx: address already in use',
  'apt: the package could not be found, and the disk is full',
  '[    4.113000] vfio-pci 0000:0a:00.0: vgaarb: VGA decodes changed: olddecodes=io+mem,decodes=none:owns=none',
  '[    1.200000] nvme nvme0: 8/0/0 default/read/poll queues\n[    1.300000] VFIO - User Level meta-driver version: 0.3',
  'root@pve:~# dmesg | grep -e DMAR -e IOMMU',
  'Sep 02 10:00:00 host systemd[1]: Started NVIDIA vGPU Manager Daemon.',
  '# lsmod | grep vfio\nvfio_pci               53248  2\nvfio_virqfd            16384  1 vfio_pci\nvfio_iommu_type1       24576  1',
  'Everything works since I bought another board.',
  'vfio/pci: keep the hot reset of a group in a file of its own',
  'vfio_group.c:88:9: error: implicit declaration of a function for the reset of the group',
])('stays quiet about %s', (text) => {
  expect(read(text).diagnoses).toEqual([]);
});

it('is quick with long lines and many words', () => {
  const line = `vfio ${'group reset memlock '.repeat(100)}`;
  const begun = performance.now();
  read(Array(PASTE_LINES).fill(line).join('\n'));
  expect(performance.now() - begun).toBeLessThan(2000);
});

describe('sentences as people write them', () => {
  const told = readdirSync(join(ROOT, 'fixtures/told')).flatMap((file) => {
    const sentences = readFileSync(join(ROOT, 'fixtures/told', file), 'utf8')
      .trim()
      .split('\n');
    return sentences.map((text) => ({ cause: file.replace('.txt', ''), named: first(text)?.cause }));
  });
  const troubles = told.filter(({ cause }) => cause !== NO_TROUBLE);
  const share = (of: readonly unknown[], all: readonly unknown[]) => of.length / all.length;

  it('are of every cause', () => {
    expect(new Set(told.map(({ cause }) => cause))).toEqual(new Set([...base.causes.keys(), NO_TROUBLE]));
  });

  it('are mostly named, and hardly ever wrongly', () => {
    const named = troubles.filter(({ named }) => named !== undefined);
    const right = named.filter(({ named, cause }) => named === cause);
    expect(share(named, troubles)).toBeGreaterThan(0.7);
    expect(share(right, named)).toBeGreaterThan(0.95);
  });

  it('are left alone when they speak of no trouble', () => {
    const harmless = told.filter(({ cause }) => cause === NO_TROUBLE);
    expect(
      share(
        harmless.filter(({ named }) => named),
        harmless,
      ),
    ).toBeLessThan(0.06);
  });
});
