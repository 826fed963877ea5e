// Message templates: the format string of the source with typed holes, turned into a linear-time regular expression
// and into the literals that a line must hold. `{name:type}` captures, `{:type}` only matches, `{{` is a brace.
// `{name:a|b}` at the end is a whole word, `{:a|b}` may be the beginning of one.
import { BDF_PATTERN } from '../text/bdf.ts';
import { escapeRegExp } from '../text/escape-regexp.ts';
import { ERRNO_TEXTS } from '../text/strerror.ts';
import { bestLiterals, worth } from './literal.ts';

const ON =
  '(?:enabled|active|activated|available|present|on\\b|loaded|supported|detected|found|working|turned on|switched on|functional|running|in use|ready)';
const OFF =
  '(?:disabled|off\\b|turned off|switched off|unavailable|inactive|missing|absent|unsupported|deactivated)';

/** What a text that explains a message puts where a number or an address stands: `/dev/vfio/X`, `group <N>`, `0000:XX:00.0`. */
const SOME_NUMBER = '[XN]{1,4}(?![A-Za-z])|[xn]{1,3}(?![A-Za-z])|<[A-Za-z_# -]{1,20}>';
const SOME_ADDRESS = '(?:[0-9XxNn]{4}:)?[0-9A-Fa-fXxNn]{2}:[0-9A-Fa-fXxNn]{2}\\.[0-7XxNn]';

/** What a hole may hold, as the source of a regular expression. */
const HOLES = {
  bdf: `(?:${BDF_PATTERN}|${SOME_ADDRESS})`,
  /** PCI power state as pci_power_name() prints it, or its number in old kernels. */
  pstate: '(?:D[0-3](?:hot|cold)?|D3cold|D3hot|unknown|error|[0-5])',
  int: `(?:-?\\d{1,20}|${SOME_NUMBER})`,
  hex: '(?:0x)?[0-9a-fA-F]{1,32}',
  /** `vendor:device`, optionally `:subvendor:subdevice`. */
  id: '[0-9a-fA-F]{4}:[0-9a-fA-F]{4}(?::[0-9a-fA-F]{4}:[0-9a-fA-F]{4})?',
  driver: '[A-Za-z0-9_.-]{1,64}',
  /** Drivers of a host that hold what people give away. */
  'host-driver':
    '(?:nvidia(?:_drm|_modeset|_uvm)?|nouveau|amdgpu|radeon|i915|xe|snd_hda_intel|xhci[_-]hcd|xhci_pci|nvme|ahci|mpt3sas|megaraid_sas|ixgbe|i40e|igb|igc|e1000e|mlx5_core|iwlwifi)\\b',
  /** strerror() text: `Device or resource busy`, `Operation not permitted`. */
  errno: `(?:${ERRNO_TEXTS.join('|')}|[A-Z][A-Za-z0-9 ,/()'\u00a1-\uffff-]{2,60}|[\u00a1-\uffff][A-Za-z0-9 ,/()\u00a1-\uffff-]{1,60})`,
  /** %pR of a struct resource: `[mem 0xd0000000-0xdfffffff 64bit pref]`. */
  res: '\\[?(?:mem|io|bus|\\?\\?\\?)[^\\]]{0,80}\\]?',
  path: '[^\\s\'"`]{1,300}',
  /** The word for what works: `enabled`, `available`. */
  on: ON,
  /** The words for what does not: `not enabled`, `still unavailable`, `turned off`. */
  off: `(?:(?:currently|still|also|probably|apparently) )?(?:not (?:yet |currently |properly |correctly )?${ON}|${OFF})`,
  /** What is said of a remedy that worked, in the same sentence: `=off fixed`, `did the trick`, `works only`. */
  helped:
    '(?:[^.;]{0,60}\\b)?(?:fixe[sd]|solve[sd]|resolve[sd]|help(?:s|ed)|cure[sd]|worked|(?:did|does) the trick|needs|requires|works? only|only works?)\\b',
} as const;

type HoleType = keyof typeof HOLES;
/** `word`: up to white space; `text`: anything, up to the first occurrence of what follows. */
type OpenHole = 'word' | 'text';

type Part =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'hole'; readonly name: string; readonly type: HoleType | OpenHole }
  | { readonly kind: 'choice'; readonly name: string; readonly options: readonly string[] }
  /** `: {errno:errno}` at the end, which whoever quotes a message leaves out. */
  | { readonly kind: 'tail'; readonly name: string };

export class TemplateError extends Error {}

/** What ends a message that was quoted without its errno: the line's end, or a closing quotation mark. */
const QUOTED_SHORT = '(?=[\\s.,:;)\\]…]{0,4}$|["\'`”’»*]{1,2}(?![\\w:]))';

/** Makes `: {errno:errno}` at the end a tail, unless the hole before it lives on that text, or nothing but a path is left. */
function endInTail(parts: Part[]): void {
  const [before, text, last] = [parts.at(-3), parts.at(-2), parts.at(-1)];
  if (last?.kind !== 'hole' || last.type !== 'errno' || text?.kind !== 'literal') return;
  if (!text.text.endsWith(': ')) return;
  const rest = text.text.slice(0, -2);
  if (!rest && (!before || (before.kind === 'hole' && (before.type === 'text' || before.type === 'word'))))
    return;
  const words = parts
    .map((part) => (part.kind === 'literal' ? part.text : ''))
    .join('')
    .trim();
  if (!words.slice(0, -1).includes(' ')) return;
  const tail: Part = { kind: 'tail', name: last.name };
  parts.splice(-2, 2, ...(rest ? [{ kind: 'literal' as const, text: rest }] : []), tail);
}

const HOLE = /\{([a-z][a-z0-9_]*)?(?::([^{}]+))?\}/y;

