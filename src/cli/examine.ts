// A host into one diagnosis: its logs, the newest starts of its guests, and what the machine itself shows.
import { createDoctor, type Doctor, type DoctorOptions } from '../core/engine/doctor.ts';
import type { Gate } from '../core/engine/gate.ts';
import { commandsFor } from '../core/fix/commands.ts';
import { readiness } from '../core/host/check.ts';
import { readGuestLogs } from '../core/host/logs.ts';
import { readHost, silentFacts } from '../core/host/read-host.ts';
import { hostTexts } from '../core/host/texts.ts';
import type { Tree } from '../core/host/tree.ts';
import type { Notice, Result } from '../core/model.ts';
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

/** Examines the host behind `tree`, and what `more` feeds. What may not be read becomes a notice of the result. */
async function examineHost(
  tree: Tree,
  options: Omit<DoctorOptions, 'facts' | 'commandsFor'>,
  say: (doing: string) => void,
  more: (doctor: Doctor, gate: Gate<Buffer>) => Promise<readonly Notice[]>,
): Promise<Result> {
  const state = await readHost(tree, say, { quick: true });
  const doctor = createDoctor({ ...options, commandsFor, facts: silentFacts(state) });
  const gate = gateFor(doctor.sieve);
  const notices: Notice[] = [];
  const feed = async (name: string, chunks: AsyncIterable<Uint8Array>) => {
    say(`reading ${name}`);
    doctor.source(name);
    await readLog(streamSource(chunks), name, gate, doctor);
  };
  for (const { name, text } of await hostTexts(tree, state)) await feed(name, once(text));
  say('the log of this boot');
  const { log, missing } = await hostLog(tree);
  if (log) await feed(log.name, log.chunks);
  if (missing)
    notices.push({
      code: 'log-unread',
      text: `no kernel log: ${missing.why}${missing.unread === 'denied' ? '; run it with sudo' : ''}`,
    });
  const guests = await readGuestLogs(tree);
  for (const { name, text } of guests.logs) await feed(name, once(text));
  for (const { path, missing: why } of guests.unread)
    notices.push({ code: 'log-unread', text: `${path}: ${why.why}` });
  notices.push(...(await more(doctor, gate)));
  for (const text of unreadWords(state)) notices.push({ code: 'host-unread', text });
  const failed = readiness(state).checks.filter((c) => c.status === 'fail');
  for (const c of failed.slice(0, MAX_CHECKS)) {
    const subject = c.subject === 'host' ? '' : `${c.subject.replace(/^0000:/, '')}, `;
    notices.push({
      code: 'check-failed',
      text: `${subject}${c.title}: ${c.why}; pt-doctor check says what to do`,
    });
  }
  const result = doctor.finish();
  return { ...result, notices: [...result.notices, ...notices] };
}

/** The same for a command: opens the tree that `root` names, with a progress line. */
export async function examine(
  context: Context,
  root: string | undefined,
  options: Omit<DoctorOptions, 'facts' | 'commandsFor'>,
  more: (doctor: Doctor, gate: Gate<Buffer>) => Promise<readonly Notice[]>,
): Promise<Result> {
  const tree = await openHostTree(context, root);
  return withProgress(context, (say) => examineHost(tree, options, say, more));
}
