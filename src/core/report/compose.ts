// A Result becomes a Document: every section that the input has material for, in the order in which people read.
import type { Result, RuleBase } from '../model.ts';
import { fixesSection, missingSection, triedSection } from './advice.ts';
import type { Composer } from './composer.ts';
import type { Document, Section, SectionId } from './document.ts';
import {
  excerptsSection,
  factsSection,
  findingsSection,
  rawSection,
  timelineSection,
  uncataloguedSection,
} from './material.ts';
import { setupSection } from './setup.ts';
import { chainSection, othersSection, quietTitle, verdictSection } from './verdict.ts';
import { counted, createLocator } from './words.ts';

/** Lines quoted in front of and behind an evidence line, unless a size limit asks for less. */
export const AROUND = 3;

function noticesSection({ result }: Composer): Section {
  return {
    id: 'notices',
    title: 'Notes',
    blocks:
      result.notices.length > 0
        ? [
            {
              kind: 'list',
              ordered: false,
              items: result.notices.map((n) => ({ words: [n.text], tone: 'info', blocks: [] })),
            },
          ]
        : [],
  };
}

function footerSection({ result }: Composer, version: string): Section {
  const { input } = result;
  return {
    id: 'footer',
    title: '',
    blocks: [
      {
        kind: 'paragraph',
        tone: 'muted',
        words: [
          `pt-doctor ${version}: ${counted(input.lines, 'line')} read, ${counted(input.matched, 'known message')}.`,
        ],
      },
    ],
  };
}

const SECTIONS = {
  verdict: verdictSection,
  chain: chainSection,
  fixes: fixesSection,
  others: othersSection,
  setup: setupSection,
  timeline: timelineSection,
  notices: noticesSection,
  facts: factsSection,
  tried: triedSection,
  excerpts: (c, { around }) => excerptsSection(c, around),
  raw: rawSection,
  missing: missingSection,
  findings: findingsSection,
  uncatalogued: uncataloguedSection,
  footer: (c, { version }) => footerSection(c, version),
} as const satisfies Record<SectionId, (c: Composer, o: Required<ComposeOptions>) => Section>;

/** What each kind of reader gets: a first screen, everything, something to post, something to look at. */
const VIEWS = {
  brief: ['verdict', 'fixes', 'chain', 'others', 'setup', 'notices', 'tried', 'missing', 'footer'],
  verbose: [
    ...(['verdict', 'chain', 'fixes', 'others', 'setup', 'notices', 'tried', 'facts', 'excerpts'] as const),
    ...(['findings', 'uncatalogued', 'missing', 'footer'] as const),
  ],
  share: [
    ...([
      'verdict',
      'chain',
      'fixes',
      'others',
      'setup',
      'notices',
      'facts',
      'tried',
      'excerpts',
      'raw',
    ] as const),
    ...(['missing', 'uncatalogued', 'footer'] as const),
  ],
  page: [
    ...(['verdict', 'chain', 'fixes', 'timeline', 'others', 'setup', 'notices', 'facts', 'tried'] as const),
    ...(['excerpts', 'raw', 'missing', 'findings', 'uncatalogued', 'footer'] as const),
  ],
} as const satisfies Record<string, readonly SectionId[]>;

export type View = keyof typeof VIEWS;

export interface ComposeOptions {
  readonly version: string;
  readonly view: View;
  /** Lines quoted in front of and behind an evidence line. */
  readonly around?: number;
}

/** The document of a view: its sections in order, those without material left out. */
export function compose(result: Result, base: RuleBase, options: ComposeOptions): Document {
  const composer: Composer = {
    result,
    base,
    where: createLocator(result.input.sources),
    brief: options.view === 'brief',
  };
  const full = { around: AROUND, ...options };
  const [first] = result.diagnoses;
  return {
    title: first?.title ?? quietTitle(result),
    sections: VIEWS[options.view]
      .map((id) => SECTIONS[id](composer, full))
      .filter((section) => section.blocks.length > 0),
  };
}
