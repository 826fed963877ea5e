// What pasting does to a log, undone as far as it can be: markup, entities, escapes and numbering off, wrapped lines joined, one
// line that holds a whole log cut into its entries. For a second look at a text that said nothing as it stands.

import { BDF_PATTERN } from './bdf.ts';
import { LINE_CAP } from './envelope.ts';
import { devicePrefix } from './printk.ts';
import { sourceOf } from './qemu.ts';
import { sanitize } from './sanitize.ts';

/** A line of the mended text: how many lines of the input it is made of, 0 when it is more of the line before. */
export interface Mended {
  readonly text: string;
  readonly lines: number;
}

const NAMED: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
  nbsp: ' ',
};
const ENTITY = /&(?:#(\d{1,6})|#[xX]([0-9a-fA-F]{1,5})|(lt|gt|amp|quot|apos|nbsp));/g;

function decode(text: string): string {
  return text.replace(ENTITY, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name) return NAMED[name] ?? whole;
    const code = decimal ? Number(decimal) : Number.parseInt(hex ?? '', 16);
    return code >= 0x20 && code <= 0xffff ? String.fromCharCode(code) : ' ';
  });
}

/** Tags of web pages; those of libvirt's files have other names. */
const TAG =
  /<\/?(?:a|b|blockquote|code|div|em|font|i|kbd|li|mark|ol|p|pre|samp|span|strong|table|tbody|td|th|tr|tt|u|ul|h[1-6])(?: [^<>]{0,300})?\/?>/gi;
