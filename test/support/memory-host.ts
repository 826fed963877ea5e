// A host in memory: the trees of the tests. It knows what a power cut leaves: bytes that were synced, and of the names in a
// folder only those that were there at the folder's last sync (or, as luck has it, later ones).
import {
  type Attributes,
  dirname,
  type Entry,
  type Host,
  HostFault,
  type RunResult,
} from '../../src/core/apply/host.ts';
import { type Call, watched } from '../../src/core/apply/wrappers.ts';

export interface Node {
  readonly kind: 'file' | 'dir' | 'symlink';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
  readonly bytes?: Uint8Array;
  readonly target?: string;
  readonly xattrs?: Readonly<Record<string, string>>;
}

export interface MemoryHost extends Host {
  /** Every path with its node, in order: two hosts are byte-identical when these are equal. */
  tree(): ReadonlyMap<string, Node>;
  put(path: string, node: Partial<Node> & { readonly text?: string }): void;
  /** Takes over a whole tree of another host, synced. */
  putAll(tree: ReadonlyMap<string, Node>): void;
  /** The machine loses power: unsynced names are gone, or survive, as `survives` says for each. */
  powerCut(survives: (path: string) => boolean): void;
  /** The process died: its lock is no longer held. */
  processDied(): void;
}

export interface MemoryOptions {
  readonly run?: (argv: readonly string[], host: MemoryHost) => RunResult;
  /** Throws HostFault for a call that shall fail. */
  readonly fail?: (call: string, path: string) => void;
}

export function memoryHost(options: MemoryOptions = {}): MemoryHost {
  let live = new Map<string, Node>([['/', dir(0o755)]]);
  let durable = new Map(live);
  /** Renames not yet synced: both names change in one step of the file system's journal, or not at all. */
  const renamed = new Map<string, string>();
  let holder: string | undefined;
  const fail = (call: string, path: string) => options.fail?.(call, path);
  const missing = (path: string) => new HostFault('ENOENT', path, 'no such file or directory');
  const needDir = (path: string) => {
    if (live.get(path)?.kind !== 'dir') throw missing(path);
  };
  const children = (tree: ReadonlyMap<string, Node>, path: string) =>
    [...tree.keys()].filter((p) => p !== '/' && dirname(p) === path);

  const host: MemoryHost = {
    stat(path): Entry | undefined {
      const node = live.get(path);
      if (!node) return undefined;
      const { kind, mode, uid, gid, mtime, target } = node;
      return { kind, mode, uid, gid, mtime, ...(target === undefined ? {} : { target }) };
    },
    list: (path) =>
      live.get(path)?.kind === 'dir'
        ? children(live, path)
            .map((p) => p.slice(dirname(p).length).replace(/^\//, ''))
            .sort()
        : [],
    read(path) {
      fail('read', path);
      return live.get(path)?.bytes?.slice();
    },
    create(path, bytes, attributes: Attributes) {
      fail('create', path);
      needDir(dirname(path));
      if (live.has(path)) throw new HostFault('EEXIST', path, 'file exists');
      const like = 'like' in attributes ? live.get(attributes.like) : undefined;
      if ('like' in attributes && !like) throw missing(attributes.like);
      const base = { kind: 'file', uid: 0, gid: 0, mtime: 0, bytes: bytes.slice() } as const;
      live.set(
        path,
        like
          ? { ...like, ...{ bytes: base.bytes } }
          : { ...base, mode: 'mode' in attributes ? attributes.mode : 0o644 },
      );
    },
    rename(from, to) {
      fail('rename', to);
      const node = live.get(from);
      if (!node) throw missing(from);
      live.delete(from);
      renamed.set(from, to);
      live.set(to, node);
    },
    remove(path) {
      fail('remove', path);
      if (!live.delete(path)) throw missing(path);
    },
    makeDir(path, mode) {
      fail('makeDir', path);
      needDir(dirname(path));
      if (live.has(path)) throw new HostFault('EEXIST', path, 'file exists');
      live.set(path, dir(mode));
    },
    removeDir(path) {
      fail('removeDir', path);
      if (children(live, path).length > 0) throw new HostFault('ENOTEMPTY', path, 'directory not empty');
      if (!live.delete(path)) throw missing(path);
    },
    syncDir(path) {
      fail('syncDir', path);
      needDir(path);
      for (const p of [...renamed.keys()]) if (dirname(p) === path) renamed.delete(p);
      for (const p of children(durable, path)) if (!live.has(p)) durable.delete(p);
      for (const p of children(live, path)) {
        const node = live.get(p);
        if (node) durable.set(p, node);
      }
    },
    run(argv) {
      fail('run', argv.join(' '));
      return options.run?.(argv, host) ?? { status: 0, output: '' };
    },
    lock(who) {
      if (holder !== undefined) return holder;
      holder = who;
      return undefined;
    },
    unlock() {
      holder = undefined;
    },
    tree: () => new Map([...live].sort(([a], [b]) => (a < b ? -1 : 1))),
    put(path, { text, ...node }) {
      for (let up = dirname(path); !live.has(up); up = dirname(up)) live.set(up, dir(0o755));
      const bytes = text === undefined ? node.bytes : Uint8Array.from(text, (c) => c.charCodeAt(0) & 0xff);
      live.set(path, {
        kind: 'file',
        mode: 0o644,
        uid: 0,
        gid: 0,
        mtime: 0,
        ...node,
        ...(bytes ? { bytes } : {}),
      });
      durable = new Map(live);
    },
    putAll(tree) {
      live = new Map([...live, ...tree]);
      durable = new Map(live);
    },
    powerCut(survives) {
      const after = new Map<string, Node>();
      for (const path of new Set([...live.keys(), ...durable.keys()])) {
        const node = survives(renamed.get(path) ?? path) ? live.get(path) : durable.get(path);
        if (node) after.set(path, node);
      }
      // A name whose folder did not survive is gone with it.
      const reachable = (p: string): boolean => p === '/' || (after.has(dirname(p)) && reachable(dirname(p)));
      live = new Map([...after].filter(([p]) => reachable(p)));
      durable = new Map(live);
      renamed.clear();
      holder = undefined;
    },
    processDied() {
      holder = undefined;
    },
  };
  return host;
}

function dir(mode: number): Node {
  return { kind: 'dir', mode, uid: 0, gid: 0, mtime: 0 };
}

/** Keeps a list of the changes that went through. */
export function recording(host: Host, calls: Call[]): Host {
  return watched(host, (call, when) => {
    if (when === 'after') calls.push(call);
  });
}
