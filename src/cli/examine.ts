// A host into one diagnosis: its logs, the newest starts of its guests, and what the machine itself shows. Or an archive of logs.
import { createDoctor, type Doctor, type DoctorOptions } from '../core/engine/doctor.ts';
import type { Gate } from '../core/engine/gate.ts';
import { CHECK_FAILED, FILE_UNREAD, LOG_UNREAD } from '../core/engine/notices.ts';
import { commandsFor } from '../core/fix/commands.ts';
import { archiveOf } from '../core/host/archive.ts';
import { readiness } from '../core/host/check/check.ts';
import { readGuestLogs } from '../core/host/logs.ts';
import { type HostState, readHost, silentFacts } from '../core/host/read-host.ts';
import { hostTexts } from '../core/host/texts.ts';
import type { Tree } from '../core/host/tree.ts';
import type { Notice, Result } from '../core/model.ts';
import { UserError } from '../core/user-error.ts';
import { gateFor } from '../node/fast-gate.ts';
import { readLog } from '../node/input.ts';
import { hostLog } from '../node/logs.ts';
import { streamSource } from '../node/sources.ts';
import type { Context } from './context.ts';
import { openHostTree, unreadWords } from './host.ts';
import { withProgress } from './progress.ts';

/** More failed checks than this are for `check` to tell. */
const MAX_CHECKS = 5;

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

type Options = Omit<DoctorOptions, 'facts' | 'commandsFor'>;
type Say = (doing: string) => void;

/** A doctor that is fed from a tree, and what is to be said of that. */
function reading(options: Options & Pick<DoctorOptions, 'facts'>, say: Say) {
  const doctor = createDoctor({ ...options, commandsFor });
  const gate = gateFor(doctor.sieve);
  const notices: Notice[] = [];
  return {
    doctor,
    gate,
    note: (code: string, text: string) => void notices.push({ code, text }),
    async feed(name: string, chunks: AsyncIterable<Uint8Array>) {
      say(`reading ${name}`);
      doctor.source(name);
      await readLog(streamSource(chunks), name, gate, doctor);
    },
    finish(): Result {
      const result = doctor.finish();
      return { ...result, notices: [...result.notices, ...notices] };
    },
  };
}
type Reading = ReturnType<typeof reading>;

/** The logs of a host and what the machine shows. What may not be read is noted. */
async function readHostLogs(tree: Tree, state: HostState, { feed, note }: Reading, say: Say): Promise<void> {
  for (const { name, text } of await hostTexts(tree, state)) await feed(name, once(text));
  say('the log of this boot');
  const { log, missing } = await hostLog(tree);
  if (log) await feed(log.name, log.chunks);
  if (missing)
    note(
      LOG_UNREAD,
      `no kernel log: ${missing.why}${missing.unread === 'denied' ? '; run it with sudo' : ''}`,
    );
  const guests = await readGuestLogs(tree);
  for (const { name, text } of guests.logs) await feed(name, once(text));
  for (const { path, missing: why } of guests.unread) note(LOG_UNREAD, `${path}: ${why.why}`);
  for (const text of unreadWords(state)) note('host-unread', text);
  const failed = readiness(state).checks.filter((c) => c.status === 'fail');
  for (const c of failed.slice(0, MAX_CHECKS)) {
    const subject = c.subject === 'host' ? '' : `${c.subject.replace(/^0000:/, '')}, `;
    note(CHECK_FAILED, `${subject}${c.title}: ${c.why}; pt-doctor check says what to do`);
  }
}

/** Reads the tree that `root` names, with a progress line, and what `more` feeds besides. */
export async function examine(
  context: Context,
  root: string | undefined,
  options: Options,
  more: (doctor: Doctor, gate: Gate<Buffer>) => Promise<readonly Notice[]>,
): Promise<Result> {
  const tree = await openHostTree(context, root);
  return withProgress(context, async (say) => {
    const archive = await archiveOf(tree);
    const state = archive ? undefined : await readHost(tree, say, { quick: true });
    const read = reading({ ...options, ...(state ? { facts: silentFacts(state) } : {}) }, say);
    if (state) await readHostLogs(tree, state, read, say);
    for (const { name, text } of archive?.logs ?? []) await read.feed(name, once(text));
    for (const text of archive?.unread ?? []) read.note(FILE_UNREAD, text);
    for (const { code, text } of await more(read.doctor, read.gate)) read.note(code, text);
    const result = read.finish();
    if (result.input.lines > 0) return result;
    throw new UserError(
      `${tree.name}: neither a host nor a log is in it`,
      'Name a bundle of pt-doctor collect, or an archive of logs.',
      3,
    );
  });
}
