// /etc/default/grub and /etc/default/grub.d as the shell of grub-mkconfig reads them: plain assignments only. A value that a
// command computes is left alone and reported, never guessed.
import { type Draft, drafted, draftText } from '../draft.ts';
import { type ArgEdit, editTokens, missingArgs } from '../edit.ts';
import { type Host, resolvePath } from '../host.ts';

export const GRUB_FILE = '/etc/default/grub';
export const GRUB_FOLDER = '/etc/default/grub.d';
export const COMPUTED = `${GRUB_FILE} computes the command line; pt-doctor can't edit that safely`;

interface Assignment {
  readonly file: string;
  readonly name: string;
  /** The whole right side with its quotes, and where it stands in the text. */
  readonly raw: string;
  readonly at: number;
}

const ASSIGNMENT =
  /^[ \t]*(?:export[ \t]+)?(GRUB_CMDLINE_LINUX(?:_DEFAULT)?)=("(?:[^"\\]|\\.)*"|'[^']*'|[^\s#;]*)/gm;

/** The files in the order in which they are read. Only Debian's GRUB reads the folder. */
export function grubFiles(host: Host): string[] {
  const names = host.list(resolvePath(host, GRUB_FOLDER)).filter((n) => n.endsWith('.cfg'));
  return [GRUB_FILE, ...names.map((n) => `${GRUB_FOLDER}/${n}`)];
}

/** Every `NAME=value` of the files as drafted, in order; `raw` has its quotes, `at` is its offset in the file's text. */
export function assignments(draft: Draft, files: readonly string[]): Assignment[] {
  return files.flatMap((file) =>
    [...(drafted(draft, file) ?? '').matchAll(ASSIGNMENT)].map((m) => {
      const [all, name = '', raw = ''] = m;
      return { file, name, raw, at: (m.index ?? 0) + all.length - raw.length };
    }),
  );
}

function unquote(raw: string): string {
  if (raw.startsWith("'")) return raw.slice(1, -1);
  return (raw.startsWith('"') ? raw.slice(1, -1) : raw).replace(/\\(["\\$`])/g, '$1');
}

/** The tokens of both variables after all files; undefined when a value is computed by a command or another variable. */
export function grubTokens(draft: Draft, files: readonly string[]): string[] | undefined {
  const values = new Map<string, string>();
  for (const { name, raw } of assignments(draft, files)) {
    let text = unquote(raw);
    if (!raw.startsWith("'")) {
      text = text.replaceAll(
        /\$(?:\{(GRUB_CMDLINE_LINUX(?:_DEFAULT)?)\}|(GRUB_CMDLINE_LINUX(?:_DEFAULT)?)\b)/g,
        (_all, braced?: string, plain?: string) => values.get(braced ?? plain ?? '') ?? '',
      );
      if (/[$`]/.test(text)) return undefined;
    }
    values.set(name, text);
  }
  return ['GRUB_CMDLINE_LINUX', 'GRUB_CMDLINE_LINUX_DEFAULT'].flatMap((n) =>
    (values.get(n) ?? '').split(/\s+/).filter(Boolean),
  );
}

/** Edits the words between the quotes; spaces and words that are not concerned stay as they are. */
export function editWords(words: string, edit: ArgEdit): string {
  const parts = words.split(/(\s+)/);
  const tokens = parts.filter((p) => /\S/.test(p));
  const kept = new Set(editTokens(tokens, { add: [], remove: edit.remove }));
  const left = new Set(editTokens([...kept], edit));
  let text = '';
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] ?? '';
    if (!/\S/.test(part) || left.has(part)) text += part;
    // A word goes with the space before it, the first one with the space behind.
    else if (text === '') i++;
    else text = text.replace(/\s+$/, '');
  }
  const missing = missingArgs(tokens, edit.add);
  if (missing.length === 0) return text;
  return /\S$/.test(text) ? `${text} ${missing.join(' ')}` : `${text}${missing.join(' ')}`;
}

/** Applies `edit` to one assignment, keeping its quotes. A value that needs quotes and has none gets double ones. */
export function editAssignment(draft: Draft, a: Assignment, edit: ArgEdit): boolean {
  const text = drafted(draft, a.file) ?? '';
  const quote = /^["']/.exec(a.raw)?.[0] ?? '';
  const inner = quote === '' ? a.raw : a.raw.slice(1, -1);
  const words = editWords(inner, edit);
  if (words === inner) return false;
  const used = quote === '' && /\s/.test(words) ? '"' : quote;
  return draftText(
    draft,
    a.file,
    `${text.slice(0, a.at)}${used}${words}${used}${text.slice(a.at + a.raw.length)}`,
  );
}

/** Takes out what `edit` removes or replaces, wherever it stands. */
export function removeEverywhere(draft: Draft, files: readonly string[], edit: ArgEdit): boolean {
  let changed = false;
  for (const file of files) {
    // From the last to the first, so that earlier positions stay right.
    for (const a of assignments(draft, [file]).reverse()) {
      const words = (/^["']/.test(a.raw) ? a.raw.slice(1, -1) : a.raw).split(/\s+/).filter(Boolean);
      const kept = editTokens(words, edit).filter((t) => words.includes(t));
      const gone = words.filter((w) => !kept.includes(w));
      if (gone.length > 0) changed = editAssignment(draft, a, { add: [], remove: gone }) || changed;
    }
  }
  return changed;
}

/** Edits /etc/default/grub. A text is why that can't be done. */
export function editGrubFile(draft: Draft, edit: ArgEdit): string | undefined {
  if (grubTokens(draft, [GRUB_FILE]) === undefined) return COMPUTED;
  const removed = removeEverywhere(draft, [GRUB_FILE], edit);
  const missing = missingArgs(grubTokens(draft, [GRUB_FILE]) ?? [], edit.add);
  if (removed || missing.length > 0) draft.loaderChanged = true;
  if (missing.length === 0) return undefined;
  const all = assignments(draft, [GRUB_FILE]);
  const line =
    all.findLast((a) => a.name === 'GRUB_CMDLINE_LINUX_DEFAULT') ??
    all.findLast((a) => a.name === 'GRUB_CMDLINE_LINUX');
  if (!line) return `${GRUB_FILE} has no GRUB_CMDLINE_LINUX_DEFAULT line`;
  editAssignment(draft, line, { add: missing, remove: [] });
  return undefined;
}
