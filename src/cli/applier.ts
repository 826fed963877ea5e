// What plan, apply, verify and undo share: the host, the wishes that the options name, and the words for what happened.
import { isAbsolute, join } from 'node:path';
import type { Conflict, Outcome } from '../core/apply/apply.ts';
import { diffLines } from '../core/apply/diff.ts';
import { type Host, HostFault, tryText } from '../core/apply/host.ts';
import { INITRAMFS_IDS } from '../core/apply/initramfs/by-hand.ts';
import { LOADER_IDS } from '../core/apply/loaders/by-hand.ts';
import { ALLOW, type Allow } from '../core/apply/needs.ts';
import { readDevices } from '../core/apply/pci.ts';
import { type Plan, type PlanOptions, planSentence, type Wish } from '../core/apply/plan.ts';
import { recordStates } from '../core/apply/record.ts';
import { watched, withoutCommands } from '../core/apply/wrappers.ts';
import type { Bdf, Fix } from '../core/model.ts';
import { inRange, isRange } from '../core/rules/version.ts';
import { normalizeBdf } from '../core/text/bdf.ts';
import { fill } from '../core/text/fill.ts';
import { sanitize } from '../core/text/sanitize.ts';
import { UserError } from '../core/user-error.ts';
import { realHost } from '../node/real-host.ts';
import type { Context, ExitCode } from './context.ts';
import { ruleBase } from './rule-base.ts';

export interface WishOptions {
  readonly bind?: readonly string[];
  readonly by?: 'id' | 'address';
  readonly fix?: readonly string[];
  readonly device?: readonly string[];
  readonly vm?: string;
  readonly allow?: readonly string[];
  readonly loader?: string;
  readonly initramfs?: string;
  readonly root?: string;
  readonly json?: boolean;
}

/** The host at `--root`, whose commands are only printed, or the machine itself. */
export function openHost(context: Context, root: string | undefined): { host: Host; live: boolean } {
  if (root === undefined || root === '/') return { host: realHost('/'), live: true };
  const path = isAbsolute(root) ? root : join(context.cwd, root);
  const host = realHost(path);
  if (host.stat('/')?.kind !== 'dir')
    throw new UserError(`${root}: no such directory`, 'Give --root a directory.');
  return {
    live: false,
    host: withoutCommands(host, (argv) =>
      context.stderr.write(`not run, do it in the booted or chrooted system: ${argv.join(' ')}\n`),
    ),
  };
}

/** `host` that says each command before it runs: an initramfs takes minutes. A tree prints them by itself. */
export const saying = (context: Context, host: Host, live: boolean): Host =>
  live
    ? watched(host, ({ call, args }, when) => {
        if (call === 'run' && when === 'before') context.stderr.write(`running ${args.join(' ')} ...\n`);
      })
    : host;

const RISKY = new Set(['high']);

/** What a fix is for other kernels than the one that runs, in a sentence. */
function otherKernels({ id, when }: Fix, host: Host): string | undefined {
  const kernel = tryText(host, '/proc/sys/kernel/osrelease')?.trim();
  const ranges = (when?.facts?.kernel ?? []).filter(isRange);
  return kernel === undefined || ranges.length === 0 || ranges.some((r) => inRange(kernel, r))
    ? undefined
    : `${id} is for Linux ${ranges.join(' or ')}, and this host runs ${kernel}: it may have no effect here`;
}

/** `fix` on `devices`, with its texts naming them. Field by field: a built-in fix reads its fields when they are asked for. */
function wishFor(host: Host, fix: Fix, devices: readonly Bdf[]): Wish {
  const { id, action, title } = fix;
  const warnings = [otherKernels(fix, host) ?? [], fix.warning ? fill(fix.warning, devices) : []].flat();
  return { fix: { id, action, title: fill(title, devices), warnings }, devices };
}

/** Fixes of the first diagnosis of the logs that come in by a pipe or as files. */
async function diagnosed(context: Context, host: Host, files: readonly string[]): Promise<Wish[]> {
  const { diagnoseFiles } = await import('./commands/diagnose.ts');
  const { base } = await ruleBase(undefined, context.cwd);
  const { diagnoses } = await diagnoseFiles(context, files, base);
  const [first] = diagnoses;
  if (!first) {
    context.stderr.write('No passthrough fault was found in the log.\n');
    return [];
  }
  context.stderr.write(`${sanitize(first.title)}\n`);
  return first.fixes.flatMap((advice) => {
    const fix = base.fixes.get(advice.id);
    if (!fix || !advice.appliable) return [];
    if (RISKY.has(fix.risk)) {
      context.stderr.write(
        `Left out for its risk: ${fix.id}. Ask for it with: pt-doctor plan --fix ${fix.id}\n`,
      );
      return [];
    }
    return [wishFor(host, fix, first.devices)];
  });
}

