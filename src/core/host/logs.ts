// The logs of guests that lie on a host as files: the newest start of each in libvirt's logs and in Proxmox VE's tasks.
import { got, inParallel, isRead, type Missing, type Tree } from './tree.ts';

export interface LogText {
  readonly name: string;
  readonly text: string;
}

/** Where a bundle keeps the journal, and a live host's journal is recorded. */
export const JOURNAL = '/pt-doctor/journal.log';

/** Of a log that has grown for years the newest part is enough. */
const TAIL = 512 * 1024;
const MAX_LOGS = 64;

const LIBVIRT = '/var/log/libvirt/qemu';
const TASKS = '/var/log/pve/tasks';

/** The part from the last `starting up libvirt version` on: one start of a guest, or all of it when there is no mark. */
export function newestStart(text: string): string {
  const at = text.lastIndexOf(': starting up');
  return at < 0 ? text : text.slice(text.lastIndexOf('\n', at) + 1);
}

export interface Task {
  readonly upid: string;
  /** Seconds since the epoch. */
  readonly began: number;
  readonly type: string;
  readonly guest: string;
  readonly status: string;
}

/** A line of /var/log/pve/tasks/index: `UPID:node:pid:pstart:starttime:type:id:user: endtime status`, times in hex. */
export function parseTask(line: string): Task | undefined {
  const m =
    /^(UPID:[^:\s]+:[0-9A-F]{8,}:[0-9A-F]{8,}:([0-9A-F]{8}):(\w+):([^:\s]*):[^:\s]+:)(?: [0-9A-F]+)? ?(.*)$/i.exec(
      line,
    );
  if (!m) return undefined;
  const [, upid = '', began = '', type = '', guest = '', status = ''] = m;
  return { upid, began: Number.parseInt(began, 16), type, guest, status: status.trim() };
}

/** Of each guest the newest start, when it failed: a later one that went well makes an old failure history. */
export function failedStarts(index: string): Task[] {
  const newest = new Map<string, Task>();
  for (const line of index.split('\n')) {
    const task = parseTask(line);
    if (!task || !/^(?:qmstart|qmrestore|vzstart)$/.test(task.type)) continue;
    const known = newest.get(task.guest);
    if (!known || known.began <= task.began) newest.set(task.guest, task);
  }
  return [...newest.values()].filter(
    (t) => t.status !== 'OK' && t.status !== '' && !t.status.startsWith('WARNINGS'),
  );
}

/** Proxmox VE spreads the logs over folders by the last hex digit of the start time. */
export const taskFile = (task: Task): string => {
  const digit = task.began.toString(16).toUpperCase().slice(-1);
  return `${TASKS}/${digit}/${task.upid}`;
};

/** The logs of the guests' newest starts, and what of them may not be read. */
export async function readGuestLogs(
  tree: Tree,
): Promise<{ logs: LogText[]; unread: { path: string; missing: Missing }[] }> {
  const logs: LogText[] = [];
  const unread: { path: string; missing: Missing }[] = [];
  const note = (path: string, missing: Missing) => {
    if (missing.unread !== 'absent') unread.push({ path, missing });
  };
  const names = await tree.list(LIBVIRT);
  if (!isRead(names)) note(LIBVIRT, names);
  const files = (got(names) ?? []).filter((n) => n.endsWith('.log')).slice(0, MAX_LOGS);
  await inParallel(files, 4, async (name) => {
    const path = `${LIBVIRT}/${name}`;
    const text = await tree.tail(path, TAIL);
    if (isRead(text)) logs.push({ name: path, text: newestStart(text.value) });
    else note(path, text);
  });
  const index = await tree.tail(`${TASKS}/index`, TAIL);
  if (!isRead(index)) note(`${TASKS}/index`, index);
  const active = await tree.tail(`${TASKS}/active`, TAIL);
  for (const task of failedStarts(`${got(index) ?? ''}\n${got(active) ?? ''}`).slice(-MAX_LOGS)) {
    const path = taskFile(task);
    const text = await tree.tail(path, TAIL);
    if (isRead(text)) logs.push({ name: path, text: text.value });
    else note(path, text);
  }
  logs.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { logs, unread };
}
