// After the reboot: does what runs agree with what was applied? Each drift comes with its likely reason.

import { moduleName } from '../text/module-name.ts';
import { builtIn, type Draft, type Expectation } from './draft.ts';
import { argName, removes, satisfies } from './edit.ts';
import { exists, type Host, HostFault, tryText } from './host.ts';
import { TOOLS } from './initramfs/find.ts';
import { LOADERS } from './loaders/find.ts';
import { sameValue } from './modprobe.ts';
import { attribute } from './pci.ts';
import { startDraft } from './plan.ts';
import { bootId, type UndoRecord } from './record.ts';
import { sha256 } from './sha256.ts';

export interface Check {
  readonly what: string;
  readonly ok: boolean;
  /** What was found instead, and why, as far as that can be told. */
  readonly found?: string;
  readonly reason?: string;
}

export interface Verification {
  /** Whether the machine was booted since the last apply. */
  readonly rebooted: boolean;
  readonly checks: readonly Check[];
  /** What could not be looked at. */
  readonly notices: readonly string[];
}

interface World {
  readonly host: Host;
  readonly draft: Draft;
  readonly rebooted: boolean;
  readonly kernel: string | undefined;
  readonly cmdline: readonly string[];
  readonly image: { readonly files: string | undefined; readonly notice: string | undefined };
}

/** The file list of the running kernel's initramfs. */
function lookInside(host: Host, draft: Draft, kernel: string | undefined): World['image'] {
  const argv = kernel && draft.initramfs ? TOOLS[draft.initramfs].inspect(host, kernel) : undefined;
  if (!argv) return { files: undefined, notice: 'the initramfs of the running kernel was not found' };
  const { status, output } = host.run(argv);
  return status === 0
    ? { files: output, notice: undefined }
    : { files: undefined, notice: `${argv.join(' ')} ended with status ${status} (it may need root)` };
}

function reasonFor(w: World, inConfiguration: boolean | undefined): string {
  if (!w.rebooted) return 'the host was not rebooted since';
  if (inConfiguration === false) return 'the configuration no longer says so';
  return `the boot loader that booted is not the one that was edited (${w.draft.loader ? LOADERS[w.draft.loader].title : 'unknown'}), or its refresh did not reach the disk that boots`;
}

function moduleReason(w: World, module: string): string {
  if (!w.rebooted) return 'the host was not rebooted since';
  if (builtIn(w.draft, module)) return `${module} is built into the kernel`;
  if (w.image.files !== undefined && !w.image.files.includes('modprobe.d/pt-doctor.conf'))
    return 'the initramfs of the running kernel does not contain /etc/modprobe.d/pt-doctor.conf: it was not rebuilt';
  return 'the module was loaded before its options were known';
}

type CheckOf = {
  readonly [E in Expectation['expect']]: (
    e: Extract<Expectation, { readonly expect: E }>,
    w: World,
  ) => readonly Check[];
};

