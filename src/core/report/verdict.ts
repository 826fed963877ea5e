// The first section: what is wrong, and how one thing led to the other. And the other causes, in short.
import { CHECK_FAILED, isPartial } from '../engine/notices.ts';
import type { Bdf, Consequence, Diagnosis, Finding, Result } from '../model.ts';
import { ruleById } from '../rules/by-id.ts';
import { fill } from '../text/fill.ts';
import type { Composer } from './composer.ts';
import type { Block, ChainStep, ListItem, Section, Word } from './document.ts';
import { witnesses, witnessItem } from './evidence.ts';
import { aboutDevice, checkWords, counted, deviceList, type Locator, logLine } from './words.ts';

const MAX_DEVICES = 8;
const MAX_EVIDENCE = 8;
const BRIEF_EVIDENCE = 4;

function step(c: Consequence, depth: number, where: Locator): ChainStep {
  return {
    id: c.cause,
    title: c.title,
    depth,
    lines: where.words(c.lines, 4),
    devices: c.devices,
    verdict: false,
    ...(c.why ? { why: c.why } : {}),
  };
}

/** What brought the cause about, the cause, what follows from it. One box alone is no chain. */
function chainOf(d: Diagnosis, where: Locator): readonly ChainStep[] {
  const raised = [...new Set(d.evidence.filter((e) => e.effect === 'raises').flatMap((e) => e.lines))];
  // The reason belongs to the arrow, so it is told where the arrow ends.
  const behind = d.broughtAboutBy
    .filter((c) => !d.leadsTo.some((l) => l.cause === c.cause))
    .map(({ why: _, ...c }) => step(c, 0, where));
  const why = behind.length > 0 ? d.broughtAboutBy.find((c) => c.cause === behind[0]?.id)?.why : undefined;
  const depth = behind.length > 0 ? 1 : 0;
  const steps = [
    ...behind,
    {
      id: d.cause,
      title: d.title,
      depth,
      lines: where.words(
        raised.sort((a, b) => a - b),
        4,
      ),
      devices: d.devices,
      verdict: true,
      ...(why ? { why } : {}),
    },
    ...d.leadsTo.map((c) => step(c, depth + 1, where)),
  ];
  return steps.length > 1 ? steps : [];
}

function verdictBlocks(d: Diagnosis, composer: Composer): Block[] {
  const { result } = composer;
  const blocks: Block[] = [
    { kind: 'verdict', title: d.title, id: d.cause, confidence: d.confidence, devices: d.devices },
    { kind: 'paragraph', words: [d.why] },
  ];
  const alike = new Map<string, Bdf[]>();
  for (const bdf of d.devices) {
    const about = aboutDevice(bdf, result.facts).join(' · ');
    if (about !== '') alike.set(about, [...(alike.get(about) ?? []), bdf]);
  }
  if (alike.size > 0)
    blocks.push({
      kind: 'list',
      ordered: false,
      items: [...alike].slice(0, MAX_DEVICES).map(([about, devices]) => ({
        words: [{ kind: 'strong', text: deviceList(devices) }, '  ', { kind: 'code', text: about }],
        tone: 'muted',
        blocks: [],
      })),
    });
  if (alike.size > MAX_DEVICES)
    blocks.push({ kind: 'paragraph', words: [`and ${alike.size - MAX_DEVICES} more`], tone: 'muted' });
  const all = witnesses(d.evidence);
  if (all.length > 0) {
    blocks.push({ kind: 'heading', text: 'Why we think so' });
    const shown = composer.brief ? BRIEF_EVIDENCE : MAX_EVIDENCE;
    const quoted = new Set<number>();
    const foremost = all.find((w) => w.effect === 'raises');
    const items = all.slice(0, shown).map((w) => witnessItem(w, composer, quoted, w === foremost));
    blocks.push({ kind: 'list', ordered: false, items });
    if (all.length > shown)
      blocks.push({
        kind: 'paragraph',
        words: [
          `and ${counted(all.length - shown, 'further sign')}${composer.brief ? ': --verbose shows all' : ''}`,
        ],
        tone: 'muted',
      });
  }
  if (d.confirm.length > 0 && !(composer.brief && d.confidence === 'likely'))
    blocks.push(
      { kind: 'heading', text: 'How to make sure' },
      {
        kind: 'list',
        ordered: false,
        items: d.confirm.map((c) => ({ words: checkWords(c, 'should'), tone: 'muted', blocks: [] })),
      },
    );
  return blocks;
}

