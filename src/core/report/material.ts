// The material behind a verdict: facts, quoted lines, the raw sections that helpers ask for, all findings, the timeline.
import type { Bdf, Finding, RawKind, RawLine, Severity } from '../model.ts';
import { ruleById } from '../rules/by-id.ts';
import { findBdfs, shortBdf, slotOf } from '../text/bdf.ts';
import { hostNames } from '../text/hosts.ts';
import type { Composer } from './composer.ts';
import type { Block, LogLine, Section, TimelineEvent, Tone, Words } from './document.ts';
import { counted, logLine } from './words.ts';

const TONES = {
  error: 'bad',
  warning: 'warn',
  info: 'info',
  benign: 'good',
} as const satisfies Record<Severity, Tone>;

/** Devices of the first two diagnoses, and what shares a slot or a group with them. */
function concerned({ result }: Composer): ReadonlySet<Bdf> {
  const named = new Set(result.diagnoses.slice(0, 2).flatMap((d) => d.devices));
  for (const vm of result.facts.vms)
    for (const device of vm.devices) for (const bdf of findBdfs(device.host)) named.add(bdf);
  const slots = new Set([...named].map(slotOf));
  const groups = new Set(
    [...named].flatMap((bdf) => {
      const group = result.facts.devices.get(bdf)?.iommuGroup;
      return group === undefined ? [] : [group];
    }),
  );
  const all = new Set(named);
  for (const d of result.facts.devices.values())
    if (slots.has(slotOf(d.bdf)) || (d.iommuGroup !== undefined && groups.has(d.iommuGroup))) all.add(d.bdf);
  return all;
}

export function factsSection({ result }: Composer): Section {
  const { facts, input } = result;
  const code = (text: string): Words => [{ kind: 'code', text }];
  const rows: (readonly Words[])[] = [];
  const row = (name: string, value: string | undefined) => {
    if (value) rows.push([[name], code(value)]);
  };
  row('system', facts.distribution && hostNames([facts.distribution]));
  row('Proxmox VE', facts.pve);
  row('kernel', facts.kernel);
  row('QEMU', facts.qemu);
  row('libvirt', facts.libvirt);
  row('CPU', facts.cpu ?? facts.cpuVendor);
  row('board', facts.board);
  row('firmware', facts.bios);
  row('boot loader', facts.bootLoader);
  const options = facts.cmdline?.filter((t) => /iommu|vfio|pci|video|kvm|acs|efifb|acpi/i.test(t));
  row('kernel options', options?.join(' '));
  for (const [name, { value }] of facts.flags) row(name, value);
  for (const vm of facts.vms.slice(0, 4))
    row(
      `guest${vm.vmid ? ` ${vm.vmid}` : ''}`,
      [vm.machine, vm.bios, ...vm.devices.map((d) => `${d.key}: ${d.host}`)].filter(Boolean).join(', '),
    );
  row(
    'input',
    `${counted(input.lines, 'line')}${input.sources.length > 1 ? ` of ${input.sources.length} files` : ''}, ${counted(input.matched, 'known message')}`,
  );
  return {
    id: 'facts',
    title: 'The machine',
    blocks: rows.length > 1 ? [{ kind: 'table', head: ['what', 'value'], rows }] : [],
  };
}

/** Quotes around each marked line, joined where they touch. */
export function excerptsSection({ result, where }: Composer, around: number): Section {
  const marks = new Set(
    result.diagnoses
      .slice(0, 3)
      .flatMap((d) => [...d.evidence, ...d.leadsTo, ...d.broughtAboutBy])
      .flatMap((e) => [...e.lines.slice(0, 3), ...e.lines.slice(-1)])
      .filter((no) => result.raw.lines.has(no)),
  );
  const near = (no: number) => {
    for (let i = -around; i <= around; i++) if (marks.has(no + i)) return true;
    return false;
  };
  const blocks: Block[] = [];
  let run: LogLine[] = [];
  let before = 0;
  const fileOf = (label: string) => label.slice(0, label.lastIndexOf(':'));
  for (const no of result.raw.lines.keys()) {
    if (!near(no)) continue;
    const line = logLine(result, where, no, marks.has(no));
    const [first] = run;
    if (first && (no !== before + 1 || fileOf(first.label) !== fileOf(line.label))) {
      blocks.push({ kind: 'log', lines: run });
      run = [];
    }
    run.push(line);
    before = no;
  }
  if (run.length > 0) blocks.push({ kind: 'log', lines: run });
  return { id: 'excerpts', title: 'The lines', blocks };
}

const RAW_TITLES = {
  versions: 'Versions',
  cmdline: 'Kernel command line',
  modprobe: 'Module options',
  lspci: 'PCI devices concerned',
  groups: 'IOMMU groups concerned',
  vm: 'Guest configuration',
} as const satisfies Record<RawKind, string>;

/** The kernel says its command line twice, and a log of several boots once a boot: the newest different ones do. */
function newest(lines: readonly RawLine[]): readonly RawLine[] {
  const byText = new Map<string, RawLine>();
  for (const line of lines) byText.set(line.text.replace(/^.*ommand line: |^.*(?=Linux version )/, ''), line);
  return [...byText.values()].slice(-4);
}