const BREAK = /<br ?\/?>|(?<!\\)\\r?\\n|(?<!\\)\\n|\r/gi;
/** What is left of terminal colours when the escape character is lost. */
const COLOUR = /\[(?:\d{1,3}(?:;\d{1,3}){0,4}[mK]|K|m(?!em\b))/g;

const REPLACED: readonly (readonly [RegExp, string])[] = [
  [/[\u00a0\u2000-\u200a\u202f\u205f\u3000]/g, ' '],
  [/[\u2018-\u201b\u2032\u2039\u203a\u00b4]/g, "'"],
  [/[\u201c-\u201f\u2033\u00ab\u00bb]/g, '"'],
  [/[\u2010-\u2015\u2212]/g, '-'],
  [/\u2026/g, '...'],
  [/\\([_*[\]<>#.()"'/|~-])/g, '$1'],
  [/\*\*|`/g, ''],
  [/=3D/g, '='],
  [/(?<=[a-z,]) {2}(?=[A-Za-z])/g, ' '],
  // typed with the punctuation of Chinese and Japanese
  [/\uff1a ?/g, ': '],
  [/ ?\uff08/g, ' ('],
  [/\uff09/g, ')'],
  [/\uff0c ?/g, ', '],
  // blanks left out
  [
    /(?<=[a-z]{4}):(?=(?:VFIO|vfio|Region|QMP|internal|Cannot|Failed|Invalid|Unable|No such|Device|Permission|Operation)\b)/g,
    ': ',
  ],
  [/\)=(-?\d{1,3})\((?=[A-Z])/g, ') = $1 ('],
  // copied by hand from a screen
  [/^(.{0,60}\b(?:DMAR|AMD-Vi|vfio-pci|kvm)) : /, '$1: '],
  [/\[([0-9a-f]{2})[.:]([0-9a-f]{2})[.:]([0-7])\]/g, '[$1:$2.$3]'],
];

/** What stands in front of the lines of listings, files searched, containers and editors. */
const MARK =
  /^\s*(?:(?:>{1,8}|[|+*\u2022\u00b7-])\s+|\+(?=[[A-Za-z])|\d{1,6}(?:[.)|]\s|:(?![0-9a-f]{2}\.[0-7])\s?(?=[[A-Za-z<])|\s{1,4}(?=[[A-Z]))|\/?(?:[\w.-]+\/)*[\w-]+\.(?:log|txt|conf|cfg)(?:\.\d)?:(?:\d+:)?\s?|[\w.-]{3,60}\s+\|\s|\[pod\/[^\]\s]{1,200}\]\s|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z (?:std(?:err|out) [FP] )?)/;
const QUOTED = /^\s*"(.*)"[,;]?\s*$/;
const TAIL = /\s\|\s*$/;

/** How many messages begin. Whoever marks a line with the mouse often misses its first letter. */
const HEADS: readonly string[] = [
  'vfio-pci',
  'vfio_',
  'qemu-system-',
  'DMAR:',
  'DMAR-IR:',
  'AMD-Vi:',
  'kvm: -device',
  'TASK ERROR',
  'pcieport ',
];

function withFirstLetter(text: string): string {
  const head = HEADS.find((h) => text.startsWith(h.slice(1)));
  return head ? head.charAt(0) + text : text;
}

/** `marks`: the line begins where its author began it, so that a mark may stand in front. */
function clean(raw: string, marks: boolean): string {
  let text = sanitize(decode(decode(raw)));
  text = text.replace(TAG, '').replace(COLOUR, '');
  for (const [what, by] of REPLACED) text = text.replace(what, by);
  for (let i = 0; marks && i < 3; i++) {
    const less = text.replace(MARK, '').replace(QUOTED, '$1').replace(TAIL, '');
    if (less === text) break;
    text = less;
  }
  return withFirstLetter(text.trim());
}

/** How an entry of a log begins, wherever it stands. */
const STAMP =
  '(?:<\\d>)?\\[ {0,8}\\d{1,8}\\.\\d{3,9}\\]|\\[[A-Z][a-z]{2} [A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d \\d{4}\\]|(?:[A-Z][a-z]{2} ){1,2}[ \\d]?\\d \\d\\d:\\d\\d:\\d\\d |\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d:\\d\\d';
const ENTRY = new RegExp(`^(?:${STAMP})`);
const ENTRIES = new RegExp(`(?=(?:${STAMP}))`, 'g');

/** Whether the lines of a text begin, all but one in twenty, as a program wrote them, with blanks as it wrote them. */
export function isIntact(text: string): boolean {
  if (text.includes('\u00a0')) return false;
  const lines = text.trimEnd().split('\n');
  return lines.filter((line) => ENTRY.test(line)).length >= 0.95 * lines.length;
}

/** Whether a text holds lines that quoted-printable mail has broken: a reader of such a line sees half a message. */
export const isEncoded = (text: string): boolean => text.includes('=\n') && /^.{60,75}=$/m.test(text);

/** Pieces of a text overlap by so much, so that a message is whole in one of them. */
const OVERLAP = 500;

/** Where the kernel begins to speak: behind the command that asked for it, or in a line that holds several entries. */
const KERNEL_ENTRIES =
  /(?<=.)(?=\[ {0,8}\d{1,8}\.\d{6}\] |[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S{1,64} kernel: )/g;

function pieces(text: string): string[] {
  if (text.length <= LINE_CAP) return text.split(KERNEL_ENTRIES);
  return text.split(ENTRIES).flatMap((entry) => {
    const parts: string[] = [];
    for (let at = 0; at === 0 || at + OVERLAP < entry.length; at += LINE_CAP - OVERLAP)
      parts.push(entry.slice(at, at + LINE_CAP));
    return parts;
  });
}

/** What stands for itself: addresses and fields of lspci, lines of configuration files, prompts of a shell. */
const RECORD = new RegExp(
  `^(?:${BDF_PATTERN} |[#$] |[\\w.-]+@[\\w.-]+[:~ ]|(?:Subsystem|DeviceName|Flags|Capabilities|Control|Status|Region \\d|Memory at|I/O ports|Expansion ROM|Kernel (?:driver|modules)|IOMMU[ _][Gg]roup)\\b|[a-z]{2,12}\\d{0,2}: |(?:options|blacklist|softdep|install) \\S|-- |[<{}])`,
);
/** Nobody breaks lines that would be shorter than this with the first word of the next one. */
const NARROWEST = 60;

/** An item of a list is no part of the one above it. */
const ITEM = /^[\s>]*[-*+•·] /;

/** Whether `line` goes on in `next`. */
function goesOn(line: string, next: string): boolean {
  if (line === '' || next === '' || ENTRY.test(next) || RECORD.test(next)) return false;
  if (devicePrefix(next).device || sourceOf(next, undefined) !== 'unknown') return false;
  return line.length + 1 + next.search(/\s|$/) > NARROWEST;
}

/** Whether lines of a log go on in lines without a stamp of their own, as mail breaks them. */
export function isWrapped(text: string): boolean {
  const lines = text.split('\n').map((line) => clean(line, true));
  const entry = (line: string) => ENTRY.test(line) || devicePrefix(line).device !== undefined;
  return lines.some((line, i) => entry(line) && !ITEM.test(line) && goesOn(line, lines[i + 1] ?? ''));
}

/** What a terminal of another width puts where a long line went on in its next row. */
const PADDING = /(?<=\S) {30,}(?=\S)/g;

/** Who broke the lines: a person's program between two words, or a terminal at its edge. */
export const BROKEN = ['between words', 'anywhere'] as const;

/** The lines of a text as they may have been before they were pasted. */
export function mend(text: string, broken: (typeof BROKEN)[number]): Mended[] {
  const raw = text
    .replace(/\n$/, '')
    .replace(PADDING, broken === 'anywhere' ? '' : ' ')
    .split('\n');
  const width = raw.reduce((most, line) => Math.max(most, line.trimEnd().length), NARROWEST);
  const mended: Mended[] = [];
  let joined = '';
  let lines = 0;
  let last = '';
  /** The line before was broken at the edge of a terminal. */
  let cut = false;
  /** It was broken by quoted-printable mail, which marks that (RFC 2045, 6.7). */
  let soft = false;
  const put = () => {
    for (const [i, piece] of pieces(joined).entries())
      mended.push({ text: piece, lines: i === 0 ? lines : 0 });
  };
  for (const line of raw) {
    for (const [i, piece] of line.split(BREAK).entries()) {
      const part = clean(piece, i > 0 || !(cut || soft));
      const more = i === 0 && (cut || soft ? !ENTRY.test(part) : !ITEM.test(piece) && goesOn(last, part));
      if (more && joined.length + part.length < LINE_CAP)
        joined = soft ? joined.slice(0, -1) + part : joined + (cut ? '' : ' ') + part;
      else {
        if (mended.length + lines > 0) put();
        joined = part;
        lines = 0;
      }
      if (i === 0) lines++;
      last = part;
    }
    cut = broken === 'anywhere' && line.length === width;
    soft = !cut && line.length >= NARROWEST && line.endsWith('=');
  }
  put();
  return mended;
}