/** Fixed text and holes of a template, in order. Throws TemplateError for a hole that is none. */
export function parseTemplate(template: string): Part[] {
  const parts: Part[] = [];
  let literal = '';
  const flush = () => {
    if (literal) parts.push({ kind: 'literal', text: literal });
    literal = '';
  };
  for (let i = 0; i < template.length; ) {
    const two = template.slice(i, i + 2);
    if (two === '{{' || two === '}}') {
      literal += two[0];
      i += 2;
      continue;
    }
    if (template[i] !== '{') {
      literal += template[i++];
      continue;
    }
    HOLE.lastIndex = i;
    const hole = HOLE.exec(template);
    if (!hole) throw new TemplateError(`not a hole at "${template.slice(i, i + 20)}"; write {{ for a brace`);
    flush();
    const [whole, name = '', type = 'text'] = hole;
    if (type.includes('|')) parts.push({ kind: 'choice', name, options: type.split('|') });
    else if (type === 'word' || type === 'text' || type in HOLES)
      parts.push({ kind: 'hole', name, type: type as HoleType | OpenHole });
    else
      throw new TemplateError(
        `no hole type "${type}"; known: ${[...Object.keys(HOLES), 'word', 'text', 'a|b|c'].join(', ')}`,
      );
    i += whole.length;
  }
  flush();
  endInTail(parts);
  for (const [i, part] of parts.entries()) {
    if (part.kind !== 'hole' || part.type !== 'text') continue;
    if (parts[i + 1] && parts[i + 1]?.kind !== 'literal')
      throw new TemplateError(
        'a text hole needs fixed text (or nothing) behind it, else matching is not linear',
      );
  }
  return parts;
}

/** A regular expression in which `{:type}` stands for what a hole of a template may hold; one that is none stays, for the lint. */
export const withHoles = (regex: string): string =>
  regex.replace(/\{:([a-z-]+)\}/g, (hole, type: string) => (type in HOLES ? HOLES[type as HoleType] : hole));

/** Runs of two or more blanks may differ between versions and wrappers; a single one may have become a tab. */
const literalSource = (s: string) => escapeRegExp(s).replace(/ {2,}/g, '[ \\t]+');

/** Source of the regular expression of a template. Open holes never run over the literal behind them: no backtracking. */
export function templateSource(template: string): string {
  const parts = parseTemplate(template);
  const group = (name: string, source: string) => (name ? `(?<${name}>${source})` : source);
  return parts
    .map((part, i) => {
      if (part.kind === 'literal') return literalSource(part.text);
      if (part.kind === 'tail') return `(?:: ${group(part.name, HOLES.errno)}|${QUOTED_SHORT})`;
      if (part.kind === 'choice') {
        // Captured at the end, `xe` is no beginning of `xenlight`, and `nvidia` still one of `nvidia_uvm`.
        const last = part.name !== '' && i === parts.length - 1;
        const whole = (option: string) => (last && /[A-Za-z0-9]$/.test(option) ? '(?![A-Za-z0-9])' : '');
        const options = part.options.map((option) => escapeRegExp(option) + whole(option));
        return group(part.name, `(?:${options.join('|')})`);
      }
      if (part.type !== 'word' && part.type !== 'text') return group(part.name, HOLES[part.type]);
      const next = parts[i + 1];
      const stop = next?.kind === 'literal' ? `(?!${literalSource(next.text)})` : '';
      const [unit, max] = part.type === 'word' ? ['\\S', 200] : ['.', 400];
      const min = part.type === 'word' ? 1 : 0;
      return group(part.name, stop ? `(?:${stop}${unit}){${min},${max}}` : `${unit}{${min},${max}}`);
    })
    .join('');
}

/** So many literals are worth it for a template whose fixed text is short on its own. */
const MOST_LITERALS = 8;

/** The best piece of a text; blanks that may stretch cut it. */
function bestPiece(text: string): string {
  return text.split(/ {2,}/).reduce((best, piece) => (worth(piece) > worth(best) ? piece : best), '');
}

/**
 * Literals of which a matching line holds at least one: the pre-filter. Most templates have one, the fixed text with the
 * rarest words; where choices stand around it, they are spelled out: `DPC: {ERR_FATAL|ERR_NONFATAL} detected` is reached by
 * two literals, and not by each line with " detected".
 */
export function templateLiterals(template: string): string[] {
  const parts = parseTemplate(template).map((part) =>
    part.kind === 'literal' ? [part.text] : part.kind === 'choice' ? part.options : undefined,
  );
  return bestLiterals(parts, MOST_LITERALS, bestPiece);
}

/** The names that a template captures. */
export function templateNames(template: string): string[] {
  return parseTemplate(template).flatMap((p) => (p.kind !== 'literal' && p.name ? [p.name] : []));
}

/** A typical value of each hole, none of which is a word of a message. */
const SAMPLES: Readonly<Record<HoleType | OpenHole, string>> = {
  bdf: '0000:0b:00.0',
  pstate: 'D3hot',
  int: '4711',
  hex: '0x1f',
  id: '10de:2204',
  driver: 'drvname',
  'host-driver': 'nouveau',
  errno: 'Device or resource busy',
  res: '[mem 0xd0000000-0xdfffffff 64bit pref]',
  path: '/some/path',
  on: 'enabled',
  off: 'not enabled',
  helped: 'fixed',
  word: 'someword',
  text: 'Some other text',
};

/** A message that the template matches. */
export function templateSample(template: string): string {
  return parseTemplate(template)
    .map((part) => {
      if (part.kind === 'literal') return part.text;
      if (part.kind === 'tail') return `: ${SAMPLES.errno}`;
      return part.kind === 'choice' ? part.options[0] : SAMPLES[part.type];
    })
    .join('');
}
