// Reports for other eyes from the command line: format or place, limit, parts, output file, masking.
import { writeFile } from 'node:fs/promises';
import type { Result, RuleBase } from '../core/model.ts';
import { sizeOf } from '../core/report/fit.ts';
import { htmlFile } from '../core/report/html-file.ts';
import { FORMATS, type Limit, PLACES, type Place, type PlaceName } from '../core/report/places.ts';
import { post, postInParts, type ShareOptions, shareable } from '../core/report/share.ts';
import { UserError } from '../core/user-error.ts';
import { reason } from '../node/reason.ts';

export type ShareFormat = 'markdown' | 'bbcode' | 'text' | 'html';

export interface ShareFlags {
  readonly for?: PlaceName;
  readonly limit?: string;
  readonly split?: boolean;
  /** False with --no-redact. */
  readonly redact?: boolean;
  readonly redactAlso?: readonly string[];
}

/** `10000`, `10000c` (characters) or `64k`, `65535b` (bytes). */
export function limitOption(text: string | undefined): Limit | undefined {
  if (text === undefined) return undefined;
  const [, digits, kilo, unit] = /^(\d{1,9})(k?)([cb]?)$/i.exec(text) ?? [];
  const size = Number(digits) * (kilo ? 1000 : 1);
  if (!digits || size < 200)
    throw new UserError(
      `--limit ${text}: not a size`,
      'Use a number of characters such as 10000 or 10000c, or of bytes such as 65535b; 200 is the least.',
    );
  return { size, unit: unit?.toLowerCase() === 'b' ? 'bytes' : 'characters' };
}

function placeOf(format: ShareFormat | undefined, flags: ShareFlags): Place {
  if (flags.for === undefined) return FORMATS[format === 'html' || !format ? 'markdown' : format];
  const place: Place = PLACES[flags.for];
  if (format && format !== place.format)
    throw new UserError(
      `--for ${flags.for} is written in ${place.format}, not in ${format}`,
      'Leave --format out, or leave --for out.',
    );
  return place;
}

/** The report as the texts of one or several files. */
export function shareTexts(
  result: Result,
  base: RuleBase,
  version: string,
  format: ShareFormat | undefined,
  flags: ShareFlags,
): readonly string[] {
  const options: ShareOptions = { version, redact: flags.redact !== false, also: flags.redactAlso ?? [] };
  const limit = limitOption(flags.limit);
  if (format === 'html') {
    if (flags.for) throw new UserError(`--for ${flags.for} takes no HTML`, 'Leave one of the two out.');
    if (limit ?? flags.split)
      throw new UserError('--limit and --split are for texts to post, not for HTML', 'Leave them out.');
    return [htmlFile(shareable(result, base, 'page', options).document)];
  }
  const place = placeOf(format, flags);
  const most = limit ?? place.limit;
  if (!flags.split) return [post(result, base, place, options, most)];
  if (!most) throw new UserError('--split needs a size', 'Add --limit 10000, or --for a place that has one.');
  return postInParts(result, base, place, options, most);
}

/** `report.md`, or `report-1.md`, `report-2.md` for parts. Answers the names. */
export async function writeTexts(path: string, texts: readonly string[]): Promise<readonly string[]> {
  const dot = path.lastIndexOf('.') > path.lastIndexOf('/') + 1 ? path.lastIndexOf('.') : path.length;
  const names = texts.map((_, i) =>
    texts.length === 1 ? path : `${path.slice(0, dot)}-${i + 1}${path.slice(dot)}`,
  );
  for (const [i, name] of names.entries())
    try {
      await writeFile(name, texts[i] ?? '');
    } catch (error) {
      throw new UserError(`${name}: ${reason(error)}`, 'Check that the folder exists and can be written.', 3);
    }
  return names;
}

/** `report.md: 8,120 characters`. */
export const sizeText = (name: string, text: string) =>
  `${name}: ${sizeOf(text, 'characters').toLocaleString('en')} characters\n`;
