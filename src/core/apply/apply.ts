// Carrying out a plan, taking it back, and finishing what was cut off. One journal record makes all three restartable at any
// point: every step looks at what is there and does only what is missing.
import {
  bytesToText,
  dirname,
  type Host,
  HostFault,
  makeParents,
  tempName,
  textToBytes,
  writeAtomically,
} from './host.ts';
import type { Plan } from './plan.ts';
import {
  beginRecord,
  dropRecord,
  moveRecord,
  type RecordedFile,
  readRecords,
  type StoredRecord,
  sweep,
  takeUp,
} from './record.ts';
import { sha256 } from './sha256.ts';

/** A file that holds neither what was there before nor what pt-doctor wrote: someone edited it since. */
export interface Conflict {
  readonly path: string;
  readonly before?: string;
  readonly written: string;
  readonly now?: string;
}

export type Outcome =
  | { readonly outcome: 'done'; readonly record: StoredRecord }
  | { readonly outcome: 'nothing' }
  | { readonly outcome: 'locked'; readonly by: string }
  /** An earlier run was cut off; it has to be finished or taken back first. */
  | { readonly outcome: 'unfinished'; readonly record: StoredRecord }
  /** A file changed between plan and apply. */
  | { readonly outcome: 'stale'; readonly paths: readonly string[] }
  | { readonly outcome: 'conflict'; readonly conflicts: readonly Conflict[] }
  /** It failed and was rolled back; `restored` is false when the way back failed as well. */
  | { readonly outcome: 'failed'; readonly why: string; readonly output: string; readonly restored: boolean };

/** A command that ended with an error. */
class CommandFailed extends Error {
  readonly output: string;
  constructor(argv: readonly string[], status: number, output: string) {
    super(`${argv.join(' ')} ended with status ${status}`);
    this.name = 'CommandFailed';
    this.output = output;
  }
}

function mustRun(host: Host, argv: readonly string[]): void {
  const { status, output } = host.run(argv);
  if (status !== 0) throw new CommandFailed(argv, status, output);
}

const hashOf = (host: Host, path: string) => {
  const bytes = host.read(path);
  return bytes ? sha256(bytes) : 'absent';
};

/** Runs `work` under the lock. A process that dies keeps no lock: the real host's lock tells a dead holder. */
function locked(host: Host, who: string, work: () => Outcome): Outcome {
  const by = host.lock(who);
  if (by !== undefined) return { outcome: 'locked', by };
  try {
    return work();
  } finally {
    host.unlock();
  }
}

/** Brings the files of a record forward. Each is all old or all new at every moment. */
function writeFiles(host: Host, stored: StoredRecord): void {
  for (const file of stored.record.files) {
    removeTemp(host, file.path);
    const hash = hashOf(host, file.path);
    if (hash === file.afterHash || isGone(file, hash)) continue;
    makeParents(host, file.path);
    writeAtomically(host, file.path, textToBytes(file.after), file.mode);
  }
}

function removeTemp(host: Host, path: string): void {
  const temp = tempName(path);
  if (host.stat(temp)) {
    host.remove(temp);
    host.syncDir(dirname(path));
  }
}

function finish(host: Host, stored: StoredRecord): void {
  writeFiles(host, stored);
  for (const { run } of stored.record.commands) mustRun(host, run);
  for (const argv of stored.record.refresh) mustRun(host, argv);
}

/** Puts the bytes before back, in reverse order, then refreshes. */
function restore(host: Host, stored: StoredRecord): void {
  for (const { undo } of [...stored.record.commands].reverse()) mustRun(host, undo);
  for (const file of [...stored.record.files].reverse()) restoreFile(host, file);
  for (const folder of [...stored.record.folders].reverse())
    if (host.stat(folder) && host.list(folder).length === 0) {
      host.removeDir(folder);
      host.syncDir(dirname(folder));
    }
  for (const argv of stored.record.refresh) mustRun(host, argv);
}

/** The entry of a kernel that was removed since. */
const isGone = (file: RecordedFile, hash: string) => file.mayVanish === true && hash === 'absent';

function restoreFile(host: Host, file: RecordedFile): void {
  if (!host.stat(dirname(file.path))) return;
  removeTemp(host, file.path);
  const hash = hashOf(host, file.path);
  if (hash === file.beforeHash || isGone(file, hash)) return;
  if (file.before !== undefined) {
    writeAtomically(host, file.path, textToBytes(file.before), file.mode);
    return;
  }
  host.remove(file.path);
  host.syncDir(dirname(file.path));
}

