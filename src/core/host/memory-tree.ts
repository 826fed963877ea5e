// A tree held in memory: what a bundle, the web page and the tests open; and a tree that remembers what was asked.
import { ABSENT, type Answer, isRead, join, type Missing, resolveIn, type Tree } from './tree.ts';

export type Entry =
  | { readonly text: string }
  | { readonly bytes: Uint8Array }
  | { readonly link: string }
  | 'dir';

/** Path (absolute, as it really lies in the tree, links resolved) to content. */
export type Entries = ReadonlyMap<string, Entry>;

/** Binary files asked for as text, byte by byte: whoever fills the tree decodes real text. */
const latin1 = (bytes: Uint8Array) => Array.from(bytes, (b) => String.fromCharCode(b)).join('');
const parentOf = (path: string) => path.slice(0, path.lastIndexOf('/')) || '/';
const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);

/** A tree of `entries`. What could not be read when it was recorded stands in `unread` and stays unknown. */
export function memoryTree(
  entries: Entries,
  unread: ReadonlyMap<string, Missing> = new Map(),
  name = 'memory',
): Tree {
  const children = new Map<string, Set<string>>([['/', new Set()]]);
  const add = (path: string) => {
    for (let at = path; at !== '/'; at = parentOf(at)) {
      const parent = parentOf(at);
      const known = children.get(parent);
      if (known?.has(nameOf(at))) return;
      if (known) known.add(nameOf(at));
      else children.set(parent, new Set([nameOf(at)]));
    }
  };
  for (const [path, entry] of entries) {
    add(path);
    if (entry === 'dir' && !children.has(path)) children.set(path, new Set());
  }
  const linkAt = (path: string) => {
    const entry = entries.get(path);
    return entry && entry !== 'dir' && 'link' in entry ? entry.link : undefined;
  };
  const missing = (path: string, real: string | undefined): Missing =>
    unread.get(path) ?? (real === undefined ? undefined : unread.get(real)) ?? ABSENT;

  async function fileAt(path: string): Promise<Answer<Entry>> {
    const real = await resolveIn(path, linkAt);
    const entry = real === undefined ? undefined : entries.get(real);
    return entry && entry !== 'dir' ? { value: entry } : missing(path, real);
  }
  async function text(path: string): Promise<Answer<string>> {
    const found = await fileAt(path);
    if (!isRead(found)) return found;
    const { value } = found;
    if (value === 'dir' || 'link' in value) return ABSENT;
    return { value: 'text' in value ? value.text : latin1(value.bytes) };
  }
  return {
    name,
    live: false,
    async readText(path, limit = 1 << 20) {
      const answer = await text(path);
      return isRead(answer) ? { value: answer.value.slice(0, limit) } : answer;
    },
    async readBytes(path, limit = 1 << 20) {
      const found = await fileAt(path);
      if (!isRead(found)) return found;
      const { value } = found;
      if (value === 'dir' || 'link' in value) return ABSENT;
      return {
        value: ('bytes' in value
          ? value.bytes
          : Uint8Array.from(value.text, (c) => c.charCodeAt(0) & 0xff)
        ).slice(0, limit),
      };
    },
    async readLink(path) {
      const real = await resolveIn(path, linkAt, false);
      const target = real === undefined ? undefined : linkAt(real);
      return target === undefined ? missing(path, real) : { value: target };
    },
    async list(path) {
      const real = await resolveIn(path, linkAt);
      const names = real === undefined ? undefined : children.get(real);
      return names ? { value: [...names].sort() } : missing(path, real);
    },
    async exists(path) {
      const real = await resolveIn(path, linkAt);
      return real !== undefined && (entries.has(real) || children.has(real))
        ? { value: true }
        : missing(path, real);
    },
    async tail(path, limit) {
      const answer = await text(path);
      if (!isRead(answer) || answer.value.length <= limit) return answer;
      const rest = answer.value.slice(-limit);
      return { value: rest.slice(rest.indexOf('\n') + 1) };
    },
    async pick(path, keep) {
      const answer = await text(path);
      return isRead(answer) ? { value: answer.value.split('\n').filter(keep).join('\n') } : answer;
    },
  };
}

export interface Recording {
  readonly tree: Tree;
  /** All that was read through `tree` so far, at its real place. */
  entries(): Promise<Map<string, Entry>>;
  /** All that could not be read although it may be there. */
  unread(): Map<string, Missing>;
}

/** A tree that passes every question on to `inner` and remembers the answers. */
export function recordingTree(inner: Tree): Recording {
  const files = new Map<string, Entry>();
  const links = new Map<string, string>();
  const listed = new Set<string>();
  const failed = new Map<string, Missing>();
  async function note<T>(
    path: string,
    asked: Promise<Answer<T>>,
    keep: (value: T) => void,
  ): Promise<Answer<T>> {
    const answer = await asked;
    if (isRead(answer)) keep(answer.value);
    else if (answer.unread !== 'absent') failed.set(join('/', path), answer);
    return answer;
  }
  const under = (dir: string, name: string) => join(dir, name);
  return {
    tree: {
      name: inner.name,
      live: inner.live,
      ...(inner.quiet ? { quiet: true as const } : {}),
      readText: (path, limit) =>
        note(path, inner.readText(path, limit), (text) => void files.set(join('/', path), { text })),
      readBytes: (path, limit) =>
        note(path, inner.readBytes(path, limit), (bytes) => void files.set(join('/', path), { bytes })),
      readLink: (path) =>
        note(path, inner.readLink(path), (target) => void links.set(join('/', path), target)),
      list: (path) =>
        note(path, inner.list(path), (names) => {
          listed.add(join('/', path));
          for (const name of names) listed.add(under(path, name));
        }),
      exists: (path) => note(path, inner.exists(path), () => void listed.add(join('/', path))),
      tail: (path, limit) =>
        note(path, inner.tail(path, limit), (text) => void files.set(join('/', path), { text })),
      pick: (path, keep) =>
        note(path, inner.pick(path, keep), (text) => void files.set(join('/', path), { text })),
    },
    async entries() {
      const linkAt = (path: string) => links.get(path);
      // A link below a linked directory was asked for by its alias: put the links to their real places first.
      for (const [path, target] of [...links]) {
        const real = await resolveIn(path, linkAt, false);
        if (real !== undefined && real !== path) {
          links.delete(path);
          links.set(real, target);
        }
      }
      const out = new Map<string, Entry>();
      for (const [path, target] of links) out.set(path, { link: target });
      for (const [path, entry] of files) {
        const real = await resolveIn(path, linkAt);
        if (real !== undefined) out.set(real, entry);
      }
      for (const path of listed) {
        const real = await resolveIn(path, linkAt, false);
        if (real !== undefined && real !== '/' && !out.has(real)) out.set(real, 'dir');
      }
      return out;
    },
    unread: () => failed,
  };
}
