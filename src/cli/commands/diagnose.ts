// `pt-doctor [FILE...]` and `dmesg | pt-doctor`: the main job.
import { createDoctor } from '../../core/engine/doctor.ts';
import { createGate } from '../../core/engine/gate.ts';
import { commandsFor } from '../../core/fix/commands.ts';
import { UserError } from '../../core/user-error.ts';
import { newBlock, readLog } from '../../node/input.ts';
import { type ByteSource, fileSource, stdinSource, streamSource } from '../../node/sources.ts';
import type { Context, ExitCode } from '../context.ts';
import { VERSION } from '../program.ts';
import { ruleBase } from '../rule-base.ts';

export interface DiagnoseOptions {
  readonly format: 'terminal' | 'json';
  readonly verbose?: boolean;
  readonly boot?: string;
  readonly allLines?: boolean;
  readonly rules?: string;
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

async function expand(patterns: readonly string[], cwd: string): Promise<string[]> {
  if (!patterns.some((p) => /[*?[\]{}!]/.test(p))) return [...patterns];
  const { glob } = (await import('fast-glob')).default;
  const files: string[] = [];
  for (const pattern of patterns) {
    if (pattern === '-' || !/[*?[\]{}!]/.test(pattern)) {
      files.push(pattern);
      continue;
    }
    const found = await glob(pattern, { cwd });
    if (found.length === 0)
      throw new UserError(
        `${pattern}: no file matches`,
        'Check the pattern; it is relative to this directory.',
      );
    files.push(...found.sort());
  }
  return [...new Set(files)];
}

function sourceOf(context: Context, file: string): ByteSource {
  if (file !== '-') return fileSource(file);
  const stream = () => context.stdin;
  return context.stdinFd === undefined ? streamSource(stream()) : stdinSource(context.stdinFd, stream);
}

/** Usage in a screen, for `pt-doctor` with neither a file nor a pipe. */
const USAGE = `pt-doctor reads the logs of a failed PCI passthrough and names the cause and the cure.

  dmesg | pt-doctor                      the kernel log of this boot (sudo may be needed)
  journalctl -b | pt-doctor              the journal of this boot
  pt-doctor dmesg.log task.log lspci.txt several files together: the more facts the better
  pt-doctor '/var/log/libvirt/qemu/*.log'
  pt-doctor --format json log.txt.gz     for programs; gzip is opened by content

  pt-doctor explain d3cold-power-transition   all about a cause or a rule
  pt-doctor --help                            every command and option

Helpful beside dmesg: lspci -nnk, cat /proc/cmdline, qm config VMID, and the task error.
`;

export async function diagnoseAction(
  context: Context,
  args: readonly string[],
  options: DiagnoseOptions,
): Promise<ExitCode> {
  if (args.length === 0 && context.stdin.isTTY) {
    context.stderr.write(USAGE);
    return 2;
  }
  const boot = bootOption(options.boot);
  const { base, replaced } = await ruleBase(options.rules, context.cwd);
  const doctor = createDoctor({
    base,
    commandsFor,
    ...(options.allLines ? { allLines: true } : {}),
    ...(boot !== undefined ? { boot } : {}),
  });
  const files = args.length === 0 ? ['-'] : await expand(args, context.cwd);
  const gate = createGate(doctor.literals, newBlock());
  for (const file of files) {
    const name = file === '-' ? 'stdin' : file;
    doctor.source(name);
    const { bytes } = await readLog(sourceOf(context, file), name, gate, doctor);
    if (bytes === 0 && file === '-')
      throw new UserError(
        'the pipe was empty',
        'Reading the kernel log may need root: sudo dmesg | pt-doctor, or: sudo journalctl -b | pt-doctor',
      );
  }
  const finished = doctor.finish();
  const result =
    replaced.length > 0
      ? {
          ...finished,
          notices: [
            ...finished.notices,
            { code: 'rules-replaced', text: `${options.rules} replaces built-in: ${replaced.join(', ')}` },
          ],
        }
      : finished;
  if (options.format === 'json') {
    const { jsonReport } = await import('../../core/report/json.ts');
    context.stdout.write(`${jsonReport(result, base, VERSION)}\n`);
  } else {
    const { terminalReport } = await import('../terminal.ts');
    context.stdout.write(
      await terminalReport(result, base, {
        columns: context.columns,
        color: context.color,
        verbose: options.verbose ?? false,
        version: VERSION,
      }),
    );
  }
  return result.diagnoses.length > 0 ? 1 : 0;
}
