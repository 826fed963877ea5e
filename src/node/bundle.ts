// Bundles: a host's tree as a gzipped tarball with a manifest of what could not be read. Also opens directories and hosts.
import { createReadStream, promises as fs } from 'node:fs';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { MANIFEST, type Manifest, manifestOf } from '../core/host/bundle.ts';
import { type Entries, type Entry, memoryTree } from '../core/host/memory-tree.ts';
import type { Missing, Tree } from '../core/host/tree.ts';
import { UserError } from '../core/user-error.ts';
import { reason } from './reason.ts';
import { rootTree } from './tree.ts';

/** A bundle that unpacks to more than this is no bundle of ours. */
const MAX_BYTES = 512 << 20;
const MAX_ENTRIES = 200_000;

/** Magic of gzip, and `ustar` at 257 of a plain tar. */
export async function isBundle(path: string): Promise<boolean> {
  if (!/\.(?:tgz|tar\.gz|tar)$/.test(path)) return false;
  const file = await fs.open(path, 'r').catch(() => undefined);
  if (!file) return false;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(300), 0, 300, 0);
    return (
      bytesRead > 2 &&
      ((buffer[0] === 0x1f && buffer[1] === 0x8b) || buffer.toString('latin1', 257, 262) === 'ustar')
    );
  } finally {
    await file.close();
  }
}

/** Reads a tarball into memory. Names that lead out of it are dropped; damage becomes a UserError. */
export async function readBundle(
  path: string,
): Promise<{ tree: Tree; entries: Entries; manifest?: Manifest }> {
  const { extract } = await import('tar-stream');
  const entries = new Map<string, Entry>();
  const tar = extract();
  let size = 0;
  const reading = (async () => {
    for await (const entry of tar) {
      const { name, type, linkname } = entry.header;
      const parts = name.split('/').filter((p) => p !== '' && p !== '.');
      const chunks: Buffer[] = [];
      for await (const chunk of entry) {
        size += (chunk as Buffer).length;
        if (size > MAX_BYTES) throw new Error('it unpacks to more than 512 MiB');
        chunks.push(chunk as Buffer);
      }
      if (parts.includes('..') || entries.size > MAX_ENTRIES) continue;
      const key = `/${parts.join('/')}`;
      if (type === 'directory') entries.set(key, 'dir');
      else if (type === 'symlink' && linkname) entries.set(key, { link: linkname });
      else if (type === 'file') entries.set(key, contentOf(Buffer.concat(chunks)));
    }
  })();
  const head = Buffer.alloc(2);
  try {
    const file = await fs.open(path, 'r');
    await file.read(head, 0, 2, 0).finally(() => file.close());
    const source = createReadStream(path);
    const gzip = head[0] === 0x1f && head[1] === 0x8b;
    await Promise.all([gzip ? pipeline(source, createGunzip(), tar) : pipeline(source, tar), reading]);
  } catch (error) {
    throw new UserError(
      `${path}: cannot be read as a bundle (${reason(error)})`,
      'A bundle is made with: pt-doctor collect -o bundle.tgz. Copy it again if it was cut off.',
      3,
    );
  }
  const { manifest, unread } = manifestOf(entries);
  return { tree: memoryTree(entries, unread, path), entries, ...(manifest ? { manifest } : {}) };
}

/** Text unless it holds bytes that no text has: config space, EFI variables. */
function contentOf(bytes: Buffer): Entry {
  return bytes.subarray(0, 4096).includes(0)
    ? { bytes: new Uint8Array(bytes) }
    : { text: bytes.toString('utf8') };
}

function writeError(target: string, error: unknown): UserError {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EEXIST'
    ? new UserError(
        `${target}: there is a file of this name already`,
        'Name another one, or remove it first.',
      )
    : new UserError(`${target}: ${reason(error)}`, 'Choose a place that can be written to.', 3);
}

/** Writes entries as a gzipped tarball, or onto a stream (`-o -`). An existing file is not touched. */
export async function writeBundle(
  entries: Entries,
  target: string | NodeJS.WritableStream,
  seconds: number,
): Promise<void> {
  const { pack } = await import('tar-stream');
  const toFile = typeof target === 'string';
  const name = toFile ? target : 'standard output';
  const sink = toFile
    ? (
        await fs.open(target, 'wx', 0o600).catch((error: unknown) => {
          throw writeError(name, error);
        })
      ).createWriteStream()
    : target;
  const tar = pack();
  const written = pipeline(tar, createGzip({ level: 6 }), sink, { end: toFile });
  const mtime = new Date(seconds * 1000);
  // A failing sink is told by the pipeline; every entry would throw it once more.
  const add = (
    header: { readonly name: string } & Readonly<Record<string, unknown>>,
    content?: string | Buffer,
  ) => tar.entry({ ...header, mtime }, content ?? '').on('error', () => {});
  for (const [path, entry] of [...entries].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const file = path.slice(1);
    if (entry === 'dir') add({ name: `${file}/`, type: 'directory', mode: 0o755 });
    else if ('link' in entry) add({ name: file, type: 'symlink', linkname: entry.link });
    else add({ name: file, mode: 0o644 }, 'text' in entry ? entry.text : Buffer.from(entry.bytes));
  }
  tar.finalize();
  await written.catch((error: unknown) => {
    throw writeError(name, error);
  });
}

/** The tree that `--root` names: a directory or a bundle; without it the running host. */
export async function openTree(
  path: string | undefined,
  cwd: string,
  onHang: () => void = () => {},
): Promise<Tree> {
  if (path === undefined) {
    if (process.platform !== 'linux')
      throw new UserError(
        'this command looks at a Linux host',
        'On another machine give it a bundle: pt-doctor check --root bundle.tgz (made by pt-doctor collect on the host).',
      );
    return rootTree('/', { probes: true, onHang });
  }
  const full = resolve(cwd, path);
  const stat = await fs.stat(full).catch(() => undefined);
  if (!stat)
    throw new UserError(
      `--root ${path}: there is no such file or directory`,
      'Name a bundle or an unpacked one.',
    );
  if (stat.isDirectory()) {
    if (full === '/') return rootTree('/', { probes: true, onHang });
    const text = await fs.readFile(full + MANIFEST, 'utf8').catch(() => undefined);
    const { unread } = manifestOf(new Map(text === undefined ? [] : [[MANIFEST, { text }]]));
    return withUnread(rootTree(full, { onHang }), unread);
  }
  return (await readBundle(full)).tree;
}

/** What the manifest calls unread is unknown, not absent. */
function withUnread(tree: Tree, unread: ReadonlyMap<string, Missing>): Tree {
  if (unread.size === 0) return tree;
  async function correct<T extends object>(path: string, asked: Promise<T>): Promise<T | Missing> {
    const answer = await asked;
    return 'unread' in answer && answer.unread === 'absent' ? (unread.get(path) ?? answer) : answer;
  }
  return {
    ...tree,
    readText: (path, limit) => correct(path, tree.readText(path, limit)),
    readBytes: (path, limit) => correct(path, tree.readBytes(path, limit)),
    readLink: (path) => correct(path, tree.readLink(path)),
    list: (path) => correct(path, tree.list(path)),
    exists: (path) => correct(path, tree.exists(path)),
    tail: (path, limit) => correct(path, tree.tail(path, limit)),
    pick: (path, keep) => correct(path, tree.pick(path, keep)),
  };
}