export function chainSection({ result, where }: Composer): Section {
  const [first] = result.diagnoses;
  const steps = first ? chainOf(first, where) : [];
  return {
    id: 'chain',
    title: 'How one thing led to the other',
    blocks: steps.length > 0 ? [{ kind: 'chain', steps }] : [],
  };
}

const says = ({ notices }: Result, code: string) => notices.some((n) => n.code === code);
const isLog = (result: Result) => !says(result, 'no-log');

/** The first words of a report without a cause: an input that is no log is not healthy either. */
export function quietTitle(result: Result): string {
  if (!isLog(result)) return 'Nothing here is a log that pt-doctor knows';
  const where = isPartial(result) ? ' in what could be read' : '';
  if (!says(result, CHECK_FAILED)) return `No passthrough fault found${where}`;
  return `No passthrough fault found${where || ' in the logs'}, but checks of the host fail`;
}

const isFine = (result: Result) => isLog(result) && !isPartial(result) && !says(result, CHECK_FAILED);

/** So few messages that may be worth reading stand in the verdict itself. */
const FEW = 3;

/** A message that no cause is named for, with what it means. */
function worthItem({ rule: id, severity, device, lines, text }: Finding, composer: Composer): ListItem {
  const { result, base, where } = composer;
  const rule = ruleById(base, id);
  const about = device ? [device] : [];
  const [first] = lines;
  const devices: Word[] = device ? [{ kind: 'muted', text: `  ${deviceList(about)}` }] : [];
  return {
    words: [{ kind: 'strong', text: rule?.title ?? id }, '  ', { kind: 'id', id }, ...devices],
    tone: severity === 'error' ? 'bad' : 'warn',
    blocks: [
      ...(first === undefined
        ? []
        : [{ kind: 'log' as const, lines: [logLine(result, where, first, true, text)] }]),
      { kind: 'paragraph', words: [fill(rule?.means ?? '', about)] },
    ],
  };
}

function quiet(composer: Composer): Block[] {
  const { result, base, brief } = composer;
  const { input, findings } = result;
  // What is suspicious in the setup has a section of its own.
  const worth = findings.filter(
    ({ severity, rule }) =>
      (severity === 'error' || severity === 'warning') && !ruleById(base, rule)?.observe,
  );
  const shown = worth.length <= FEW ? ':' : brief ? ': --verbose shows them.' : '.';
  const text = `${quietTitle(result)}.`;
  const blocks: Block[] = [
    {
      kind: 'paragraph',
      words: [{ kind: 'strong', text }],
      ...(isFine(result) ? (worth.length === 0 ? { tone: 'good' } : {}) : { tone: 'warn' }),
    },
  ];
  if (input.lines > 0)
    blocks.push({
      kind: 'paragraph',
      words: [
        `${counted(input.lines, 'line')} read, ${counted(input.matched, 'line')} known, ${input.benign} harmless.`,
        ...(worth.length > 0 ? [` ${counted(worth.length, 'message')} may be worth reading${shown}`] : []),
      ],
      tone: 'muted',
    });
  if (worth.length > 0 && worth.length <= FEW)
    blocks.push({ kind: 'list', ordered: false, items: worth.map((f) => worthItem(f, composer)) });
  return blocks;
}

export function verdictSection(composer: Composer): Section {
  const [first] = composer.result.diagnoses;
  return {
    id: 'verdict',
    title: '',
    blocks: first ? verdictBlocks(first, composer) : quiet(composer),
  };
}

/** Further causes, one line each with their best evidence. `remote` ones only say their name. */
export function othersSection(composer: Composer): Section {
  const { result, where } = composer;
  const items = result.diagnoses.slice(1, 9).map((d): ListItem => {
    const best = witnesses(d.evidence).filter((w) => w.effect === 'raises')[0];
    const no = best?.lines[0];
    const fix = d.fixes.find((f) => !f.alreadySet);
    return {
      words: [{ kind: 'strong', text: d.title }, '  ', { kind: 'id', id: d.cause }],
      aside: [d.confidence, ...(d.devices.length > 0 ? [deviceList(d.devices)] : [])].join(' · '),
      tone: d.confidence === 'remote' ? 'muted' : 'warn',
      blocks:
        no === undefined || d.confidence === 'remote'
          ? []
          : [
              { kind: 'log', lines: [logLine(result, where, no, true)] },
              ...(fix
                ? [
                    {
                      kind: 'paragraph' as const,
                      words: ['First: ', fix.title, ' ', { kind: 'id' as const, id: fix.id }],
                      tone: 'muted' as const,
                    },
                  ]
                : []),
            ],
    };
  });
  return {
    id: 'others',
    title: 'Also seen',
    blocks: items.length > 0 ? [{ kind: 'list', ordered: false, items }] : [],
  };
}