function bdfs(words: readonly string[] | undefined): Bdf[] {
  return (words ?? []).map((word) => {
    const bdf = normalizeBdf(word);
    if (!/^[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/.test(bdf))
      throw new UserError(
        `${word}: not a PCI address`,
        'Addresses look like 04:00.3 or 0000:04:00.3; lspci shows them.',
      );
    return bdf;
  });
}

function needDevices(host: Host, wanted: readonly Bdf[]): void {
  if (wanted.length === 0) return;
  const devices = readDevices(host);
  if (devices.length === 0)
    throw new UserError('this tree has no /sys', 'Devices can be named on the running host only.', 3);
  for (const bdf of wanted) {
    const device = devices.find((d) => d.bdf === bdf);
    if (!device) throw new UserError(`${bdf}: no such device`, 'lspci -D lists the devices of this host.');
    if (device.class.startsWith('0604'))
      throw new UserError(
        `${bdf} is a PCI bridge`,
        'Bind the devices behind it; bridges stay with the host.',
      );
  }
}

/** What `--bind`, `--fix` and a log ask for. */
export async function wishesOf(
  context: Context,
  host: Host,
  files: readonly string[],
  options: WishOptions,
): Promise<Wish[]> {
  const bind = bdfs(options.bind);
  const devices = [...new Set([...bdfs(options.device), ...bind])];
  needDevices(host, devices);
  const wishes: Wish[] = [];
  if (options.fix && options.fix.length > 0) {
    const { base } = await ruleBase(undefined, context.cwd);
    for (const id of options.fix) {
      const fix = findFix(base.fixes, id);
      if (devices.length === 0 && needsDevice(fix))
        throw new UserError(
          `${id} is about a device`,
          `Name it: pt-doctor plan --fix ${id} --device 04:00.3`,
        );
      wishes.push(wishFor(host, fix, devices));
    }
  }
  if (bind.length > 0)
    wishes.push({
      fix: {
        id: 'bind',
        title: `Bind ${bind.join(', ')} to vfio-pci`,
        action: { do: 'driver-bind', by: options.by ?? 'id' },
      },
      devices: bind,
    });
  if (wishes.length > 0) return wishes;
  if (files.length === 0 && context.stdin.isTTY)
    throw new UserError(
      'nothing to plan',
      'Say what: --bind 04:00.3, --fix disable-idle-d3, --lint, or pipe a log in: dmesg | pt-doctor plan',
    );
  return diagnosed(context, host, files);
}

function needsDevice({ action }: Fix): boolean {
  return (
    action.do === 'driver-bind' ||
    action.do === 'sysfs-value' ||
    (action.do === 'kernel-arg' && action.add.some((a) => a.includes('{device}'))) ||
    (action.do === 'modprobe-softdep' && action.module === '{driver}') ||
    (action.do === 'modprobe-blacklist' && action.modules.includes('{driver}'))
  );
}

/** The devices that `wishes` bind. */
export const boundBy = (wishes: readonly Wish[]): Bdf[] =>
  wishes.flatMap((w) => (w.fix.action.do === 'driver-bind' ? w.devices : []));

function findFix(fixes: ReadonlyMap<string, Fix>, id: string): Fix {
  const fix = fixes.get(id);
  if (fix) return fix;
  const appliable = [...fixes.values()].filter(
    (f) => f.action.do !== 'manual' && f.action.do !== 'vm-option',
  );
  throw new UserError(
    `${id}: no such fix`,
    `Fixes that can be applied: ${appliable
      .map((f) => f.id)
      .sort()
      .join(', ')}`,
  );
}

/** One of `known`, or undefined when the option was not given. */
function chosen<T extends string>(
  known: readonly T[],
  option: string,
  word: string | undefined,
): T | undefined {
  const found = known.find((k) => k === word);
  if (word !== undefined && found === undefined)
    throw new UserError(`${option} ${word}: pt-doctor knows no such one`, `One of: ${known.join(', ')}`);
  return found;
}

/** The options of the planner, checked. */
export function planOptions(options: WishOptions): PlanOptions & { readonly allow: readonly Allow[] } {
  const dangers = Object.keys(ALLOW) as Allow[];
  const loader = chosen(LOADER_IDS, '--loader', options.loader);
  const initramfs = chosen(INITRAMFS_IDS, '--initramfs', options.initramfs);
  return {
    allow: (options.allow ?? []).flatMap((word) => chosen(dangers, '--allow', word) ?? []),
    ...(loader ? { loader } : {}),
    ...(initramfs ? { initramfs } : {}),
  };
}

/** A plan as a person reads it: the differences, what stands in the way, and one sentence. */
export function planText(plan: Plan, guest: readonly string[] = []): string {
  const lines: string[] = [];
  const { name, loader, initramfs, loaderEvidence } = plan.host;
  lines.push(
    `Host: ${name}; boot loader ${loader ?? 'not known'}; initramfs by ${initramfs ?? 'a tool not known'}`,
  );
  if (!loader) for (const e of loaderEvidence) lines.push(`  ${e}`);
  lines.push(...plan.goals.map((g) => `  ${g}`));
  for (const { path, before, after, mode } of plan.changes) {
    lines.push(
      '',
      before === undefined ? `new file ${path}${mode & 0o111 ? ' (executable)' : ''}` : `change ${path}`,
    );
    lines.push(...diffLines(before, after).map((l) => `  ${l}`));
  }
  if (plan.manual.length > 0)
    lines.push('', 'by hand, for pt-doctor cannot do this part', ...plan.manual.map((m) => `  ${m}`));
  const commands = [...plan.commands.map((c) => c.run), ...plan.refresh];
  if (commands.length > 0) lines.push('', 'then run', ...commands.map((c) => `  ${c.join(' ')}`));
  if (guest.length > 0) lines.push('', ...guest);
  if (plan.warnings.length > 0)
    lines.push('', ...plan.warnings.map((w) => `Warning: ${w.replace(/\.$/, '')}.`));
  if (plan.refusals.length > 0)
    lines.push(
      '',
      ...plan.refusals.map(
        (r) => `Refused: ${r.reason}; ${ALLOW[r.allow]}. To do it all the same: --allow ${r.allow}`,
      ),
    );
  lines.push('', planSentence(plan));
  return `${lines.map(sanitize).join('\n')}\n`;
}

/** What an earlier run left behind, in a sentence; undefined when nothing is open. */
export function leftBehind(host: Host): string | undefined {
  const open = recordStates(host).find((r) => r.state !== 'applied');
  if (!open) return undefined;
  const doing = open.state === 'applying' ? 'applying a plan' : 'taking a plan back';
  return `An earlier run was cut off while ${doing} (record ${open.number}). Go back with: pt-doctor undo; go on with: pt-doctor apply --resume`;
}

export function needRoot(live: boolean, command: string): void {
  if (live && process.getuid?.() !== 0)
    throw new UserError(
      'this needs root',
      `Run it with sudo: sudo pt-doctor ${command}. Only pt-doctor plan needs no root.`,
      3,
    );
}

/** A file that can't be read is no bug of ours: it is told in a sentence. Fedora keeps /boot/loader from everyone but root. */
export async function tellingFaults(work: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof HostFault)) throw error;
    const forbidden = error.code === 'EACCES' || error.code === 'EPERM';
    throw new UserError(
      error.message,
      forbidden ? 'On this host it takes root to read that: run it with sudo.' : 'Nothing was changed.',
      3,
    );
  }
}

