// The raw lines that a report quotes: the surroundings of each evidence line, and what helpers in forums ask for (command
// line, module options, lspci, groups, VM configuration). Bounded: what is kept does not grow with the input.
import type { Line, RawKind, RawLine, RawText } from '../model.ts';
import { sanitize } from '../text/sanitize.ts';
import { QUOTED, shortened } from '../text/shorten.ts';

/** Lines kept in front of an evidence line and behind it. */
const BEFORE = 3;
const AFTER = 2;
/** Surroundings are kept for this many matches of one rule on one device; of the rest only the newest line. */
const FIRST = 3;
/** A VM configuration is taken whole this far around each line of it that is known. */
const AROUND_VM = 12;
const VM_LINE = /^\s*[a-z][a-z0-9]{1,12}\d{0,2}: \S/;
/** More than this is no report any more. */
const MAX_CONTEXT = 4000;
const MAX_SECTION = 600;
/** More pairs of rule and device than this come only from made-up input. */
const MAX_KEYS = 2000;

/** Answers the raw lines from `from` to `to` around the line at hand (-3..-1 before it, 1..2 behind it); fewer at the edges. */
export type Near = (from: number, to: number) => readonly string[];

const KINDS: readonly (readonly [RawKind, RegExp])[] = [
  ['cmdline', /Command line: |^(?:\S{0,8} ?cat \/proc\/cmdline|(?:initrd=\S+ )?BOOT_IMAGE=)/],
  ['modprobe', /^(?:options|softdep|blacklist|install|alias) \S/],
  ['groups', /^(?:#+ ?)?IOMMU[ _](?:[Gg]roup|GROUP)|dding to iommu group|Adding device \S+ to group/],
  [
    'lspci',
    /^"?(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[01][0-9a-f]\.[0-7] |^(?:Subsystem:|Kernel (?:driver in use|modules):|DeviceName:)/,
  ],
  ['vm', /^(?:hostpci\d+|machine|bios|memory|balloon|vmgenid|scsihw|ostype|args|vga|cpu|numa|cores): /],
  [
    'versions',
    /Linux version |^(?:pve-manager|proxmox-ve|pve-qemu-kvm)[:/]|QEMU emulator version|^DMI: |smpboot: CPU0: /,
  ],
];

const ANY_KIND = new RegExp(KINDS.map(([, { source }]) => source).join('|'));

export function rawKind(text: string): RawKind | undefined {
  return ANY_KIND.test(text) ? KINDS.find(([, pattern]) => pattern.test(text))?.[0] : undefined;
}

const clean = (text: string) => sanitize(shortened(text, QUOTED)).trimEnd();

export interface Excerpts {
  /** A new input begins: its lines are no surroundings of the one before. */
  file(): void;
  /** A line that the doctor was given, before its matches are known. */
  seen(line: Line, raw: string, near: Near | undefined): void;
  /** `line` has the match of this key: keep it and what stands around it. */
  evidence(key: string, line: Line, raw: string, near: Near | undefined): void;
  /** `line` told a fact, and belongs to the section `kind`. */
  fact(kind: RawKind, line: Line, raw: string, near: Near | undefined): void;
  text(): RawText;
}

export function createExcerpts(): Excerpts {
  const lines = new Map<number, string>();
  const sections = new Map<RawKind, Map<number, string>>();
  /** Of each key of matches how many there were, and the newest of them once there were many. */
  const seenOf = new Map<string, { count: number; no: number; raw: string | undefined }>();
  const hosts = new Set<string>();
  // Without a reader that knows the neighbours, those lines that came by are the neighbours.
  const recent: RawLine[] = [];
  let wanted = 0;
  let vmEnd = -1;

  const keep = (no: number, raw: string) => {
    if (lines.size < MAX_CONTEXT) lines.set(no, clean(raw));
  };
  const into = (kind: RawKind, no: number, raw: string) => {
    const section = sections.get(kind) ?? new Map<number, string>();
    sections.set(kind, section);
    if (section.size < MAX_SECTION) section.set(no, clean(raw));
  };

  return {
    file() {
      recent.length = 0;
      wanted = 0;
      vmEnd = -1;
    },
    seen(line, raw, near) {
      if (line.host && hosts.size < 16) hosts.add(line.host);
      if (near) return;
      if (wanted > 0 && line.no <= wanted) keep(line.no, raw);
      recent.push({ no: line.no, text: raw });
      if (recent.length > AROUND_VM + 1) recent.shift();
      if (line.no === vmEnd + 1 && VM_LINE.test(raw)) {
        into('vm', line.no, raw);
        vmEnd = line.no;
      }
    },
    evidence(key, line, raw, near) {
      let known = seenOf.get(key);
      if (!known) {
        if (seenOf.size >= MAX_KEYS) return;
        known = { count: 0, no: 0, raw: undefined };
        seenOf.set(key, known);
      }
      if (++known.count > FIRST) {
        known.no = line.no;
        known.raw = raw;
        return;
      }
      if (near) {
        const before = near(-BEFORE, -1);
        for (const [i, text] of before.entries()) keep(line.no - before.length + i, text);
        for (const [i, text] of near(1, AFTER).entries()) keep(line.no + 1 + i, text);
      } else {
        for (const r of recent) if (r.no >= line.no - BEFORE && r.no < line.no) keep(r.no, r.text);
        wanted = Math.max(wanted, line.no + AFTER);
      }
      keep(line.no, raw);
    },
    fact(kind, line, raw, near) {
      into(kind, line.no, raw);
      // The rest of a VM configuration holds nothing that a fact is made of, and helpers want it all.
      if (kind !== 'vm') return;
      if (!near) {
        vmEnd = line.no;
        for (const r of recent.slice(0, -1).reverse()) {
          if (!VM_LINE.test(r.text)) break;
          into('vm', r.no, r.text);
        }
        return;
      }
      for (const step of [-1, 1]) {
        const around = step < 0 ? [...near(-AROUND_VM, -1)].reverse() : near(1, AROUND_VM);
        for (const [i, text] of around.entries()) {
          if (!VM_LINE.test(text)) break;
          into('vm', line.no + step * (i + 1), text);
        }
      }
    },
    text() {
      for (const { no, raw } of seenOf.values()) if (raw !== undefined) keep(no, raw);
      const sorted = (map: ReadonlyMap<number, string>) =>
        Array.from(map, ([no, text]) => ({ no, text })).sort((a, b) => a.no - b.no);
      return {
        lines: new Map(sorted(lines).map((l) => [l.no, l.text])),
        sections: new Map(Array.from(sections, ([kind, map]) => [kind, sorted(map)])),
        hosts: [...hosts],
      };
    },
  };
}
