// The one way to the machine: what the applier needs of a host, and the small helpers built on it. Every mode (dry run, tests,
// a tree under --root) is a Host around a Host. Paths are absolute; calls are synchronous, since their order is the point.

export interface Entry {
  readonly kind: 'file' | 'dir' | 'symlink' | 'other';
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since the epoch. */
  readonly mtime: number;
  /** Of a symlink. */
  readonly target?: string;
}

/** What a new file gets: plain permissions, or everything (owner, mode, xattrs) of the file that it will replace. */
export type Attributes = { readonly mode: number } | { readonly like: string };

export interface RunResult {
  /** Exit status; 127 when the program does not exist. */
  readonly status: number;
  readonly output: string;
}

export interface Host {
  /** Does not follow a symlink in the last component. */
  stat(path: string): Entry | undefined;
  /** Sorted names; none when there is no such folder. */
  list(path: string): readonly string[];
  /** undefined when there is no such file; throws HostFault when it can't be read. */
  read(path: string): Uint8Array | undefined;
  /** Makes a new file, fails when it exists, and returns when its bytes and attributes are on the disk. */
  create(path: string, bytes: Uint8Array, attributes: Attributes): void;
  rename(from: string, to: string): void;
  remove(path: string): void;
  makeDir(path: string, mode: number): void;
  removeDir(path: string): void;
  /** Returns when the names in a folder are on the disk. */
  syncDir(path: string): void;
  run(argv: readonly string[]): RunResult;
  /** Takes the one lock; answers who holds it when someone else does. */
  lock(who: string): string | undefined;
  unlock(): void;
}

/** The calls of Host that change the machine. */
export const CHANGING = [
  'create',
  'rename',
  'remove',
  'makeDir',
  'removeDir',
  'syncDir',
  'run',
] as const satisfies readonly (keyof Host)[];

/** A call to the host that did not work: disk full, read-only, no permission. `code` is the errno name. */
export class HostFault extends Error {
  readonly code: string;
  readonly path: string;
  constructor(code: string, path: string, text: string) {
    super(`${path}: ${text}`);
    this.name = 'HostFault';
    this.code = code;
    this.path = path;
  }
}

export function dirname(path: string): string {
  const at = path.lastIndexOf('/');
  return at <= 0 ? '/' : path.slice(0, at);
}

export function basename(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Resolves `.` and `..` by text. */
export function normalize(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/**
 * Follows every symlink on the way, inside the host: with --root an absolute target stays below that root. A path that does not
 * exist resolves as far as it does. Throws HostFault ELOOP.
 */
export function resolvePath(host: Host, path: string): string {
  let rest = normalize(path).split('/').filter(Boolean);
  let done = '';
  for (let hops = 0; rest.length > 0; ) {
    const [head = '', ...tail] = rest;
    const at = `${done}/${head}`;
    const target = host.stat(at)?.target;
    if (target === undefined) {
      done = at;
      rest = tail;
      continue;
    }
    if (++hops > 40) throw new HostFault('ELOOP', path, 'too many symbolic links');
    const whole = target.startsWith('/') ? target : `${done}/${target}`;
    rest = [...normalize(whole).split('/').filter(Boolean), ...tail];
    done = '';
  }
  return done === '' ? '/' : done;
}

/** Bytes as text, one character per byte: editing and writing back keeps every byte, whatever the encoding. */
export function bytesToText(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return text;
}

export function textToBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => c.charCodeAt(0) & 0xff);
}

/** What a person should see of such text: UTF-8 where it is UTF-8. */
export function readable(text: string): string {
  try {
    return decodeURIComponent(
      text.replace(/[^A-Za-z0-9]/g, (c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0')}`),
    );
  } catch {
    return text;
  }
}

/** The text of a file, symlinks followed; undefined when it is missing or a folder. */
export function readText(host: Host, path: string): string | undefined {
  const real = resolvePath(host, path);
  if (host.stat(real)?.kind !== 'file') return undefined;
  const bytes = host.read(real);
  return bytes && bytesToText(bytes);
}

/** As readText, for a source that may be forbidden: a fact that can't be read is unknown, not wrong. */
export function tryText(host: Host, path: string): string | undefined {
  try {
    return readText(host, path);
  } catch (error) {
    if (error instanceof HostFault) return undefined;
    throw error;
  }
}

export function exists(host: Host, path: string): boolean {
  return host.stat(resolvePath(host, path)) !== undefined;
}

/** The name of the half-written file beside `path`; no reader of /etc takes such a name for its own. */
export function tempName(path: string): string {
  return `${dirname(path)}/.${basename(path)}.pt-doctor-new`;
}

/** Replaces or makes `path` so that a reader, or the next boot, sees all of the old or all of the new bytes. */
export function writeAtomically(host: Host, path: string, bytes: Uint8Array, mode: number): void {
  const temp = tempName(path);
  const old = host.stat(path);
  if (host.stat(temp)) host.remove(temp);
  host.create(temp, bytes, old ? { like: path } : { mode });
  host.rename(temp, path);
  host.syncDir(dirname(path));
}

/** Makes the missing folders above `path`; answers those made, outermost first. */
export function makeParents(host: Host, path: string): string[] {
  const missing = missingParents(host, path);
  for (const dir of missing) {
    host.makeDir(dir, 0o755);
    host.syncDir(dirname(dir));
  }
  return missing;
}

/** The folders above `path` that are not there, the outermost first. */
export function missingParents(host: Host, path: string): string[] {
  const missing: string[] = [];
  for (let dir = dirname(path); dir !== '/' && !host.stat(dir); dir = dirname(dir)) missing.unshift(dir);
  return missing;
}
