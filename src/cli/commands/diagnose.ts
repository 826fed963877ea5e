// `pt-doctor [FILE...]` and `dmesg | pt-doctor`: the main job.
import { resolve } from 'node:path';
import { createDoctor, type DoctorOptions } from '../../core/engine/doctor.ts';
import { FILE_UNREAD, isPartial } from '../../core/engine/notices.ts';
import { commandsFor } from '../../core/fix/commands.ts';
import type { Notice, Result, RuleBase } from '../../core/model.ts';
import { UserError } from '../../core/user-error.ts';
import { cutOffRun } from '../../node/cut-off.ts';
import { gateFor } from '../../node/fast-gate.ts';
import type { Context, ExitCode } from '../context.ts';
import { feedFiles } from '../feed.ts';
import { bundleNames, nothingGiven } from '../host-asked.ts';
import type { ShareFlags, ShareFormat } from '../share.ts';
import { VERSION } from '../version.ts';

export interface DiagnoseOptions extends ShareFlags {
  /** Terminal when neither this nor a place is given. */
  readonly format?: 'terminal' | 'json' | ShareFormat;
  /** As every other command has it. */
  readonly json?: boolean;
  readonly output?: string;
  readonly verbose?: boolean;
  readonly boot?: string;
  readonly allLines?: boolean;
  readonly rules?: string;
  readonly root?: string;
}

function bootOption(text: string | undefined): number | 'all' | undefined {
  if (text === undefined || text === 'all') return text;
  const n = Number(text);
  if (!Number.isInteger(n) || n > 0)
    throw new UserError(
      `--boot ${text}: not a boot`,
      'Use 0 for the newest boot, -1 for the one before, or all.',
    );
  return n;
}

/** Usage in a screen, for `pt-doctor` with neither a file nor a pipe on a machine that is no Linux host. */
const USAGE = `pt-doctor reads the logs of a failed PCI passthrough and names the cause and the cure.

  dmesg | pt-doctor                      the kernel log of this boot (sudo may be needed)
  journalctl -b | pt-doctor              the journal of this boot
  pt-doctor dmesg.log task.log lspci.txt several files together: the more facts the better
  pt-doctor '/var/log/libvirt/qemu/*.log'
  pt-doctor --for proxmox *.log          a report to post, masked; also reddit, arch, github ...
  pt-doctor -o report.html dmesg.log     a page to look at or to print
  pt-doctor --format json log.txt.gz     for programs; gzip is opened by content

  pt-doctor explain d3cold-power-transition   all about a cause, rule or fix
  pt-doctor --help                            every command and option

Helpful beside dmesg: lspci -nnk, cat /proc/cmdline, qm config VMID, and the task error.
`;

/** What the name of the file to write asks for. */
const BY_ENDING: Readonly<Record<string, ShareFormat | 'json'>> = {
  html: 'html',
  htm: 'html',
  md: 'markdown',
  json: 'json',
};

function formatOf({ json, format, output, for: place }: DiagnoseOptions): DiagnoseOptions['format'] {
  if (json) return 'json';
  return format ?? (place === undefined ? BY_ENDING[/\.(\w+)$/.exec(output ?? '')?.[1] ?? ''] : undefined);
}

/** The report in the format asked for; several texts with --split. Heavy formats are loaded when they are needed. */
async function reportTexts(
  result: Result,
  base: RuleBase,
  context: Context,
  options: DiagnoseOptions,
): Promise<readonly string[]> {
  const format = formatOf(options);
  const shared = options.for !== undefined || (format && format !== 'terminal' && format !== 'json');
  if (shared && format !== 'terminal' && format !== 'json') {
    const { shareTexts } = await import('../share.ts');
    return shareTexts(result, base, VERSION, format, options);
  }
  if (options.for ?? options.limit ?? options.split ?? options.redactAlso)
    throw new UserError(
      '--for, --limit, --split and --redact-also are for reports to post',
      'Name the place, such as --for reddit, or use --format markdown, bbcode or text.',
    );
  if (format === 'json') {
    const { jsonReport } = await import('../../core/report/json.ts');
    return [`${jsonReport(result, base, VERSION)}\n`];
  }
  const { terminalReport } = await import('../terminal.ts');
  return [
    await terminalReport(result, base, {
      columns: context.columns,
      color: context.color && options.output === undefined,
      verbose: options.verbose ?? false,
      version: VERSION,
    }),
  ];
}

