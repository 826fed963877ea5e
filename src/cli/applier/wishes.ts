// What plan and apply are asked for: the options, a fix by its name, and the fixes of a log's first diagnosis.
import { type Host, tryText } from '../../core/apply/host.ts';
import { INITRAMFS_IDS } from '../../core/apply/initramfs/by-hand.ts';
import { LOADER_IDS } from '../../core/apply/loaders/by-hand.ts';
import { ALLOW, type Allow } from '../../core/apply/needs.ts';
import { readDevices } from '../../core/apply/pci.ts';
import type { PlanOptions, Wish } from '../../core/apply/plan.ts';
import type { Bdf, Fix } from '../../core/model.ts';
import { inRange, isRange } from '../../core/rules/version.ts';
import { normalizeBdf } from '../../core/text/bdf.ts';
import { fill } from '../../core/text/fill.ts';
import { nearest } from '../../core/text/nearest.ts';
import { sanitize } from '../../core/text/sanitize.ts';
import { UserError } from '../../core/user-error.ts';
import type { Context } from '../context.ts';
import { ruleBase } from '../rule-base.ts';

export interface WishOptions {
  readonly bind?: readonly string[];
  readonly by?: string;
  readonly fix?: readonly string[];
  readonly device?: readonly string[];
  readonly vm?: string;
  readonly allow?: readonly string[];
  readonly loader?: string;
  readonly initramfs?: string;
  readonly root?: string;
  readonly json?: boolean;
}

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
  const { diagnoseFiles } = await import('../commands/diagnose.ts');
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
        action: { do: 'driver-bind', by: chosen(['id', 'address'], '--by', options.by) ?? 'id' },
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
  const near = nearest(id, fixes.keys());
  throw new UserError(
    `${id}: no such fix`,
    `${near ? `Did you mean ${near}? ` : ''}Fixes that can be applied: ${appliable
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
