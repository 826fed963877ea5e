// From wishes to a plan: drafts every wish, adds the boot loader and the initramfs once at the end, and lists what changes.
import type { Bdf, Fix } from '../model.ts';
import {
  type CommandChange,
  type Draft,
  type DraftFile,
  drafted,
  type Expectation,
  type Refusal,
} from './draft.ts';
import {
  basename,
  bytesToText,
  type Host,
  missingParents,
  resolvePath,
  textToBytes,
  tryText,
} from './host.ts';
import { type InitramfsId, REBUILD } from './initramfs/by-hand.ts';
import { findInitramfs, TOOLS } from './initramfs/find.ts';
import { installedKernels } from './initramfs/tool.ts';
import { BY_HAND, type LoaderId } from './loaders/by-hand.ts';
import { findLoader, LOADERS } from './loaders/find.ts';
import { OWN_FILE } from './modprobe.ts';
import { readDevices } from './pci.ts';
import { sha256 } from './sha256.ts';

export interface FileChange {
  /** Real path, symlinks followed. */
  readonly path: string;
  /** Text, one character per byte; missing when the file is new. */
  readonly before?: string;
  readonly after: string;
  /** SHA-256 of the bytes before, or `absent`. */
  readonly beforeHash: string;
  readonly afterHash: string;
  /** Of a new file. */
  readonly mode: number;
  /** A boot loader entry goes with its kernel: when it is gone there is nothing to take back. */
  readonly mayVanish?: boolean;
}

export interface Plan {
  readonly schema: 1;
  readonly host: {
    readonly name: string;
    readonly loader?: LoaderId;
    readonly loaderEvidence: readonly string[];
    readonly initramfs?: InitramfsId;
  };
  /** What it is for, a sentence each. */
  readonly goals: readonly string[];
  readonly changes: readonly FileChange[];
  /** Folders that will be made, outermost first. */
  readonly folders: readonly string[];
  readonly commands: readonly CommandChange[];
  /** Run after the files, once each, in this order. */
  readonly refresh: readonly (readonly string[])[];
  readonly reboot: boolean;
  readonly refusals: readonly Refusal[];
  readonly manual: readonly string[];
  readonly warnings: readonly string[];
  readonly expectations: readonly Expectation[];
}

/** One thing to have: a fix, on these devices. */
export interface Wish {
  readonly fix: Pick<Fix, 'id' | 'title' | 'action'> & { readonly warnings?: readonly string[] };
  readonly devices: readonly Bdf[];
}

export interface PlanOptions {
  readonly loader?: LoaderId;
  readonly initramfs?: InitramfsId;
}

/** Name of the system in /etc/os-release; Proxmox VE calls itself Debian there. */
export function hostName(host: Host): string {
  if (
    tryText(host, '/usr/bin/pveversion') !== undefined ||
    tryText(host, '/etc/pve/local/pve-ssl.pem') !== undefined
  )
    return 'Proxmox VE';
  return /^PRETTY_NAME="?([^"\n]*)/m.exec(tryText(host, '/etc/os-release') ?? '')?.[1] ?? 'unknown host';
}

/** An empty draft of what `host` has now, and what a person is told where that is not one thing. */
export interface Start {
  readonly draft: Draft;
  readonly evidence: readonly string[];
  readonly choice: string | undefined;
  readonly initramfsChoice: string;
}

/** An empty draft for the host: which loader and initramfs tool it has, or was told, and what stands in the way. */
export function startDraft(host: Host, options: PlanOptions = {}): Start {
  const loader = options.loader
    ? { found: options.loader, evidence: ['chosen by --loader'] }
    : findLoader(host);
  const tools = options.initramfs ? [{ id: options.initramfs, sign: 'chosen' }] : findInitramfs(host);
  const [tool] = tools;
  const draft: Draft = {
    host,
    devices: readDevices(host),
    kernels: installedKernels(host),
    loader: loader.found,
    initramfs: tools.length === 1 ? tool?.id : undefined,
    files: new Map(),
    goals: [],
    refusals: [],
    warnings: [],
    manual: [],
    commands: [],
    expectations: [],
    configured: undefined,
    args: { add: [], remove: [] },
    initramfsChanged: false,
    loaderChanged: false,
  };
  const configured = loader.found && LOADERS[loader.found].configured(draft);
  const choice =
    loader.found === undefined
      ? `${loader.why}.${loader.candidates.length > 0 ? ` Choose with --loader ${loader.candidates.join(' or --loader ')}` : ''}`
      : undefined;
  const initramfsChoice =
    tools.length > 1
      ? `${tools.length} tools for the initramfs are installed and nothing tells which one is used. Choose with --initramfs ${tools.map((t) => t.id).join(' or --initramfs ')}`
      : 'The tool that makes the initramfs was not found';
  return { draft: { ...draft, configured }, evidence: [...loader.evidence], choice, initramfsChoice };
}

/** The kernel arguments, for which the boot loader has to be known. */
function draftArgs(draft: Draft, choice: string | undefined): void {
  const { loader, args } = draft;
  if (args.add.length === 0 && args.remove.length === 0) return;
  if (loader === undefined) {
    draft.manual.push(choice ?? 'no boot loader was found');
    draft.manual.push(
      `Kernel arguments to set by hand: ${args.add.join(' ') || 'none'}${args.remove.length > 0 ? `; to remove: ${args.remove.join(' ')}` : ''}`,
    );
    return;
  }
  const fault = LOADERS[loader].edit(draft, args);
  if (fault !== undefined)
    draft.manual.push(`${fault}. By hand:`, ...BY_HAND[loader].commands(args).map((c) => `  ${c}`));
}

