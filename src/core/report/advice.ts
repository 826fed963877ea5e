// What to do: the fixes of the first cause in order, what is set already, what is no fix, and what the input does not tell.
import type { FixAdvice, RawKind } from '../model.ts';
import { type OtherHypervisor, otherHypervisorOf, worksAsRoot } from '../text/distributions.ts';
import type { Composer } from './composer.ts';
import { type Block, type ListItem, RISK_WORDS, type Section } from './document.ts';
import { checkWords, NEEDS_WORDS, rootShell } from './words.ts';

/** In a first screen the commands of later fixes stand only when they are short. */
const SHORT = 3;

/** A note of a cause file, which begins in lower case, as a sentence of its own. */
const sentence = (note: string) => `${note.charAt(0).toUpperCase()}${note.slice(1).replace(/\.$/, '')}.`;

function fixItem(f: FixAdvice, full: boolean): ListItem {
  const blocks: Block[] = [];
  if (f.warning) blocks.push({ kind: 'paragraph', words: [`Careful: ${f.warning}`], tone: 'warn' });
  if (full) blocks.push({ kind: 'paragraph', words: [f.note ? sentence(f.note) : f.effect] });
  if (f.commands.length > 0 && (full || f.commands.length <= SHORT))
    blocks.push({ kind: 'code', language: 'console', lines: f.commands });
  const [check] = f.confirm;
  if (full && check)
    blocks.push({ kind: 'paragraph', words: ['It worked when ', ...checkWords(check)], tone: 'muted' });
  if (full && !/^(?:None|Nothing)\b/.test(f.undo))
    blocks.push({ kind: 'paragraph', words: [`To undo: ${f.undo}`], tone: 'muted' });
  return {
    words: [{ kind: 'strong', text: f.title }, '  ', { kind: 'id', id: f.id }],
    aside: [RISK_WORDS[f.risk], NEEDS_WORDS[f.needs]].join(', '),
    blocks,
  };
}

export function fixesSection({ result, brief }: Composer): Section {
  const [first] = result.diagnoses;
  const open = first?.fixes.filter((f) => !f.alreadySet) ?? [];
  const items = open.map((f, i) => fixItem(f, !brief || i === 0));
  const blocks = worksAsRoot(result.facts) ? [] : rootShell(items.flatMap((item) => item.blocks));
  if (items.length > 0) blocks.push({ kind: 'list', ordered: true, items });
  if (brief && open.slice(1).some((f) => f.commands.length > SHORT))
    blocks.push({ kind: 'paragraph', words: ['--verbose shows the commands of every fix'], tone: 'muted' });
  if (first && first.notTheFix.length > 0)
    blocks.push(
      { kind: 'heading', text: 'What will not help' },
      {
        kind: 'list',
        ordered: false,
        items: first.notTheFix.map((text) => ({ words: [text], tone: 'muted', blocks: [] })),
      },
    );
  return { id: 'fixes', title: 'What to do, in this order', blocks };
}

export function triedSection({ result }: Composer): Section {
  const set = (result.diagnoses[0]?.fixes ?? []).filter((f) => f.alreadySet);
  return {
    id: 'tried',
    title: 'Tried already',
    blocks:
      set.length > 0
        ? [
            {
              kind: 'list',
              ordered: false,
              items: set.map((f) => ({
                words: [f.title, '  ', { kind: 'id', id: f.id }],
                tone: 'good',
                blocks: [],
              })),
            },
          ]
        : [],
  };
}

type Wanted = readonly [kind: RawKind, what: string, run: string];

/** What helpers ask for, and the command that yields it. */
const WANTED = [
  ['versions', 'kernel and system version', 'uname -a; pveversion -v'],
  ['cmdline', 'kernel command line', 'cat /proc/cmdline'],
  ['modprobe', 'module options', 'grep -r . /etc/modprobe.d/ /etc/modules'],
  ['lspci', 'PCI devices and their drivers', 'lspci -nnk'],
  ['groups', 'IOMMU groups', 'find /sys/kernel/iommu_groups/ -type l'],
  ['vm', 'configuration of the guest', 'qm config VMID, or: virsh dumpxml NAME'],
] as const satisfies readonly Wanted[];

/** The same of a host whose devices are given away by another hypervisor. */
const WANTED_OF: Readonly<Record<OtherHypervisor, readonly Wanted[]>> = {
  xen: [
    ['versions', 'kernel and system version', 'uname -a; xl info'],
    ['cmdline', 'kernel command line', 'cat /proc/cmdline'],
    ['lspci', 'PCI devices and their drivers', 'lspci -nnk'],
    [
      'groups',
      'the IOMMU, as Xen sees it',
      "xl dmesg | grep -iE 'iommu|vt-d|amd-vi'; xl pci-assignable-list",
    ],
    ['vm', 'configuration of the guest', 'xl list --long NAME'],
  ],
  esxi: [
    ['versions', 'system version', 'vmware -vl'],
    ['lspci', 'PCI devices', 'esxcli hardware pci list'],
    ['vm', 'configuration of the guest', 'its .vmx file'],
  ],
  hyperv: [
    ['versions', 'system version', 'Get-ComputerInfo OsName, OsVersion'],
    ['lspci', 'devices that can be assigned', 'Get-VMHostAssignableDevice'],
    ['vm', 'configuration of the guest', 'Get-VM NAME | Format-List *'],
  ],
  bhyve: [
    ['versions', 'system version', 'uname -a'],
    ['cmdline', 'settings of the loader', 'cat /boot/loader.conf'],
    ['lspci', 'PCI devices and their drivers', 'pciconf -lv'],
  ],
};

/** Kinds that the input does not hold. Facts count too: a boot log tells the devices without lspci. */
function missingKinds({ result }: Composer): readonly Wanted[] {
  const { facts, raw } = result;
  const has = {
    versions: facts.kernel !== undefined,
    cmdline: facts.cmdline !== undefined,
    modprobe: facts.moduleOptions.some((o) => o.line > 0) || facts.softdeps.length > 0,
    lspci: [...facts.devices.values()].some((d) => d.driver !== undefined || d.name !== undefined),
    groups: [...facts.devices.values()].some((d) => d.iommuGroup !== undefined),
    vm: facts.vms.length > 0,
  } as const satisfies Record<RawKind, boolean>;
  const hypervisor = otherHypervisorOf(facts);
  const wanted: readonly Wanted[] = hypervisor ? WANTED_OF[hypervisor] : WANTED;
  return wanted.filter(([kind]) => !has[kind] && !(raw.sections.get(kind)?.length ?? 0));
}

export function missingSection(composer: Composer): Section {
  const missing = composer.result.diagnoses.length > 0 ? missingKinds(composer) : [];
  return {
    id: 'missing',
    title: 'Not in the input',
    blocks:
      missing.length > 0
        ? [
            {
              kind: 'list',
              ordered: false,
              items: missing.map(([, what, run]) => ({
                words: [`${what}: `, { kind: 'code', text: run }],
                tone: 'muted',
                blocks: [],
              })),
            },
          ]
        : [],
  };
}
