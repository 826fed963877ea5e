// What a report is made of: sections of blocks, blocks of words. No markup and no colour here: each output format is a
// walk over these types. Text that came out of a log stands only in `log`, `code` blocks and `code` words.
import type { Bdf, Confidence, Risk } from '../model.ts';

/** A piece of running text. A plain string is our own wording. */
export type Word =
  | string
  | { readonly kind: 'strong' | 'muted' | 'code'; readonly text: string }
  /** Id of a rule, cause or fix: linked to its explanation where the medium can. */
  | { readonly kind: 'id'; readonly id: string }
  /** A line of the input: `label` says it to a reader (`dmesg.log:4`), `no` counts over all files. */
  | { readonly kind: 'line'; readonly no: number; readonly label: string };
export type Words = readonly Word[];

export type Tone = 'bad' | 'warn' | 'info' | 'good' | 'muted';

export interface LogLine {
  readonly no: number;
  readonly label: string;
  readonly text: string;
  /** The line speaks of the fault; the others are its surroundings. */
  readonly mark: boolean;
}

/** One box of the causal picture. */
export interface ChainStep {
  readonly id: string;
  readonly title: string;
  /** 0 is the root; a step follows from the nearest one above it with a smaller depth. */
  readonly depth: number;
  readonly why?: string;
  readonly lines: Words;
  readonly devices: readonly Bdf[];
  /** The cause that the verdict names. */
  readonly verdict: boolean;
}

export interface TimelineEvent {
  /** Seconds; on the wall clock since the epoch, else since boot. */
  readonly at: number;
  readonly tone: Tone;
  readonly title: string;
  readonly count: number;
  /** The newest of several: a dot of its own, but no line of its own in the list. */
  readonly again: boolean;
  readonly no: number;
  readonly label: string;
}

export type Block =
  | {
      readonly kind: 'verdict';
      readonly title: string;
      readonly id: string;
      readonly confidence: Confidence;
      readonly devices: readonly Bdf[];
    }
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'paragraph'; readonly words: Words; readonly tone?: Tone }
  | { readonly kind: 'list'; readonly ordered: boolean; readonly items: readonly ListItem[] }
  | {
      readonly kind: 'table';
      readonly head: readonly string[];
      readonly rows: readonly (readonly Words[])[];
    }
  | { readonly kind: 'code'; readonly language: 'console' | 'text'; readonly lines: readonly string[] }
  | { readonly kind: 'log'; readonly lines: readonly LogLine[] }
  | { readonly kind: 'chain'; readonly steps: readonly ChainStep[] }
  | {
      readonly kind: 'timeline';
      readonly clock: 'monotonic' | 'wall';
      readonly lanes: readonly { readonly label: string; readonly events: readonly TimelineEvent[] }[];
    };

export interface ListItem {
  readonly words: Words;
  readonly tone?: Tone;
  /** Said behind the words in small print: risk, need of a restart, count. */
  readonly aside?: string;
  readonly blocks: readonly Block[];
}

export type SectionId =
  | 'verdict'
  | 'chain'
  | 'fixes'
  | 'others'
  | 'setup'
  | 'timeline'
  | 'notices'
  | 'facts'
  | 'tried'
  | 'excerpts'
  | 'raw'
  | 'missing'
  | 'findings'
  | 'uncatalogued'
  | 'footer';

/** Long material that only helpers read: folded away where a medium can. */
export const FOLDED: ReadonlySet<Section['id']> = new Set(['raw', 'findings', 'uncatalogued']);

export interface Section {
  readonly id: SectionId | 'explain';
  /** Empty for the first and the last section, which stand without a heading. */
  readonly title: string;
  readonly blocks: readonly Block[];
}

export interface Document {
  readonly title: string;
  readonly sections: readonly Section[];
}

export const RISK_WORDS = {
  none: 'no risk',
  low: 'low risk',
  medium: 'medium risk',
  high: 'high risk',
} as const satisfies Record<Risk, string>;

export const CONFIDENCE_WORDS = {
  likely: 'likely',
  possible: 'possible',
  remote: 'a remote possibility',
} as const satisfies Record<Confidence, string>;

/** The words without any markup. */
export function plain(words: Words): string {
  return words
    .map((w) => {
      if (typeof w === 'string') return w;
      if (w.kind === 'id') return w.id;
      return w.kind === 'line' ? w.label : w.text;
    })
    .join('');
}

/** `label`: the name of an input file and a line number. */
type Mapper = (text: string, place: 'text' | 'label') => string;

function mapWords(words: Words, f: Mapper): Words {
  return words.map((w): Word => {
    if (typeof w === 'string') return f(w, 'text');
    if (w.kind === 'id') return w;
    return w.kind === 'line' ? { ...w, label: f(w.label, 'label') } : { ...w, text: f(w.text, 'text') };
  });
}

function mapBlock(block: Block, f: Mapper): Block {
  switch (block.kind) {
    case 'verdict':
      return { ...block, title: f(block.title, 'text') };
    case 'heading':
      return { ...block, text: f(block.text, 'text') };
    case 'paragraph':
      return { ...block, words: mapWords(block.words, f) };
    case 'list':
      return {
        ...block,
        items: block.items.map((i) => ({
          ...i,
          words: mapWords(i.words, f),
          blocks: i.blocks.map((b) => mapBlock(b, f)),
        })),
      };
    case 'table':
      return { ...block, rows: block.rows.map((row) => row.map((cell) => mapWords(cell, f))) };
    case 'code':
      return { ...block, lines: block.lines.map((l) => f(l, 'text')) };
    case 'log':
      return {
        ...block,
        lines: block.lines.map((l) => ({ ...l, label: f(l.label, 'label'), text: f(l.text, 'text') })),
      };
    case 'chain':
      return {
        ...block,
        steps: block.steps.map((s) => ({
          ...s,
          title: f(s.title, 'text'),
          lines: mapWords(s.lines, f),
          ...(s.why ? { why: f(s.why, 'text') } : {}),
        })),
      };
    case 'timeline':
      return {
        ...block,
        lanes: block.lanes.map((lane) => ({
          label: f(lane.label, 'label'),
          events: lane.events.map((e) => ({ ...e, title: f(e.title, 'text'), label: f(e.label, 'label') })),
        })),
      };
  }
}

/** The same document with `f` applied to every text that may come from the input. */
export function mapDocument(document: Document, f: Mapper): Document {
  return {
    title: f(document.title, 'text'),
    sections: document.sections.map((s) => ({ ...s, blocks: s.blocks.map((b) => mapBlock(b, f)) })),
  };
}
