// What in the present configuration of a host is wrong, reversed, obsolete or without effect. One check per function, in lint/.
import { cpuVendor } from '../apply/cpu.ts';
import { type Host, tryText } from '../apply/host.ts';
import { readDirectives } from '../apply/modprobe.ts';
import { startDraft } from '../apply/plan.ts';
import { sanitize } from '../text/sanitize.ts';
import { cmdlineFile, kernelArguments } from './lint/arguments.ts';
import {
  modconfMissing,
  obsoleteModules,
  scriptLeftOut,
  staleInitramfs,
  unusedConfig,
} from './lint/initramfs.ts';
import type { HostLint, Lint, Subject } from './lint/lint.ts';
import {
  builtInModules,
  harmfulBlacklist,
  idsTwice,
  ignoredFiles,
  reversedSoftdep,
  unknownCommands,
  unsafeInterrupts,
} from './lint/modprobe.ts';

const LINTS: readonly Lint[] = [
  kernelArguments,
  cmdlineFile,
  obsoleteModules,
  reversedSoftdep,
  idsTwice,
  harmfulBlacklist,
  builtInModules,
  unknownCommands,
  ignoredFiles,
  unsafeInterrupts,
  unusedConfig,
  modconfMissing,
  scriptLeftOut,
  staleInitramfs,
];

function newestKernel(kernels: readonly string[]): number | undefined {
  const versions = kernels.flatMap((k) => {
    const m = /^(\d+)\.(\d+)/.exec(k);
    return m ? [Number(m[1]) * 1000 + Number(m[2])] : [];
  });
  return versions.length > 0 ? Math.max(...versions) : undefined;
}

/** Everything that is amiss in the passthrough configuration of `host`; reads only. */
export function lintHost(host: Host): HostLint[] {
  const { draft } = startDraft(host);
  const running = (tryText(host, '/proc/cmdline') ?? '').split(/\s+/).filter(Boolean);
  const subject: Subject = {
    host,
    draft,
    directives: readDirectives(host),
    args: [...new Set([...(draft.configured ?? []), ...running])],
    vendor: cpuVendor(host),
    kernel: newestKernel(draft.kernels),
  };
  return LINTS.flatMap((lint) => lint(subject));
}

export function lintText(found: readonly HostLint[]): string {
  if (found.length === 0) return 'Nothing is amiss in the passthrough configuration.\n';
  const lines = found.flatMap((f) => [`${f.at}: ${f.text} [${f.id}]`, `  ${f.cure}`]);
  return `${lines.map(sanitize).join('\n')}\n`;
}
