// `pt-doctor gpu`: who uses the graphics cards, guests by name, refreshed on a terminal.
import Table from 'cli-table3';
import { createGpuSampler } from '../../core/host/gpu.ts';
import { type GpuUser, type GpuView, gpuViews } from '../../core/host/gpu-view.ts';
import { quietTree } from '../../core/host/quiet.ts';
import { readHost } from '../../core/host/read-host.ts';
import { got, type Tree } from '../../core/host/tree.ts';
import { wrap } from '../../core/report/wrap.ts';
import { shortBdf } from '../../core/text/bdf.ts';
import { sanitize } from '../../core/text/sanitize.ts';
import { UserError } from '../../core/user-error.ts';
import type { Context, ExitCode } from '../context.ts';
import { openHostTree } from '../host.ts';
import { type Paint, paintFor } from '../paint.ts';
import { withProgress } from '../progress.ts';
import { VERSION } from '../version.ts';

export interface GpuFlags {
  readonly json?: boolean;
  /** Seconds. */
  readonly interval: string;
  readonly root?: string;
}

/** Which card a device file belongs to. */
async function deviceFiles(tree: Tree): Promise<Map<string, string>> {
  const nodes = new Map<string, string>();
  for (const name of got(await tree.list('/sys/class/drm')) ?? []) {
    if (!/^(?:card|renderD)\d+$/.test(name)) continue;
    const link = got(await tree.readLink(`/sys/class/drm/${name}/device`));
    if (link) nodes.set(`/dev/dri/${name}`, link.slice(link.lastIndexOf('/') + 1));
  }
  for (const bdf of got(await tree.list('/proc/driver/nvidia/gpus')) ?? []) {
    const text = got(await tree.readText(`/proc/driver/nvidia/gpus/${bdf}/information`)) ?? '';
    const minor = /Device Minor:\s*(\d+)/.exec(text)?.[1];
    if (minor) nodes.set(`/dev/nvidia${minor}`, bdf);
  }
  return nodes;
}

const percent = (n: number) => `${n < 10 ? n.toFixed(1) : Math.round(n)} %`;
const bytes = (n: number) =>
  n >= 2 ** 30
    ? `${(n / 2 ** 30).toFixed(1)} GiB`
    : n >= 2 ** 20
      ? `${Math.round(n / 2 ** 20)} MiB`
      : `${Math.round(n / 1024)} KiB`;

function words(values: Readonly<Record<string, number>>, show: (n: number) => string): string {
  const busy = Object.entries(values)
    .filter(([, n]) => n > 0)
    .sort(([, a], [, b]) => b - a);
  return busy
    .slice(0, 4)
    .map(([name, n]) => `${name} ${show(n)}`)
    .join('\n');
}

const BARE = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

function usersTable(users: readonly GpuUser[], columns: number, paint: Paint): string {
  const who = Math.max(20, columns - 8 - 24 - 24 - 8);
  const table = new Table({
    head: ['pid', 'process', 'engines', 'memory'].map((t) => paint.dim(t)),
    colWidths: [8, who, 24, 24],
    wordWrap: true,
    chars: BARE,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  for (const u of users) {
    const name = u.guest === undefined ? u.name : paint.cyan(`guest ${u.guest}`);
    table.push([
      String(u.pid),
      name,
      u.untold ? paint.dim('not told') : words(u.engines, percent) || paint.dim('idle'),
      words(u.memory, bytes),
    ]);
  }
  return table.toString();
}

function page(views: readonly GpuView[], denied: number, columns: number, paint: Paint): string {
  const out: string[] = [];
  for (const v of views) {
    const state = v.powerState && v.powerState !== 'D0' ? `, ${v.powerState}` : '';
    const head = `${shortBdf(v.bdf)} ${v.name ?? 'graphics'}${v.id ? ` [${v.id}]` : ''}`;
    out.push(...wrap([sanitize(head)], columns, (t) => paint.bold(t)));
    out.push(paint.dim(`  ${v.driver ? `driver ${v.driver}` : 'no driver'}${state}`));
    if (v.givenTo)
      out.push(
        ...wrap([`in guest ${sanitize(v.givenTo)}`], columns - 2, (t) => paint.cyan(t)).map((l) => `  ${l}`),
      );
    if (v.note) out.push(...wrap([v.note], columns - 2, (t) => paint.yellow(t)).map((l) => `  ${l}`));
    if (v.users.length > 0)
      out.push(
        ...usersTable(v.users, columns - 2, paint)
          .split('\n')
          .map((l) => `  ${l}`.trimEnd()),
      );
    else if (!v.note) out.push(paint.dim('  nobody uses it'));
    out.push('');
  }
  if (views.length === 0) out.push('No graphics card is visible here.', '');
  if (denied > 0)
    out.push(
      ...wrap(
        [`${denied} processes of other users could not be looked at; sudo would show them`],
        columns,
        (t) => paint.dim(t),
      ),
      '',
    );
  return out.join('\n');
}

const HIDE = '\x1b[?25l';
const SHOW = '\x1b[?25h';
const SCREEN = '\x1b[?1049h';
const BACK = '\x1b[?1049l';

export async function gpuAction(context: Context, options: GpuFlags): Promise<ExitCode> {
  const seconds = Number(options.interval);
  if (!(seconds >= 0.1 && seconds <= 3600))
    throw new UserError(
      `--interval ${options.interval}: not a time`,
      'Give seconds, from 0.1 on: --interval 2',
    );
  const tree = quietTree(await openHostTree(context, options.root));
  const { state, nodes } = await withProgress(context, async (say) => {
    const read = await readHost(tree, say, { quick: true });
    return { state: read, nodes: await deviceFiles(tree) };
  });
  const sample = createGpuSampler(tree);
  const stop = new AbortController();
  const end = () => stop.abort();
  const pause = () =>
    new Promise<void>((done) => {
      const timer = setTimeout(done, seconds * 1000);
      stop.signal.addEventListener('abort', () => {
        clearTimeout(timer);
        done();
      });
    });
  const live = context.stdoutIsTty && !options.json && tree.live;
  const paint = await paintFor(context);
  process.once('SIGINT', end).once('SIGTERM', end);
  context.stop?.addEventListener('abort', end);
  if (live) context.print(SCREEN + HIDE);
  let before = await sample(context.now());
  let views = gpuViews(state, before, before, nodes);
  let denied = before.denied;
  try {
    do {
      if (tree.live) await pause();
      const after = await sample(context.now());
      views = gpuViews(state, before, after, nodes);
      denied = after.denied;
      before = after;
      if (live && !stop.signal.aborted) {
        const text = page(views, denied, context.columns, paint).split('\n').join('\x1b[K\n');
        context.print(`\x1b[H${text}\x1b[K\n${paint.dim(`every ${seconds} s; Ctrl-C ends`)}\x1b[J`);
      }
    } while (live && !stop.signal.aborted);
  } finally {
    if (live) context.print(SHOW + BACK);
    process.off('SIGINT', end).off('SIGTERM', end);
  }
  if (options.json) {
    const tool = { name: 'pt-doctor', version: VERSION };
    context.print(
      `${JSON.stringify({ schema: 1, tool, host: state.name, seconds, denied, gpus: views }, null, 2)}\n`,
    );
  } else context.print(page(views, denied, context.columns, paint));
  return 0;
}