/** `result` with what else is to be said. */
const noted = (result: Result, notices: readonly Notice[]): Result =>
  notices.length > 0 ? { ...result, notices: [...result.notices, ...notices] } : result;

/** The diagnosis of texts that somebody gave to be explained. */
async function diagnoseGiven(
  context: Context,
  files: readonly string[],
  options: Omit<DoctorOptions, 'commandsFor'>,
): Promise<Result> {
  const given = { ...options, commandsFor };
  const doctor = createDoctor(given);
  const asked = files.length === 0 ? ['-'] : files;
  const { texts, notices, nothing } = await feedFiles(context, asked, doctor, gateFor(doctor.sieve));
  if (nothing) throw nothing;
  const result = doctor.finish();
  if (!texts) return noted(result, notices);
  const { reread } = await import('../../core/engine/reread.ts');
  return noted(reread(result, texts, given), notices);
}

/** Diagnoses log files, or standard input when there is none, for a command that goes on from there: all of them must be read. */
export async function diagnoseFiles(
  context: Context,
  files: readonly string[],
  base: RuleBase,
): Promise<Result> {
  const result = await diagnoseGiven(context, files, { base });
  const unread = result.notices.find((n) => n.code === FILE_UNREAD);
  if (unread) throw new UserError(unread.text, 'Leave it out, or mend it first: nothing was planned.', 3);
  return result;
}

/** The host to examine: that of --root, of the first bundle among the files, or the one we run on when nothing is given. */
async function hostAsked(
  context: Context,
  files: readonly string[],
  root: string | undefined,
): Promise<{ readonly path: string | undefined; readonly files: readonly string[] } | undefined> {
  if (root !== undefined) return { path: root, files };
  if (nothingGiven(context, files)) return { path: undefined, files };
  const named = bundleNames(files);
  if (named.length === 0) return undefined;
  const { isBundle } = await import('../../node/bundle.ts');
  for (const file of named)
    if (await isBundle(resolve(context.cwd, file)))
      return { path: file, files: files.filter((f) => f !== file) };
  return undefined;
}

/** Diagnoses `args`, files as they are (globs are spelled out by the caller), or standard input when there are none. */
export async function diagnoseAction(
  context: Context,
  args: readonly string[],
  options: DiagnoseOptions,
  { base, replaced }: { readonly base: RuleBase; readonly replaced: readonly string[] },
): Promise<ExitCode> {
  const { output } = options;
  if (
    output !== undefined &&
    args.some((file) => resolve(context.cwd, file) === resolve(context.cwd, output))
  )
    throw new UserError(`-o ${output}: that is the log itself`, 'Name another file for the report.');
  const host = await hostAsked(context, args, options.root);
  if (host && host.path === undefined && context.platform !== 'linux') {
    context.stderr.write(USAGE);
    return 2;
  }
  const boot = bootOption(options.boot);
  const wanted = {
    base,
    ...(options.allLines ? { allLines: true } : {}),
    ...(boot !== undefined ? { boot } : {}),
  };
  let finished: Result;
  if (host) {
    const { examine } = await import('../examine.ts');
    finished = await examine(context, host.path, wanted, async (doctor, gate) => {
      const { notices } = await feedFiles(context, host.files, doctor, gate);
      return notices;
    });
  } else finished = await diagnoseGiven(context, args, wanted);
  const result = noted(
    finished,
    replaced.length > 0
      ? [{ code: 'rules-replaced', text: `${options.rules} replaces built-in: ${replaced.join(', ')}` }]
      : [],
  );
  const texts = await reportTexts(result, base, context, options);
  if (options.output === undefined || options.output === '-')
    context.print(texts.join(texts.length > 1 ? '\n\n' : ''));
  else {
    const { sizeText, writeTexts } = await import('../share.ts');
    const names = await writeTexts(resolve(context.cwd, options.output), texts);
    for (const [i, name] of names.entries()) context.stderr.write(sizeText(name, texts[i] ?? ''));
  }
  if (context.platform === 'linux' && cutOffRun() !== undefined)
    context.stderr.write(
      'pt-doctor: a change of this host was cut off. Go back with: pt-doctor undo; go on with: pt-doctor apply --resume\n',
    );
  return result.diagnoses.length > 0 ? 1 : isPartial(result) ? 3 : 0;
}
