// `pt-doctor watch`: the diagnosis appears while the guest is being started; the report comes at the end.
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { createDoctor, type Doctor } from '../../core/engine/doctor.ts';
import { createGate } from '../../core/engine/gate.ts';
import { commandsFor } from '../../core/fix/commands.ts';
import { type HostState, readHost, silentFacts } from '../../core/host/read-host.ts';
import { hostTexts } from '../../core/host/texts.ts';
import type { Diagnosis } from '../../core/model.ts';
import { shortBdf } from '../../core/text/bdf.ts';
import { sanitize } from '../../core/text/sanitize.ts';
import { UserError } from '../../core/user-error.ts';
import { newBlock } from '../../node/input.ts';
import { createLiveFeed, type LiveFeed } from '../../node/live-feed.ts';
import { watchSources } from '../../node/watch-sources.ts';
import type { Context, ExitCode } from '../context.ts';
import { openHostTree } from '../host.ts';
import { withProgress } from '../progress.ts';
import { ruleBase } from '../rule-base.ts';
import { VERSION } from '../version.ts';

export interface WatchFlags {
  readonly vm?: string;
  readonly start?: boolean;
  /** Follow these log files instead of the journal. */
  readonly follow?: readonly string[];
  readonly rules?: string;
}

/** A diagnosis is looked for this often, when lines came that may matter. */
const LOOK = 250;
/** After the start command has ended the kernel may still have something to say. */
const SETTLE = 2000;

function startCommand(state: HostState, id: string): readonly string[] {
  const guest = state.guests.list.find((g) => g.id === id || g.name === id);
  if (!guest)
    throw new UserError(
      `no guest ${id} on this host`,
      state.guests.list.length > 0
        ? `The guests are: ${state.guests.list.map((g) => g.id).join(', ')}`
        : 'Reading the guests may need root; or start it by hand and leave --start out.',
    );
  return guest.kind === 'proxmox'
    ? ['qm', 'start', guest.id]
    : ['virsh', '-c', 'qemu:///system', 'start', guest.id];
}

/** Runs the start command; its output is part of the log. Resolves when it has ended. */
function start(argv: readonly string[], feed: LiveFeed, onTrouble: (text: string) => void): Promise<number> {
  const [program = '', ...args] = argv;
  return new Promise((done) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, LC_ALL: 'C' },
    });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => feed.push(program, chunk));
    child.on('error', (error) => {
      onTrouble(`${argv.join(' ')}: ${error.message}`);
      done(1);
    });
    child.on('close', (code) => {
      feed.end(program);
      done(code ?? 1);
    });
  });
}

const keyOf = (d: Diagnosis) => `${d.cause} ${d.confidence} ${d.devices.join(' ')}`;

/** Says the first diagnosis whenever it has changed. */
function teller(context: Context, doctor: Doctor, feed: LiveFeed): () => void {
  let seen = 0;
  let told = '';
  return () => {
    if (feed.candidates === seen) return;
    seen = feed.candidates;
    const [first] = doctor.finish().diagnoses;
    if (!first || keyOf(first) === told) return;
    told = keyOf(first);
    const time = new Date(context.now()).toTimeString().slice(0, 8);
    const because = first.evidence.find((e) => e.effect === 'raises');
    const lines = [
      `${time}  ${first.confidence}: ${first.title} [${first.cause}] ${first.devices.map(shortBdf).join(' ')}`,
      ...(because ? [`          ${because.text}`] : []),
    ];
    context.print(`${lines.map((l) => sanitize(l).trimEnd()).join('\n')}\n`);
  };
}

export async function watchAction(context: Context, options: WatchFlags): Promise<ExitCode> {
  if (options.start && options.vm === undefined)
    throw new UserError('--start: which guest?', 'pt-doctor watch --vm 100 --start');
  const stop = new AbortController();
  const end = () => stop.abort();
  process.once('SIGINT', end).once('SIGTERM', end);
  context.stop?.addEventListener('abort', end);
  const trouble = (text: string) => void context.stderr.write(`${sanitize(text)}\n`);
  // The logs are followed at once, and what they say is kept until the host has been read.
  const early: [string, Buffer][] = [];
  const logs = new Set<string>();
  let take = (log: string, chunk: Buffer): void => void early.push([log, Buffer.from(chunk)]);
  const watching = watchSources(
    {
      files: (options.follow ?? []).map((f) => resolve(context.cwd, f)),
      now: context.now,
      onTrouble: trouble,
      ...(options.vm === undefined ? {} : { guest: options.vm }),
    },
    (log, chunk) => {
      logs.add(log);
      take(log, chunk);
    },
    stop.signal,
  );
  try {
    return await report(context, options, { watching, stop, logs, trouble }, (feed) => {
      for (const [log, chunk] of early.splice(0)) feed.push(log, chunk);
      take = feed.push;
    });
  } finally {
    stop.abort();
    process.off('SIGINT', end).off('SIGTERM', end);
  }
}

interface Watch {
  readonly watching: Promise<void>;
  readonly stop: AbortController;
  readonly logs: ReadonlySet<string>;
  readonly trouble: (text: string) => void;
}

/** Reads the host, tells diagnoses until the end, and prints the report. */
async function report(
  context: Context,
  options: WatchFlags,
  { watching, stop, logs, trouble }: Watch,
  attach: (feed: LiveFeed) => void,
): Promise<ExitCode> {
  const tree = await openHostTree(context, undefined);
  const { base } = await ruleBase(options.rules, context.cwd);
  const { state, texts } = await withProgress(context, async (say) => {
    const read = await readHost(tree, say, { quick: true });
    return { state: read, texts: await hostTexts(tree, read) };
  });
  const command = options.start && options.vm !== undefined ? startCommand(state, options.vm) : undefined;
  const doctor = createDoctor({ base, commandsFor, facts: silentFacts(state) });
  for (const { name, text } of texts) {
    doctor.source(name);
    for (const line of text.split('\n')) doctor.line(line);
  }
  doctor.source('watch');
  const feed = createLiveFeed(createGate(doctor.sieve, newBlock()), doctor);
  attach(feed);
  context.stderr.write(
    command
      ? `Starting guest ${sanitize(options.vm ?? '')}: ${command.join(' ')}\n`
      : 'Watching. Start the guest now; Ctrl-C ends with the report.\n',
  );
  const tell = teller(context, doctor, feed);
  const timer = setInterval(tell, LOOK);
  try {
    if (command) {
      await start(command, feed, trouble);
      await new Promise<void>((done) => {
        const settled = setTimeout(done, SETTLE);
        stop.signal.addEventListener('abort', () => {
          clearTimeout(settled);
          done();
        });
      });
      stop.abort();
    }
    await watching;
    await new Promise<void>((done) => {
      if (stop.signal.aborted) done();
      else stop.signal.addEventListener('abort', () => done());
    });
  } finally {
    clearInterval(timer);
  }
  for (const log of logs) feed.end(log);
  tell();
  const result = doctor.finish();
  const { terminalReport } = await import('../terminal.ts');
  context.print(
    await terminalReport(result, base, {
      columns: context.columns,
      color: context.color,
      verbose: false,
      version: VERSION,
    }),
  );
  return result.diagnoses.length > 0 ? 1 : 0;
}
