// The grammar of modprobe.d(5): which folders count, and the directives of one file. What they mean is asked elsewhere.

/** Searched in this order; a file hides one of the same name further down. */
export const MODPROBE_FOLDERS = [
  '/etc/modprobe.d',
  '/run/modprobe.d',
  '/usr/local/lib/modprobe.d',
  '/usr/lib/modprobe.d',
  '/lib/modprobe.d',
] as const;

export interface ModprobeLine {
  /** 1-based: the first line of a directive that backslashes continue. */
  readonly line: number;
  /** `options`, `softdep`, `blacklist`, `install`, ... */
  readonly command: string;
  /** As it stands there, with `-` or `_`. */
  readonly module: string;
  readonly words: readonly string[];
}

/** Every directive of a file; comments are left out, continued lines are joined. */
export function modprobeLines(text: string): ModprobeLine[] {
  const found: ModprobeLine[] = [];
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const line = i + 1;
    let whole = lines[i] ?? '';
    while (whole.endsWith('\\') && i + 1 < lines.length) whole = `${whole.slice(0, -1)} ${lines[++i]}`;
    const [command = '', module = '', ...words] = whole.trim().split(/\s+/);
    if (command !== '' && !command.startsWith('#')) found.push({ line, command, module, words });
  }
  return found;
}
