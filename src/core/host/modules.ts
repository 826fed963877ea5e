// Kernel modules: loaded, built in, there at all; what modprobe.d and modules-load.d say; what the initramfs holds.
import { MODPROBE_FOLDERS, modprobeLines } from '../text/modprobe.ts';
import { got, inParallel, isRead, type Missing, type Tree } from './tree.ts';

export interface ModuleSetting {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly kind: 'options' | 'softdep' | 'blacklist' | 'load';
  readonly module: string;
  /** `ids=10de:1b81 disable_vga=1`, `pre: vfio-pci`, or ''. */
  readonly rest: string;
}

export interface Modules {
  /** Undefined when /proc/modules could not be read. Names with `_`. */
  readonly loaded?: ReadonlySet<string>;
  /** Of those that passthrough is about; undefined when /lib/modules could not be read. */
  readonly builtin?: ReadonlySet<string>;
  readonly available?: ReadonlySet<string>;
  readonly settings: readonly ModuleSetting[];
  /** Paths in the initramfs of the running kernel that passthrough is about, or why they are not known. */
  readonly initramfs: readonly string[] | Missing;
}

/** Where the live host's probe puts the listing of the initramfs (see src/node/probes.ts), and a bundle keeps it. */
const INITRAMFS = '/pt-doctor/initramfs';

const NOT_ASKED: Missing = { unread: 'absent', why: 'not asked for' };

const OF_INTEREST =
  /(?:^|\/)(?:vfio[\w-]*|kvm[\w-]*|xhci[\w-]*|nvme|ahci|amdgpu|radeon|nvidia[\w-]*|nouveau|i915|xe|snd[_-]hda[_-]intel|simpledrm|vendor-reset)\.ko/;
const nameIn = (path: string) =>
  path
    .slice(path.lastIndexOf('/') + 1)
    .replace(/\.ko.*$/, '')
    .replaceAll('-', '_');

const MODPROBE_KINDS = ['options', 'softdep', 'blacklist'] as const;

/** The settings of one file of modprobe.d; people write comments behind them, too. */
function parseModprobe(text: string, file: string): ModuleSetting[] {
  return modprobeLines(text).flatMap(({ line, command, module, words }) => {
    const kind = MODPROBE_KINDS.find((k) => k === command);
    const comment = words.findIndex((w) => w.startsWith('#'));
    const rest = (comment < 0 ? words : words.slice(0, comment)).join(' ');
    return kind && module !== '' ? [{ file, line, kind, module, rest }] : [];
  });
}

function parseLoad(text: string, file: string): ModuleSetting[] {
  return text.split('\n').flatMap((raw, i) => {
    const [module, ...rest] = raw
      .replace(/[#;].*$/, '')
      .trim()
      .split(/\s+/);
    return module ? [{ file, line: i + 1, kind: 'load' as const, module, rest: rest.join(' ') }] : [];
  });
}

async function settingsOf(tree: Tree): Promise<ModuleSetting[]> {
  const files: string[] = [];
  const names = new Set<string>();
  for (const dir of MODPROBE_FOLDERS)
    for (const name of got(await tree.list(dir)) ?? []) {
      // A file of the same name in an earlier directory replaces it (modprobe.d(5)).
      if (!name.endsWith('.conf') || names.has(name)) continue;
      names.add(name);
      files.push(`${dir}/${name}`);
    }
  const loads = (got(await tree.list('/etc/modules-load.d')) ?? [])
    .filter((n) => n.endsWith('.conf'))
    .map((n) => `/etc/modules-load.d/${n}`);
  const read = async (path: string, parse: (text: string, file: string) => ModuleSetting[]) =>
    parse(got(await tree.readText(path)) ?? '', path);
  return [
    ...(await inParallel(files, 4, (path) => read(path, parseModprobe))),
    ...(await inParallel(['/etc/modules', ...loads], 4, (path) => read(path, parseLoad))),
  ].flat();
}

/** Everything about modules, for the running kernel `release`; `quick` leaves the initramfs unlooked at. */
export async function readModules(tree: Tree, release: string | undefined, quick = false): Promise<Modules> {
  const loaded = await tree.pick('/proc/modules', () => true);
  const dir = release === undefined ? undefined : `/lib/modules/${release}`;
  const builtin =
    dir === undefined
      ? undefined
      : got(await tree.pick(`${dir}/modules.builtin`, (l) => OF_INTEREST.test(l)));
  const dep =
    dir === undefined
      ? undefined
      : got(await tree.pick(`${dir}/modules.dep`, (l) => OF_INTEREST.test(l.slice(0, l.indexOf(':')))));
  const initramfs = quick
    ? NOT_ASKED
    : await tree.pick(
        INITRAMFS,
        (l) =>
          OF_INTEREST.test(l) ||
          /etc\/(?:modprobe\.d\/.*\.conf|modules(?:-load\.d\/.*)?|initramfs-tools\/modules)$/.test(l),
      );
  const namesOf = (text: string, end: RegExp) =>
    new Set(text.split('\n').flatMap((l) => (l.trim() ? [nameIn(l.replace(end, '').trim())] : [])));
  return {
    settings: await settingsOf(tree),
    initramfs: isRead(initramfs) ? initramfs.value.split('\n').filter(Boolean) : initramfs,
    ...(isRead(loaded)
      ? { loaded: new Set(loaded.value.split('\n').map((l) => l.split(' ')[0] ?? '')) }
      : {}),
    ...(builtin !== undefined ? { builtin: namesOf(builtin, /\s.*$/) } : {}),
    ...(dep !== undefined ? { available: namesOf(dep, /:.*$/) } : {}),
  };
}
