// The undo record: what every file held before, on the disk before the first of them changes. Its state is part of its name, so
// that a step forward is one rename.
import type { CommandChange, Expectation } from './draft.ts';
import {
  bytesToText,
  type Host,
  HostFault,
  makeParents,
  textToBytes,
  tryText,
  writeAtomically,
} from './host.ts';
import type { FileChange, Plan } from './plan.ts';

const STATE_FOLDER = '/var/lib/pt-doctor';

/** `applying` and `undoing` are only there while it happens: found later, they tell of a run that was cut off. */
export type RecordState = 'applying' | 'applied' | 'undoing';

/** What is put back is what was changed. */
export type RecordedFile = FileChange;

export interface UndoRecord {
  readonly schema: 1;
  readonly number: number;
  /** Seconds since the epoch. */
  readonly at: number;
  /** Which boot it was carried out in (the kernel's boot_id): a clock may be set, this number can't. */
  readonly boot?: string;
  readonly title: string;
  readonly files: readonly RecordedFile[];
  /** Folders made for the files, outermost first. */
  readonly folders: readonly string[];
  readonly commands: readonly CommandChange[];
  readonly refresh: readonly (readonly string[])[];
  readonly expectations: readonly Expectation[];
}

export interface StoredRecord {
  readonly record: UndoRecord;
  readonly state: RecordState;
  readonly path: string;
}

const NAME = /^(\d{4,})\.(applying|applied|undoing)\.json$/;

function pathOf(number: number, state: RecordState): string {
  return `${STATE_FOLDER}/${String(number).padStart(4, '0')}.${state}.json`;
}

/** Plain ASCII, so that any program reads the file, whatever bytes the recorded ones are. */
function encode(record: UndoRecord): Uint8Array {
  const json = JSON.stringify(record, null, 1);
  return textToBytes(
    `${json.replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`,
  );
}

/** All records, oldest first. Throws HostFault when one can't be read: without it nothing can be undone. */
export function readRecords(host: Host): StoredRecord[] {
  return host.list(STATE_FOLDER).flatMap((name) => {
    const [, , state] = NAME.exec(name) ?? [];
    if (state === undefined) return [];
    const path = `${STATE_FOLDER}/${name}`;
    const bytes = host.read(path);
    if (!bytes) throw new HostFault('ENOENT', path, 'the undo record vanished');
    return [{ path, state: state as RecordState, record: decode(path, bytes) }];
  });
}

function decode(path: string, bytes: Uint8Array): UndoRecord {
  try {
    return JSON.parse(bytesToText(bytes)) as UndoRecord;
  } catch {
    throw new HostFault('EBADMSG', path, 'this undo record is damaged; move it away to go on without it');
  }
}

/** Names and states only: readable by everyone. */
export function recordStates(host: Host): { readonly number: number; readonly state: RecordState }[] {
  return host.list(STATE_FOLDER).flatMap((name) => {
    const [, number, state] = NAME.exec(name) ?? [];
    return state === undefined ? [] : [{ number: Number(number), state: state as RecordState }];
  });
}

/** The kernel's number of this boot; undefined in a tree. */
export function bootId(host: Host): string | undefined {
  return tryText(host, '/proc/sys/kernel/random/boot_id')?.trim();
}

/** Writes the record of `plan` in state `applying`; when this returns it is on the disk. */
export function beginRecord(host: Host, plan: Plan, title: string, at: number): StoredRecord {
  const number = Math.max(0, ...recordStates(host).map((r) => r.number)) + 1;
  const path = pathOf(number, 'applying');
  makeParents(host, path);
  const record: UndoRecord = {
    schema: 1,
    number,
    at,
    title,
    ...inThisBoot(host),
    files: plan.changes,
    folders: plan.folders,
    commands: plan.commands,
    refresh: plan.refresh,
    expectations: plan.expectations,
  };
  writeAtomically(host, path, encode(record), 0o600);
  return { record, state: 'applying', path };
}

const inThisBoot = (host: Host): { boot?: string } => {
  const boot = bootId(host);
  return boot === undefined ? {} : { boot };
};

/** A record that is taken up again belongs to the boot in which it is finished. */
export function takeUp(host: Host, stored: StoredRecord): StoredRecord {
  const { boot: _old, ...rest } = stored.record;
  const record: UndoRecord = { ...rest, ...inThisBoot(host) };
  writeAtomically(host, stored.path, encode(record), 0o600);
  return { ...stored, record };
}

/** The record in its new state, by a rename that is on the disk when this returns. Throws HostFault. */
export function moveRecord(host: Host, stored: StoredRecord, state: RecordState): StoredRecord {
  if (stored.state === state) return stored;
  const path = pathOf(stored.record.number, state);
  host.rename(stored.path, path);
  host.syncDir(STATE_FOLDER);
  return { ...stored, state, path };
}

/** Removes a finished record, what was half written beside it, and the folder with the last one. */
export function dropRecord(host: Host, stored: StoredRecord): void {
  host.remove(stored.path);
  sweep(host);
}

/** Removes half-written records of a run that was cut off before it changed anything, and the folder when it is empty. */
export function sweep(host: Host): void {
  if (!host.stat(STATE_FOLDER)) return;
  for (const name of host.list(STATE_FOLDER))
    if (name.endsWith('.pt-doctor-new')) host.remove(`${STATE_FOLDER}/${name}`);
  host.syncDir(STATE_FOLDER);
  if (host.list(STATE_FOLDER).length > 0) return;
  host.removeDir(STATE_FOLDER);
  host.syncDir('/var/lib');
}