const CHECKS: CheckOf = {
  argument: ({ add, remove }, w) => [
    ...add.map((token) => {
      const ok = w.cmdline.some((t) => satisfies(t, token));
      const other = w.cmdline.findLast((t) => argName(t) === argName(token));
      return {
        what: `kernel argument ${token}`,
        ok,
        ...(ok
          ? {}
          : {
              found: other ?? 'absent',
              reason: reasonFor(
                w,
                w.draft.configured?.some((t) => satisfies(t, token)),
              ),
            }),
      };
    }),
    ...remove.map((pattern) => {
      const still = w.cmdline.find((t) => removes(pattern, t));
      return {
        what: `no kernel argument ${pattern}`,
        ok: still === undefined,
        ...(still === undefined
          ? {}
          : { found: still, reason: reasonFor(w, !w.draft.configured?.includes(still)) }),
      };
    }),
  ],
  parameter({ module, option, value }, w) {
    const folder = `/sys/module/${moduleName(module)}`;
    const now = tryText(w.host, `${folder}/parameters/${option}`)?.trim();
    // ids= of vfio-pci and others are not readable there: the drivers of the devices tell.
    if (now === undefined && exists(w.host, folder)) return [];
    const ok = now !== undefined && sameValue(now, value);
    return [
      {
        what: `${module} ${option}=${value}`,
        ok,
        ...(ok ? {} : { found: now ?? 'module not loaded', reason: moduleReason(w, module) }),
      },
    ];
  },
  module({ module }, w) {
    const ok = exists(w.host, `/sys/module/${moduleName(module)}`) || builtIn(w.draft, module);
    return [
      {
        what: `module ${module} is loaded`,
        ok,
        ...(ok
          ? {}
          : {
              found: 'not loaded',
              reason: w.rebooted
                ? 'systemd-modules-load failed, or the kernel has no such module'
                : 'the host was not rebooted since',
            }),
      },
    ];
  },
  driver({ device, driver, id }, w) {
    const now = w.draft.devices.find((d) => d.bdf === device);
    if (!now)
      return [
        {
          what: `${device} is bound to ${driver}`,
          ok: false,
          found: 'no such device',
          reason: 'the address changed with the hardware',
        },
      ];
    if (now.id !== id)
      return [
        {
          what: `${device} is ${id}`,
          ok: false,
          found: now.id,
          reason: 'another device sits at this address now',
        },
      ];
    const ok = now.driver === driver || now.driver === undefined;
    const reason = !w.rebooted
      ? 'the host was not rebooted since'
      : now.driverModule === undefined || builtIn(w.draft, now.driverModule)
        ? `${now.driver} is built into the kernel and was first`
        : moduleReason(w, now.driver ?? '');
    return [
      {
        what: `${device} is bound to ${driver}`,
        ok,
        ...(ok ? {} : { found: now.driver ?? 'no driver', reason }),
      },
      {
        what: `${device} has an IOMMU group`,
        ok: now.iommuGroup !== undefined,
        ...(now.iommuGroup === undefined
          ? { found: 'none', reason: 'the IOMMU is off, in the firmware or on the kernel command line' }
          : {}),
      },
    ];
  },
  attribute({ device, attribute: name, value }, w) {
    const now = attribute(w.host, device, name);
    const ok = now === value;
    return [
      {
        what: `${device} ${name} is ${value}`,
        ok,
        ...(ok
          ? {}
          : {
              found: now ?? 'no such attribute',
              reason: w.rebooted ? 'the udev rule was not read' : 'the host was not rebooted since',
            }),
      },
    ];
  },
  'in-initramfs'({ file }, w) {
    if (w.image.files === undefined) return [];
    const ok = w.image.files.includes(file.replace(/^\//, ''));
    return [
      {
        what: `${file} is in the initramfs`,
        ok,
        ...(ok ? {} : { found: 'absent', reason: `the initramfs of ${w.kernel} was not rebuilt` }),
      },
    ];
  },
};

function check<E extends Expectation['expect']>(
  e: Extract<Expectation, { readonly expect: E }>,
  w: World,
): readonly Check[] {
  return CHECKS[e.expect as E](e, w);
}

/** Compares `host` with the applied `records`. */
export function verifyRecords(host: Host, records: readonly UndoRecord[]): Verification {
  const { draft } = startDraft(host);
  const boot = bootId(host);
  const kernel = tryText(host, '/proc/sys/kernel/osrelease')?.trim();
  const expectations = records.flatMap((r) => r.expectations);
  const needsImage = expectations.some((e) => e.expect !== 'argument' && e.expect !== 'attribute');
  const world: World = {
    host,
    draft,
    kernel,
    rebooted: boot !== undefined && boot !== records.at(-1)?.boot,
    cmdline: (tryText(host, '/proc/cmdline') ?? '').split(/\s+/).filter(Boolean),
    image: needsImage ? lookInside(host, draft, kernel) : { files: undefined, notice: undefined },
  };
  const files = new Map(
    records
      .flatMap((r) => r.files)
      .filter((f) => !(f.mayVanish && host.stat(f.path) === undefined))
      .map((f) => [f.path, f.afterHash] as const),
  );
  const fileChecks = [...files].map(([path, hash]): Check => {
    const now = hashed(host, path);
    return {
      what: `${path} is as written`,
      ok: now === hash,
      ...(now === hash
        ? {}
        : { found: now === undefined ? 'missing' : 'edited', reason: 'someone changed it since' }),
    };
  });
  const seen = new Set<string>();
  const live = expectations
    .flatMap((e) => check(e, world))
    .filter((c) => !seen.has(c.what) && seen.add(c.what));
  return {
    rebooted: world.rebooted,
    checks: [...fileChecks, ...live],
    notices: world.image.notice ? [world.image.notice] : [],
  };
}

function hashed(host: Host, path: string): string | undefined {
  try {
    const bytes = host.read(path);
    return bytes && sha256(bytes);
  } catch (error) {
    if (error instanceof HostFault) return undefined;
    throw error;
  }
}
