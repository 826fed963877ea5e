// The recorded hosts of fixtures/sysfs: one file a host, one line a path.
//   PATH<TAB>text with \n and \t    PATH<TAB>hex:55aa    PATH -> link    PATH/ (a directory)    PATH !denied
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Entry, memoryTree } from '../../src/core/host/memory-tree.ts';
import { type HostState, readHost } from '../../src/core/host/read-host.ts';
import type { Answer, Missing, Tree } from '../../src/core/host/tree.ts';
import { ROOT } from './rule-base.ts';

const FOLDER = join(ROOT, 'fixtures/sysfs');
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', '\\': '\\' };

export function parseTree(text: string): { entries: Map<string, Entry>; unread: Map<string, Missing> } {
  const entries = new Map<string, Entry>();
  const unread = new Map<string, Missing>();
  for (const line of text.split('\n')) {
    const file = /^(\/[^\t]*)\t(.*)$/.exec(line);
    const link = /^(\/.*) -> (.*)$/.exec(line);
    const denied = /^(\/.*) !denied$/.exec(line);
    if (file?.[1]?.startsWith('/')) {
      const value = file[2] ?? '';
      entries.set(
        file[1],
        value.startsWith('hex:')
          ? { bytes: Uint8Array.from(Buffer.from(value.slice(4), 'hex')) }
          : { text: value.replace(/\\([nt\\])/g, (_, c: string) => ESCAPES[c] ?? '') },
      );
    } else if (link) entries.set(link[1] ?? '', { link: link[2] ?? '' });
    else if (denied) unread.set(denied[1] ?? '', { unread: 'denied', why: 'permission denied' });
    else if (line.endsWith('/')) entries.set(line.slice(0, -1), 'dir');
    else if (line !== '' && !line.startsWith('#')) throw new Error(`not a line of a tree: ${line}`);
  }
  return { entries, unread };
}

export const TREES: readonly string[] = readdirSync(FOLDER)
  .filter((f) => f.endsWith('.tree'))
  .map((f) => f.slice(0, -'.tree'.length))
  .sort();

const recorded = (name: string) => parseTree(readFileSync(join(FOLDER, `${name}.tree`), 'utf8'));

export const treeEntries = (name: string): Map<string, Entry> => recorded(name).entries;

export function treeOf(name: string): Tree {
  const { entries, unread } = recorded(name);
  return memoryTree(entries, unread, name);
}

/** A recorded host unpacked into `root`, as a mounted disk or an unpacked bundle would be; `more` are further files. */
export function unpackTree(name: string, root: string, more: Readonly<Record<string, string>> = {}): string {
  const entries = treeEntries(name);
  for (const [path, text] of Object.entries(more)) entries.set(path, { text });
  for (const [path, entry] of entries) {
    mkdirSync(dirname(root + path), { recursive: true });
    if (entry === 'dir') mkdirSync(root + path, { recursive: true });
    else if ('link' in entry) symlinkSync(entry.link, root + path);
    else writeFileSync(root + path, 'text' in entry ? entry.text : entry.bytes);
  }
  return root;
}

export const hostOf = (name: string): Promise<HostState> => readHost(treeOf(name));

/** The tree as if it were the running host, and every path whose content was asked for. */
export function watched(tree: Tree): { tree: Tree; asked: string[] } {
  const asked: string[] = [];
  const note = <T>(path: string, answer: Promise<Answer<T>>) => {
    asked.push(path);
    return answer;
  };
  return {
    asked,
    tree: {
      ...tree,
      live: true,
      readText: (path, limit) => note(path, tree.readText(path, limit)),
      readBytes: (path, limit) => note(path, tree.readBytes(path, limit)),
      pick: (path, keep) => note(path, tree.pick(path, keep)),
    },
  };
}
