// /etc/modprobe.d as modprobe reads it: which files count, in which order, what each line says; and edits by token.
import { exists, type Host, readText, resolvePath } from './host.ts';

/** Searched in this order; a file hides one of the same name further down (modprobe.d(5)). */
const FOLDERS = [
  '/etc/modprobe.d',
  '/run/modprobe.d',
  '/usr/local/lib/modprobe.d',
  '/usr/lib/modprobe.d',
  '/lib/modprobe.d',
];
export const OWN_FILE = '/etc/modprobe.d/pt-doctor.conf';

export interface Directive {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly command: string;
  readonly module: string;
  readonly words: readonly string[];
}

/** `vfio-pci` and `vfio_pci` are one module. */
export function moduleName(name: string): string {
  return name.replaceAll('-', '_');
}

/** The files that count, in the order in which modprobe reads them. */
export function modprobeFiles(host: Host): string[] {
  const byName = new Map<string, string>();
  const seen = new Set<string>();
  for (const folder of FOLDERS) {
    const real = resolvePath(host, folder);
    if (seen.has(real)) continue;
    seen.add(real);
    for (const name of host.list(real))
      if (name.endsWith('.conf') && !byName.has(name)) byName.set(name, `${folder}/${name}`);
  }
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path);
}

function parseDirectives(file: string, text: string): Directive[] {
  const directives: Directive[] = [];
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const start = i + 1;
    let whole = lines[i] ?? '';
    while (whole.endsWith('\\') && i + 1 < lines.length) whole = `${whole.slice(0, -1)} ${lines[++i]}`;
    const [command = '', module = '', ...words] = whole.trim().split(/\s+/);
    if (command === '' || command.startsWith('#')) continue;
    directives.push({ file, line: start, command, module: moduleName(module), words });
  }
  return directives;
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
    .flatMap((file) => parseDirectives(file, read(file) ?? ''));
}

function fileName(path: string): string {
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