/** Asks once; only an explicit yes counts. */
export async function confirmed(
  context: Context,
  question: string,
  yes: boolean | undefined,
): Promise<boolean> {
  if (yes) return true;
  if (!context.stdin.isTTY)
    throw new UserError('there is no terminal to ask at', 'Read the plan first, then add --yes.', 2);
  const { createInterface } = await import('node:readline');
  const lines = createInterface({ input: context.stdin, output: context.stderr });
  const answer = await new Promise<string>((resolve) => {
    // Ctrl-C and Ctrl-D close it: that is a no.
    lines.once('close', () => resolve('\n'));
    lines.question(`${question} [y/N] `, resolve);
  });
  if (answer === '\n') context.stderr.write(answer);
  lines.close();
  return /^y(es)?$/i.test(answer.trim());
}

function conflictText({ path, before, written, now }: Conflict): string[] {
  return [
    `${path} was edited after pt-doctor wrote it:`,
    '  what pt-doctor changed:',
    ...diffLines(before, written).map((l) => `    ${l}`),
    '  what was changed since:',
    ...(now === undefined ? ['    the file was removed'] : diffLines(written, now).map((l) => `    ${l}`)),
  ];
}

const WAY_OUT =
  'pt-doctor: nothing was changed. Take that edit back, or lose it and put back what was there before pt-doctor: sudo pt-doctor undo --force';

/** Says what came of it and answers the exit code. */
export function tellOutcome(context: Context, result: Outcome, done: string): ExitCode {
  const say = (...lines: string[]) => context.stderr.write(`${lines.map(sanitize).join('\n')}\n`);
  switch (result.outcome) {
    case 'done':
      context.print(`${done}\n`);
      return 0;
    case 'nothing':
      context.print('Nothing to do.\n');
      return 0;
    case 'locked':
      say(`pt-doctor: another run holds the lock: ${result.by}`);
      return 3;
    case 'unfinished':
      say(
        'pt-doctor: an earlier run was cut off. Go back with: pt-doctor undo; go on with: pt-doctor apply --resume',
      );
      return 3;
    case 'stale':
      say(
        `pt-doctor: changed since the plan was made: ${result.paths.join(', ')}`,
        '  Nothing was written; plan again.',
      );
      return 3;
    case 'conflict':
      say(...result.conflicts.flatMap(conflictText), WAY_OUT);
      return 3;
    case 'failed':
      say(
        ...result.output.trim().split('\n').slice(-15),
        `pt-doctor: ${result.why}`,
        result.restored
          ? '  Everything was put back as it was.'
          : '  It could not be put back completely. Mend the cause, then run: pt-doctor undo',
      );
      return 3;
  }
}
