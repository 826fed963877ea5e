// An archive or a folder that is no host's: the logs that somebody put together, each read as what it is.
import { encodingOf, noLog } from '../text/encoding.ts';
import type { LogText } from './logs.ts';
import { got, isRead, type Tree } from './tree.ts';

/** What lies at the root of a host or of a bundle. */
const OF_A_HOST = new Set(['proc', 'sys', 'etc', 'var', 'pt-doctor', 'pt-doctor-manifest.json']);
/** More is no collection of logs. */
const MOST = 256;
const LONGEST = 64 << 20;

export interface Archive {
  readonly logs: readonly LogText[];
  /** What of it was not read, and why. */
  readonly unread: readonly string[];
}

/** The logs behind `tree`; undefined when it is a host's. */
export async function archiveOf(tree: Tree): Promise<Archive | undefined> {
  const top = got(await tree.list('/')) ?? [];
  if (tree.live || top.some((name) => OF_A_HOST.has(name))) return undefined;
  const logs: LogText[] = [];
  const unread: string[] = [];
  const folders = ['/'];
  for (const folder of folders)
    for (const name of got(await tree.list(folder)) ?? []) {
      const path = `${folder === '/' ? '' : folder}/${name}`;
      // What file managers leave behind is hidden.
      if (name.startsWith('.') || folders.length + logs.length + unread.length > MOST) continue;
      if (isRead(await tree.list(path))) {
        folders.push(path);
        continue;
      }
      const head = await tree.readBytes(path, 4096);
      const text = await tree.readText(path, LONGEST);
      const label = path.slice(1);
      if (!isRead(head) || !isRead(text)) {
        if ('why' in text) unread.push(`${label}: ${text.why}`);
        continue;
      }
      const encoding = encodingOf(head.value);
      const what = encoding ? `${encoding} within an archive` : noLog(head.value)?.what;
      if (what) unread.push(`${label}: this is ${what}`);
      else logs.push({ name: label, text: text.value });
    }
  return { logs, unread };
}
