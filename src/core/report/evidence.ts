// Why we think so: what speaks for and against a cause, a witness each, with the line that it saw.
import type { Evidence, Rule } from '../model.ts';
import { ruleById } from '../rules/by-id.ts';
import { fill } from '../text/fill.ts';
import type { Composer } from './composer.ts';
import type { Block, ListItem, Word } from './document.ts';
import { deviceList, type Locator, logLine } from './words.ts';

const HOLE = /\{(\w+)\}/;

/** Evidence of one rule on several devices is one witness: joined, the first line quoted. */
export interface Witness {
  readonly rule: string;
  readonly effect: Evidence['effect'];
  readonly strength: Evidence['strength'];
  readonly texts: string[];
  readonly devices: string[];
  readonly lines: number[];
}

export function witnesses(evidence: readonly Evidence[]): Witness[] {
  const byKey = new Map<string, Witness>();
  for (const e of evidence) {
    const key = e.rule === 'fact' ? `fact ${e.text}` : `${e.effect} ${e.rule}`;
    const known = byKey.get(key);
    if (!known)
      byKey.set(key, {
        rule: e.rule,
        effect: e.effect,
        strength: e.strength,
        texts: [e.text],
        devices: e.device ? [e.device] : [],
        lines: [...e.lines],
      });
    else {
      known.texts.push(e.text);
      if (e.device && !known.devices.includes(e.device)) known.devices.push(e.device);
      known.lines.push(...e.lines);
    }
  }
  return Array.from(byKey.values(), (w) => ({
    ...w,
    devices: w.devices.sort(),
    lines: [...new Set(w.lines)].sort((a, b) => a - b),
  }));
}

/** What a correlation found is no line of the log; several devices in it become a list. */
function observedBlocks(text: string): Block[] {
  const parts = text.split('; ');
  if (parts.length < 2) return [{ kind: 'paragraph', words: [{ kind: 'code', text }] }];
  return [
    {
      kind: 'list',
      ordered: false,
      items: parts.map((part) => ({ words: [{ kind: 'code', text: part }], tone: 'muted', blocks: [] })),
    },
  ];
}

/** What the first line of the witness means; what it says itself stands there as code. */
function meaning(rule: Rule, { lines, devices }: Witness, { result }: Composer): Block {
  const captures = result.findings.find((f) => f.rule === rule.id && f.lines[0] === lines[0])?.captures;
  const words: Word[] = [];
  let rest = fill(rule.means, devices);
  for (let hole = HOLE.exec(rest); hole; hole = HOLE.exec(rest)) {
    const [all, name = ''] = hole;
    const said = captures?.[name];
    words.push(rest.slice(0, hole.index), said ? { kind: 'code', text: said } : '…');
    rest = rest.slice(hole.index + all.length);
  }
  return { kind: 'paragraph', words: [...words, rest] };
}

/**
 * `quoted`: the lines that earlier witnesses have shown, to which this one adds its own; `explained`: what the line means is
 * told with it.
 */
export function witnessItem(
  w: Witness,
  composer: Composer,
  quoted: Set<number>,
  explained = false,
): ListItem {
  const { result, base, where } = composer;
  const rule = ruleById(base, w.rule);
  const [text = ''] = w.texts;
  const [first] = w.lines;
  const devices: Word[] = w.devices.length > 0 ? [{ kind: 'muted', text: `  ${deviceList(w.devices)}` }] : [];
  const tone =
    w.effect === 'lowers'
      ? ('good' as const)
      : w.strength === 'strong'
        ? ('bad' as const)
        : ('warn' as const);
  const against = w.effect === 'lowers' ? ['Against it: '] : [];
  if (w.rule === 'words') {
    const told = w.lines.map((no) => logLine(result, where, no, true));
    return { words: [text], tone, blocks: [{ kind: 'log', lines: told }] };
  }
  if (!rule) {
    const lines: Word[] = w.lines.length > 0 ? [' (', ...where.words(w.lines, 4), ')'] : [];
    return { words: [...against, { kind: 'code', text }, ...lines], tone, blocks: [] };
  }
  const note = rule.causes.find((c) => c.note && text.endsWith(` — ${c.note}`))?.note;
  const said = note ? text.slice(0, -note.length - 3) : text;
  const again = !rule.observe && first !== undefined && quoted.has(first);
  if (!rule.observe && first !== undefined) quoted.add(first);
  const blocks: Block[] = [];
  if (rule.observe) blocks.push(...observedBlocks(said));
  else if (first !== undefined && !again)
    blocks.push({ kind: 'log', lines: [logLine(result, where, first, true, said)] });
  const more = rule.observe || again ? w.lines : w.lines.slice(1);
  return {
    words: [...against, { kind: 'strong', text: rule.title }, ...devices],
    tone,
    ...(more.length > 0
      ? { aside: `${rule.observe || again ? '' : 'also '}${plainLines(where, more)}` }
      : {}),
    blocks: [
      ...blocks,
      ...(explained ? [meaning(rule, w, composer)] : []),
      // What a correlation found may say as much.
      ...(note && !said.includes(note) ? [{ kind: 'paragraph', words: [note] } as const] : []),
    ],
  };
}

function plainLines(where: Locator, lines: readonly number[]): string {
  return where
    .words(lines, 5)
    .map((w) => (typeof w === 'string' ? w : w.kind === 'line' ? w.label : ''))
    .join('');
}
