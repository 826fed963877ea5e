// The narrow door to a machine: a read-only file tree, whether live, unpacked, in a tarball or in memory.
// Everything that the readers of facts learn comes through it, so a recorded tree answers as the machine did.

/** Why something was not read. `absent` is knowledge (there is none); the others leave the fact unknown. */
export type Unread = 'absent' | 'denied' | 'timeout' | 'asleep' | 'error';

export interface Missing {
  readonly unread: Unread;
  /** One clause for people: `permission denied`, `the device sleeps (D3cold); reading would wake it`. */
  readonly why: string;
}

export type Answer<T> = { readonly value: T } | Missing;

/** Paths are absolute, with `/`. No call throws for what the tree holds; each one ends within the tree's time limit. */
export interface Tree {
  /** `this host`, or the directory or file that the tree was opened from. */
  readonly name: string;
  /** The running machine itself: looking may have effects, and the state may change under the reader. */
  readonly live: boolean;
  /** The wake guard of quiet.ts stands in front of it. */
  readonly quiet?: true;
  /** The first `limit` bytes (default 1 MiB) as text. */
  readText(path: string, limit?: number): Promise<Answer<string>>;
  readBytes(path: string, limit?: number): Promise<Answer<Uint8Array>>;
  /** The target of a symbolic link as it is written. */
  readLink(path: string): Promise<Answer<string>>;
  /** The names in a directory, sorted. */
  list(path: string): Promise<Answer<readonly string[]>>;
  exists(path: string): Promise<Answer<true>>;
  /** The lines that `keep` wants of a file of any size; only they are recorded. */
  pick(path: string, keep: (line: string) => boolean): Promise<Answer<string>>;
  /** The last `limit` bytes of a log, from the beginning of a line on. */
  tail(path: string, limit: number): Promise<Answer<string>>;
}

export const ABSENT: Missing = { unread: 'absent', why: 'not there' };

export function isRead<T>(answer: Answer<T>): answer is { readonly value: T } {
  return 'value' in answer;
}

/** The value, or undefined for whatever reason it is missing. */
export function got<T>(answer: Answer<T>): T | undefined {
  return 'value' in answer ? answer.value : undefined;
}

/** True when there, false when known to be absent, undefined when it cannot be known. */
export function known(answer: Answer<unknown>): boolean | undefined {
  return 'value' in answer ? true : answer.unread === 'absent' ? false : undefined;
}

/** A small text file without its final line break, or undefined. */
export async function textOf(tree: Tree, path: string): Promise<string | undefined> {
  return got(await tree.readText(path))?.trim();
}

/** `/a/b` and `../c` become `/a/c` (text only, links are not followed). */
export function join(base: string, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${base}/${path}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

const MAX_HOPS = 40;

/**
 * Follows the links of `path` inside the tree, so that a link of an unpacked bundle cannot lead out of it.
 * `linkAt` answers the target of a link, or undefined. With `last` false the last part stays as it is.
 */
export async function resolveIn(
  path: string,
  linkAt: (path: string) => Promise<string | undefined> | string | undefined,
  last = true,
): Promise<string | undefined> {
  let todo = join('/', path).split('/').filter(Boolean);
  let at = '';
  for (let hops = 0; todo.length > 0; ) {
    const [name = '', ...rest] = todo;
    const next = `${at}/${name}`;
    const target = rest.length > 0 || last ? await linkAt(next) : undefined;
    if (target === undefined) {
      at = next;
      todo = rest;
      continue;
    }
    if (++hops > MAX_HOPS) return undefined;
    todo = [...join(at, target).split('/').filter(Boolean), ...rest];
    at = '';
  }
  return at === '' ? '/' : at;
}

/** Runs `work` on `items`, at most `width` at a time, and keeps their order. */
export async function inParallel<A, B>(
  items: readonly A[],
  width: number,
  work: (item: A) => Promise<B>,
): Promise<B[]> {
  const results: B[] = [];
  let next = 0;
  async function worker() {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i] as A);
  }
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  return results;
}