/** Only these are faults of the host; anything else is a bug and goes up. */
function isFault(error: unknown): error is HostFault | CommandFailed {
  return error instanceof HostFault || error instanceof CommandFailed;
}

function failed(error: HostFault | CommandFailed, restored: boolean): Outcome {
  const output = error instanceof CommandFailed ? error.output : '';
  return { outcome: 'failed', why: error.message, output, restored };
}

/** Goes forward; when the host fails, goes back. A record that neither way could finish stays for the next run. */
function forwardOrBack(host: Host, stored: StoredRecord): Outcome {
  try {
    finish(host, stored);
    return { outcome: 'done', record: moveRecord(host, stored, 'applied') };
  } catch (error) {
    if (!isFault(error)) throw error;
    try {
      const back = moveRecord(host, stored, 'undoing');
      restore(host, back);
      dropRecord(host, back);
      return failed(error, true);
    } catch (second) {
      if (!isFault(second)) throw second;
      return failed(error, false);
    }
  }
}

/** The folder of a record that could not be written; on a disk that takes nothing it was not made either. */
function sweepUp(host: Host): void {
  try {
    sweep(host);
  } catch (error) {
    if (!isFault(error)) throw error;
  }
}

function unfinished(host: Host): StoredRecord | undefined {
  return readRecords(host).find((r) => r.state !== 'applied');
}

/** Carries out `plan`. `who` names this run to another one that finds the lock; `at` is the time in seconds. */
export function applyPlan(host: Host, plan: Plan, title: string, who: string, at: number): Outcome {
  if (plan.changes.length === 0 && plan.commands.length === 0) return { outcome: 'nothing' };
  return locked(host, who, () => {
    const open = unfinished(host);
    if (open) return { outcome: 'unfinished', record: open };
    const paths = plan.changes.filter((c) => hashOf(host, c.path) !== c.beforeHash).map((c) => c.path);
    if (paths.length > 0) return { outcome: 'stale', paths };
    let stored: StoredRecord;
    try {
      stored = beginRecord(host, plan, title, at);
    } catch (error) {
      if (!isFault(error)) throw error;
      sweepUp(host);
      return failed(error, true);
    }
    return forwardOrBack(host, stored);
  });
}

/** Files of `stored` that are neither old nor new. */
export function conflictsOf(host: Host, stored: StoredRecord): Conflict[] {
  return stored.record.files.flatMap((file) => {
    const hash = hashOf(host, file.path);
    // A cut-off run leaves old and new files; a finished one only new ones.
    const fine =
      hash === file.afterHash ||
      (stored.state !== 'applied' && hash === file.beforeHash) ||
      isGone(file, hash);
    if (fine) return [];
    const bytes = host.read(file.path);
    return [
      {
        path: file.path,
        written: file.after,
        ...(file.before === undefined ? {} : { before: file.before }),
        ...(bytes ? { now: bytesToText(bytes) } : {}),
      },
    ];
  });
}

/** Finishes what was cut off, forward. */
export function resume(host: Host, who: string): Outcome {
  return locked(host, who, () => {
    const open = unfinished(host);
    if (!open) return { outcome: 'nothing' };
    const conflicts = conflictsOf(host, open);
    if (conflicts.length > 0) return { outcome: 'conflict', conflicts };
    return forwardOrBack(host, moveRecord(host, takeUp(host, open), 'applying'));
  });
}

/** Takes the newest record back, the one that was cut off first. With `force` also where someone edited since. */
export function undo(host: Host, who: string, force = false): Outcome {
  return locked(host, who, () => {
    const records = readRecords(host);
    const stored = records.find((r) => r.state !== 'applied') ?? records.at(-1);
    if (!stored) {
      sweep(host);
      return { outcome: 'nothing' };
    }
    const conflicts = force ? [] : conflictsOf(host, stored);
    if (conflicts.length > 0) return { outcome: 'conflict', conflicts };
    try {
      const back = moveRecord(host, stored, 'undoing');
      restore(host, back);
      dropRecord(host, back);
      return { outcome: 'done', record: back };
    } catch (error) {
      if (!isFault(error)) throw error;
      return failed(error, false);
    }
  });
}
