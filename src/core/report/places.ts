// Where a report is posted decides its markup and its size limit. Where a limit is not certain, `sure` says so.
import { type BbcodeFlavor, bbcode } from './bbcode.ts';
import { type MarkdownFlavor, markdown } from './markdown.ts';
import type { Markup } from './markup.ts';
import { text } from './text.ts';

export interface Limit {
  readonly size: number;
  readonly unit: 'characters' | 'bytes';
}

export type PostFormat = 'markdown' | 'bbcode' | 'text';

export interface Place {
  readonly name: string;
  readonly format: PostFormat;
  readonly markup: Markup;
  readonly limit?: Limit;
}

const XENFORO: BbcodeFlavor = {
  heading: (t, level) => `[heading=${level}]${t}[/heading]`,
  inline: 'icode',
  spoiler: true,
};
const FLUXBB: BbcodeFlavor = { heading: (t) => `[h]${t}[/h]`, spoiler: false };
const INVISION: BbcodeFlavor = {
  heading: (t, level) => (level === 1 ? `[size=5][b]${t}[/b][/size]` : `[b]${t}[/b]`),
  spoiler: true,
};
const GITHUB: MarkdownFlavor = { code: 'fence', tables: true, mermaid: true, details: true };
const DISCOURSE: MarkdownFlavor = { code: 'fence', tables: true, mermaid: false, details: true };
/** Old Reddit knows no fences. */
const REDDIT: MarkdownFlavor = { code: 'indent', tables: true, mermaid: false, details: false };

const characters = (size: number): Limit => ({ size, unit: 'characters' });

export const PLACES = {
  proxmox: { name: 'Proxmox forum', format: 'bbcode', markup: bbcode(XENFORO), limit: characters(10_000) },
  reddit: { name: 'Reddit post', format: 'markdown', markup: markdown(REDDIT), limit: characters(40_000) },
  'reddit-comment': {
    name: 'Reddit comment',
    format: 'markdown',
    markup: markdown(REDDIT),
    limit: characters(10_000),
  },
  level1techs: {
    name: 'Level1Techs',
    format: 'markdown',
    markup: markdown(DISCOURSE),
    limit: characters(32_000),
  },
  arch: {
    name: 'Arch BBS',
    format: 'bbcode',
    markup: bbcode(FLUXBB),
    limit: { size: 1_048_576, unit: 'bytes' },
  },
  unraid: { name: 'Unraid forum', format: 'bbcode', markup: bbcode(INVISION) },
  // GitHub's API: "Body is too long (maximum is 65536 characters)".
  github: { name: 'GitHub', format: 'markdown', markup: markdown(GITHUB), limit: characters(65_536) },
} as const satisfies Record<string, Place>;

export type PlaceName = keyof typeof PLACES;

/** A format without a place: what is understood most widely, and no limit. */
export const FORMATS = {
  markdown: { name: 'Markdown', format: 'markdown', markup: markdown({ ...DISCOURSE, details: false }) },
  bbcode: {
    name: 'BBCode',
    format: 'bbcode',
    markup: bbcode({ heading: (t) => `[b]${t}[/b]`, spoiler: false }),
  },
  text: { name: 'plain text', format: 'text', markup: text },
} as const satisfies Record<PostFormat, Place>;
