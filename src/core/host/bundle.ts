// What a bundle says beside its files: the manifest, and the texts and facts that a diagnosis needs.
import type { Facts } from '../model.ts';
import { archiveOf } from './archive.ts';
import { JOURNAL, type LogText, readGuestLogs } from './logs.ts';
import { type Entries, memoryTree } from './memory-tree.ts';
import { readHost, silentFacts } from './read-host.ts';
import { hostTexts } from './texts.ts';
import { got, type Missing, type Unread } from './tree.ts';

export const MANIFEST = '/pt-doctor-manifest.json';

export interface Manifest {
  readonly schema: 1;
  readonly tool: { readonly name: 'pt-doctor'; readonly version: string };
  /** ISO 8601. */
  readonly collected: string;
  readonly redacted: boolean;
  readonly files: number;
  readonly unread: readonly { readonly path: string; readonly unread: Unread; readonly why: string }[];
}

/** The manifest of a bundle, and what it says could not be read. Anything that is no manifest of ours tells nothing. */
export function manifestOf(entries: Entries): {
  readonly manifest?: Manifest;
  readonly unread: Map<string, Missing>;
} {
  const entry = entries.get(MANIFEST);
  if (!entry || entry === 'dir' || !('text' in entry)) return { unread: new Map() };
  try {
    const manifest = JSON.parse(entry.text) as Manifest;
    if (manifest.schema !== 1 || !Array.isArray(manifest.unread)) return { unread: new Map() };
    const unread = manifest.unread.map((u): [string, Missing] => [
      String(u.path),
      { unread: u.unread, why: `${String(u.why)}, when it was collected` },
    ]);
    return { manifest, unread: new Map(unread) };
  } catch {
    return { unread: new Map() };
  }
}

/** What an archive has for a doctor. */
export interface Material {
  readonly texts: readonly LogText[];
  /** Of the host that it is a bundle of. */
  readonly facts?: Facts;
  readonly unread: readonly string[];
}

/** A bundle, or an archive of logs, without anything of Node's: the web page opens them with it. */
export async function bundleMaterial(entries: Entries, name: string): Promise<Material> {
  const tree = memoryTree(entries, manifestOf(entries).unread, name);
  const archive = await archiveOf(tree);
  if (archive) return { texts: archive.logs, unread: archive.unread };
  const state = await readHost(tree);
  const journal = got(await tree.readText(JOURNAL, 64 << 20));
  const { logs } = await readGuestLogs(tree);
  return {
    texts: [
      ...(await hostTexts(tree, state)),
      ...(journal === undefined ? [] : [{ name: 'journal', text: journal }]),
      ...logs,
    ],
    facts: silentFacts(state),
    unread: [],
  };
}
