// /etc/modprobe.d as modprobe reads it: which files count, in which order, what each line says; and edits by token.

import { MODPROBE_FOLDERS, type ModprobeLine, modprobeLines } from '../text/modprobe.ts';
import { moduleName } from '../text/module-name.ts';
import { exists, type Host, readText, resolvePath } from './host.ts';

export const OWN_FILE = '/etc/modprobe.d/pt-doctor.conf';

/** One directive of the host; `module` has `_` for `-`. */
export interface Directive extends ModprobeLine {
  readonly file: string;
}

/** The files that count, in the order in which modprobe reads them. */
export function modprobeFiles(host: Host): string[] {
  const byName = new Map<string, string>();
  const seen = new Set<string>();
  for (const folder of MODPROBE_FOLDERS) {
    const real = resolvePath(host, folder);
    if (seen.has(real)) continue;
    seen.add(real);
    for (const name of host.list(real))
      if (name.endsWith('.conf') && !byName.has(name)) byName.set(name, `${folder}/${name}`);
  }
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path);
}

/** Every directive, in reading order. `read` may show drafted text instead of what is on the disk. */
export function readDirectives(
  host: Host,
  read: (path: string) => string | undefined = (p) => readText(host, p),
): Directive[] {
  const files = modprobeFiles(host);
  if (!exists(host, OWN_FILE) && read(OWN_FILE) !== undefined) files.push(OWN_FILE);
  return files
    .sort((a, b) => (fileName(a) < fileName(b) ? -1 : 1))
    .flatMap((file) =>
      modprobeLines(read(file) ?? '').map((d) => ({ ...d, file, module: moduleName(d.module) })),
    );
}

export function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export interface OptionUse {
  readonly file: string;
  readonly line: number;
  readonly value: string;
}

/** Where `option` of `module` is set; the last one wins in the kernel. */
export function optionUses(directives: readonly Directive[], module: string, option: string): OptionUse[] {
  return directives
    .filter((d) => d.command === 'options' && d.module === moduleName(module))
    .flatMap(({ file, line, words }) =>
      words.flatMap((word) => {
        const [name = '', ...value] = word.split('=');
        return moduleName(name) === moduleName(option)
          ? [{ file, line, value: value.length === 0 ? '1' : value.join('=').replace(/^"|"$/g, '') }]
          : [];
      }),
    );
}

/** The kernel reads y, Y, 1, on and n, N, 0, off as booleans; other values are compared as they stand. */
export function sameValue(a: string, b: string): boolean {
  const plain = (v: string) => (/^(?:[yY1]|on)$/.test(v) ? '1' : /^(?:[nN0]|off)$/.test(v) ? '0' : v);
  return plain(a) === plain(b);
}

/** The text with the last `option=` of `options module` given another value; only that token changes. */
export function replaceOption(text: string, module: string, option: string, value: string): string {
  const lines = text.split('\n');
  let last: number | undefined;
  const name = (s: string) => s.replace(/[-_]/g, '[-_]');
  const head = new RegExp(`^\\s*options\\s+${name(module)}(?=\\s)`);
  const token = new RegExp(`(\\s${name(option)})(?:=\\S*)?(?=\\s|\\\\?$)`);
  let inside = false;
  for (const [i, line] of lines.entries()) {
    inside = inside || head.test(line);
    if (inside && token.test(line)) last = i;
    inside = inside && line.endsWith('\\');
  }
  if (last === undefined) return text;
  lines[last] = (lines[last] ?? '').replace(token, (_all, key: string) => `${key}=${value}`);
  return lines.join('\n');
}