/** Of listings only what speaks of the devices concerned: a head line with a BDF and the lines that belong to it. */
function pick(
  kind: RawKind,
  lines: readonly RawLine[],
  devices: ReadonlySet<Bdf>,
  groups: ReadonlySet<string>,
) {
  if (kind === 'cmdline' || kind === 'versions') return newest(lines);
  if (kind !== 'lspci' && kind !== 'groups') return lines;
  let wanted = false;
  return lines.filter(({ text }) => {
    const [bdf] = findBdfs(text);
    const group = /IOMMU[ _]group:?\s*(\d+)/i.exec(text)?.[1];
    if (bdf || group) wanted = bdf ? devices.has(bdf) : groups.has(group ?? '');
    return wanted;
  });
}

export function rawSection(composer: Composer): Section {
  const { result, where } = composer;
  const devices = concerned(composer);
  const groups = new Set(
    [...devices].flatMap((bdf) => {
      const group = result.facts.devices.get(bdf)?.iommuGroup;
      return group === undefined ? [] : [String(group)];
    }),
  );
  const blocks: Block[] = [];
  for (const [kind, title] of Object.entries(RAW_TITLES) as [RawKind, string][]) {
    const lines = pick(kind, result.raw.sections.get(kind) ?? [], devices, groups);
    if (lines.length === 0) continue;
    blocks.push(
      { kind: 'heading', text: title },
      {
        kind: 'log',
        lines: lines.slice(0, 200).map((l) => ({ ...l, label: where.label(l.no), mark: false })),
      },
    );
  }
  return { id: 'raw', title: 'What helpers ask for', blocks };
}

const ORDER: readonly Severity[] = ['error', 'warning', 'info', 'benign'];

export function findingsSection({ result, base, where }: Composer): Section {
  const rows = [...result.findings]
    .sort(
      (a, b) =>
        ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity) || (a.lines[0] ?? 0) - (b.lines[0] ?? 0),
    )
    .slice(0, 200)
    .map((f): readonly Words[] => [
      [f.severity === 'benign' ? 'harmless' : f.severity],
      [ruleById(base, f.rule)?.title ?? '', ' ', { kind: 'id', id: f.rule }],
      f.device ? [{ kind: 'code', text: shortBdf(f.device) }] : [],
      [f.count > 1 ? `${f.count}×` : ''],
      where.words(f.lines, 3),
    ]);
  return {
    id: 'findings',
    title: 'All findings',
    blocks:
      rows.length > 0 ? [{ kind: 'table', head: ['', 'message', 'device', 'count', 'where'], rows }] : [],
  };
}

export function uncataloguedSection({ result, where }: Composer): Section {
  const lines = result.uncatalogued.slice(0, 30).map(({ line, text }) => ({
    no: line,
    label: where.label(line),
    text,
    mark: false,
  }));
  return {
    id: 'uncatalogued',
    title: 'Suspicious lines that no rule knows',
    blocks: lines.length > 0 ? [{ kind: 'log', lines }] : [],
  };
}

function events({ base, where }: Composer, findings: readonly Finding[], clock: 'monotonic' | 'wall') {
  return findings.flatMap((f): TimelineEvent[] => {
    const [first] = f.lines;
    if (f.firstStamp?.clock !== clock || first === undefined) return [];
    const event = { tone: TONES[f.severity], title: ruleById(base, f.rule)?.title ?? f.rule, count: f.count };
    const last = f.lines.at(-1) ?? first;
    return [
      { ...event, again: false, at: f.firstStamp.at, no: first, label: where.label(first) },
      ...(f.count > 1 && f.lastStamp?.clock === clock && f.lastStamp.at > f.firstStamp.at
        ? [{ ...event, again: true, at: f.lastStamp.at, no: last, label: where.label(last) }]
        : []),
    ];
  });
}

/** One lane a device, in the order of the first event; what names no device is the host's lane. */
export function timelineSection(composer: Composer): Section {
  const { findings, diagnoses } = composer.result;
  const worth = findings.filter((f) => f.severity === 'error' || f.severity === 'warning');
  const clocks = (['monotonic', 'wall'] as const).map((clock) => ({
    clock,
    count: worth.filter((f) => f.firstStamp?.clock === clock).length,
  }));
  const clock = clocks.sort((a, b) => b.count - a.count)[0]?.clock ?? 'monotonic';
  const byDevice = new Map<string, Finding[]>();
  for (const f of worth) byDevice.set(f.device ?? '', [...(byDevice.get(f.device ?? '') ?? []), f]);
  const first = new Set(diagnoses[0]?.devices ?? []);
  const lanes = Array.from(byDevice, ([bdf, list]) => ({
    bdf,
    label: bdf === '' ? 'host' : shortBdf(bdf),
    events: events(composer, list, clock).sort((a, b) => a.at - b.at),
  }))
    .filter((lane) => lane.events.length > 0)
    .sort(
      (a, b) =>
        Number(first.has(b.bdf)) - Number(first.has(a.bdf)) ||
        (a.events[0]?.at ?? 0) - (b.events[0]?.at ?? 0),
    )
    .slice(0, 12)
    .map(({ label, events: list }) => ({ label, events: list }));
  const count = lanes.reduce((n, lane) => n + lane.events.length, 0);
  return {
    id: 'timeline',
    title: 'When it happened',
    blocks: count > 1 ? [{ kind: 'timeline', clock, lanes }] : [],
  };
}
