// Small sentences that several sections share: where a line stands, which devices, how often.
import type { Bdf, Check, Facts, Needs, Result } from '../model.ts';
import { shortBdf, slotOf } from '../text/bdf.ts';
import { sanitize } from '../text/sanitize.ts';
import { QUOTED, shortened } from '../text/shorten.ts';
import type { Block, LogLine, Word, Words } from './document.ts';

/** Says line numbers of the whole input in terms of its files. */
export interface Locator {
  label(no: number): string;
  word(no: number): Word;
  /** `dmesg.log:4, 5, 9 … 812`: at most `max` numbers, the last one among them. */
  words(lines: readonly number[], max?: number): Words;
}

/** How an outcome of few words begins that no command prints like that. */
const PROSE = /^(?:all|no|nothing|the)\b|,? (?:or|unless) /;

/** A check and its outcome, as it is or as it should be: what a command prints is quoted; what is to be seen in its output is told. */
export function checkWords({ run, expect, host }: Check, verb: 'is' | 'should' = 'is'): Words {
  const told = expect.split(' ').length > 3 || PROSE.test(expect);
  const where = host ? ` (${host})` : '';
  const [shows, says] = verb === 'is' ? ['shows', 'says'] : ['should show', 'should say'];
  return [
    { kind: 'code', text: run },
    `${where} ${told ? `${shows}: ` : `${says} `}`,
    ...(told ? [expect] : [{ kind: 'code' as const, text: expect }]),
  ];
}

/** Said once above fixes: their commands are written for root. Nothing, when there is none to type. */
export function rootShell(fixes: readonly Block[]): Block[] {
  const typed = fixes.some((b) => b.kind === 'code' && b.lines.some((line) => !line.startsWith('# ')));
  if (!typed) return [];
  const words: Words = [
    'The commands are for a root shell: ',
    { kind: 'code', text: 'sudo -i' },
    ' opens one.',
  ];
  return [{ kind: 'paragraph', words, tone: 'muted' }];
}

/** The part of a path that a reader needs: what stands behind the last slash. A name is foreign text like any other. */
const baseName = (path: string) => sanitize(path.slice(path.lastIndexOf('/') + 1) || path);

export function createLocator(sources: Result['input']['sources']): Locator {
  const starts: { first: number; name: string }[] = [];
  let first = 1;
  for (const source of sources) {
    starts.push({ first, name: baseName(source.name) });
    first += source.lines;
  }
  const several = starts.length > 1;
  const fileOf = (no: number) => starts.findLast((s) => s.first <= no);
  const label = (no: number) => {
    const file = fileOf(no);
    return several && file ? `${file.name}:${no - file.first + 1}` : `line ${no}`;
  };
  return {
    label,
    word: (no) => ({ kind: 'line', no, label: label(no) }),
    words(lines, max = 6) {
      const shown = lines.length > max ? [...lines.slice(0, max - 1), ...lines.slice(-1)] : lines;
      const words: Word[] = [];
      for (const [i, no] of shown.entries()) {
        const left = i === max - 1 && lines.length > max;
        const before = shown[i - 1];
        const same = before !== undefined && fileOf(before) === fileOf(no);
        if (i > 0) words.push(left ? ' … ' : same ? ', ' : '; ');
        const file = fileOf(no);
        const short = same ? String(several && file ? no - file.first + 1 : no) : label(no);
        words.push({
          kind: 'line',
          no,
          label: i === 0 && !several && lines.length > 1 ? `lines ${no}` : short,
        });
      }
      return words;
    },
  };
}

/** `04:00.0 .3 .6 .7 and 05:00.0`: functions of one slot in one breath. */
export function deviceList(devices: readonly Bdf[]): string {
  const slots = new Map<string, string[]>();
  for (const bdf of devices)
    slots.set(slotOf(bdf), [...(slots.get(slotOf(bdf)) ?? []), bdf.slice(bdf.lastIndexOf('.'))]);
  return Array.from(slots, ([slot, functions]) => {
    const [first = '', ...rest] = functions;
    return [shortBdf(`${slot}${first}`), ...rest].join(' ');
  }).join(', ');
}

/** Names of PCI base classes and of some subclasses (PCI Code and ID Assignment Specification), as people say them. */
const CLASS_NAMES: Readonly<Record<string, string>> = {
  '0300': 'VGA controller',
  '0302': '3D controller',
  '0403': 'audio device',
  '0c03': 'USB controller',
  '0108': 'NVMe drive',
  '0106': 'SATA controller',
  '0107': 'SAS controller',
  '0104': 'RAID controller',
  '0200': 'Ethernet controller',
  '0280': 'network controller',
  '0604': 'PCI bridge',
  '0600': 'host bridge',
  '0601': 'ISA bridge',
  '0c05': 'SMBus',
  '1080': 'encryption controller',
  '1180': 'signal processing controller',
};

/** `Advanced Micro Devices, Inc. [AMD] Renoir USB 3.1` without what every line of lspci repeats. */
function shortName(name: string): string {
  return name
    .replace(/^Advanced Micro Devices, Inc\. \[(AMD(?:\/ATI)?)\]/, 'AMD')
    .replace(/^(NVIDIA|Intel) Corporation/, '$1')
    .replace(
      / (?:Co\., ?Ltd\.?|Semiconductor Co\., Ltd\.|Electronics|Corporation|Inc\.?|Technology)(?=[ ,])/g,
      '',
    )
    .replace(/,? \(rev [0-9a-f]{2}\)$/, '');
}

/** What is known of a device, in the order in which people look: what it is, its id, who drives it. */
export function aboutDevice(bdf: Bdf, facts: Facts): string[] {
  const d = facts.devices.get(bdf);
  if (!d) return [];
  const kind = d.class && CLASS_NAMES[d.class];
  return [
    ...(kind ? [kind] : []),
    ...(d.name ? [shortName(d.name)] : []),
    ...(d.id ? [`[${d.id}]`] : []),
    ...(d.driver !== undefined ? [d.driver === '' ? 'no driver' : `driver ${d.driver}`] : []),
    ...(d.iommuGroup !== undefined ? [`group ${d.iommuGroup}`] : []),
    ...(d.revision === 'ff' ? ['rev ff, reads all ones'] : []),
  ];
}

export function logLine(result: Result, where: Locator, no: number, mark: boolean, text?: string): LogLine {
  const quoted = text ?? result.raw.lines.get(no) ?? '';
  return { no, label: where.label(no), text: shortened(quoted, QUOTED), mark };
}

/** 5000 as `5,000`. Intl would do it too, and takes ten milliseconds to start. */
const grouped = (n: number) => String(n).replace(/\B(?=(?:\d{3})+$)/g, ',');

export const counted = (n: number, one: string, many = `${one}s`) => `${grouped(n)} ${n === 1 ? one : many}`;

/** What has to happen before a fix takes effect. */
export const NEEDS_WORDS = {
  nothing: 'takes effect at once',
  'vm-restart': 'restart the guest',
  reboot: 'reboot',
  'power-off': 'power off',
} as const satisfies Record<Needs, string>;