const VFIO_IN_IMAGE = ['vfio', 'vfio_iommu_type1', 'vfio_pci'];

function draftInitramfs(draft: Draft, script: string, choice: string): void {
  const binds = draft.expectations.some((e) => e.expect === 'driver');
  if (!draft.initramfsChanged && !binds) return;
  if (draft.initramfs === undefined) {
    if (!draft.initramfsChanged) return;
    draft.manual.push(
      choice,
      'Or rebuild it by hand after the files above are written, with one of:',
      ...Object.values(REBUILD).map((r) => `  ${r.command}   # ${r.hosts}`),
    );
    return;
  }
  const tool = TOOLS[draft.initramfs];
  if (binds) {
    const used = drafted(draft, script) === undefined ? undefined : script;
    const before = draft.files.size;
    const fault = tool.include(draft, VFIO_IN_IMAGE, used);
    if (fault !== undefined) draft.manual.push(fault);
    // booster takes the options out of the files and not the files.
    const own = draft.initramfs !== 'booster' && drafted(draft, OWN_FILE) !== undefined ? [OWN_FILE] : [];
    for (const file of [...own, ...(used ? [used] : [])])
      draft.expectations.push({ expect: 'in-initramfs', file });
    if (draft.files.size > before) draft.initramfsChanged = true;
  }
  if (draft.initramfsChanged && tool.switchOn) draft.commands.push(tool.switchOn(draft.host));
}

export interface PlanRun extends Start {
  /** Path of the script that binds by address, when a plan may use one. */
  readonly script: string;
}

/** Finishes the draft: loader and initramfs once, then the list of changes. */
export function finishPlan(run: PlanRun): Plan {
  const { draft } = run;
  draftArgs(draft, run.choice);
  draftInitramfs(draft, run.script, run.initramfsChoice);
  const changes = [...draft.files]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([path, file]) => change(draft.host, path, file));
  const refresh = [
    ...(draft.initramfsChanged && draft.initramfs ? TOOLS[draft.initramfs].rebuild(draft.host) : []),
    ...(draft.loaderChanged && draft.loader ? [LOADERS[draft.loader].refresh(draft.host) ?? []] : []),
  ].filter((argv) => argv.length > 0);
  const empty = changes.length === 0 && draft.commands.length === 0;
  return {
    schema: 1,
    host: {
      name: hostName(draft.host),
      loaderEvidence: run.evidence,
      ...(draft.loader ? { loader: draft.loader } : {}),
      ...(draft.initramfs ? { initramfs: draft.initramfs } : {}),
    },
    goals: draft.goals,
    changes,
    folders: [...new Set(changes.flatMap((c) => missingParents(draft.host, c.path)))].sort(),
    commands: draft.commands,
    refresh: empty ? [] : refresh,
    reboot: !empty,
    refusals: draft.refusals,
    manual: draft.manual,
    warnings: draft.warnings,
    expectations: draft.expectations,
  };
}

function change(host: Host, path: string, { text: after, mode, mayVanish }: DraftFile): FileChange[] {
  const old = host.read(resolvePath(host, path));
  const before = old && bytesToText(old);
  if (before === after) return [];
  return [
    {
      path,
      after,
      mode,
      beforeHash: old ? sha256(old) : 'absent',
      afterHash: sha256(textToBytes(after)),
      ...(before === undefined ? {} : { before }),
      ...(mayVanish ? { mayVanish } : {}),
    },
  ];
}

/** True when nothing is left to do. */
export function isEmpty(plan: Plan): boolean {
  return plan.changes.length === 0 && plan.commands.length === 0 && plan.manual.length === 0;
}

const PROGRAMS: Readonly<Record<string, string>> = {
  'update-initramfs': 'initramfs',
  dracut: 'initramfs',
  mkinitcpio: 'initramfs',
  regenerate_images: 'initramfs',
};

const count = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`;

/** `Plan: 2 files to change, 1 to create, initramfs and boot loader to refresh, reboot needed.` */
export function planSentence(plan: Plan): string {
  if (plan.refusals.length > 0)
    return `Plan: refused, for the ${plan.refusals.length === 1 ? 'reason' : `${plan.refusals.length} reasons`} above. Nothing is changed.`;
  const changed = plan.changes.filter((c) => c.before !== undefined).length;
  const made = plan.changes.length - changed;
  const refreshed = [...new Set(plan.refresh.map(([p = '']) => PROGRAMS[basename(p)] ?? 'boot loader'))];
  const parts = [
    ...(changed > 0 ? [`${count(changed, 'file')} to change`] : []),
    ...(made > 0 ? [`${changed > 0 ? made : count(made, 'file')} to create`] : []),
    ...(plan.commands.length > 0 ? [`${count(plan.commands.length, 'command')} to run`] : []),
    ...(refreshed.length > 0 ? [`${refreshed.join(' and ')} to refresh`] : []),
    ...(plan.reboot ? ['reboot needed'] : []),
  ];
  if (plan.manual.length > 0)
    return `Plan: by hand only, pt-doctor changes nothing here${parts.length > 0 ? ` (${parts.join(', ')})` : ''}.`;
  return parts.length > 0 ? `Plan: ${parts.join(', ')}.` : 'Plan: nothing to change.';
}
