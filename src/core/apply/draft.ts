// A plan in the making: what each file shall hold, what has to be rebuilt, and what stands in the way. Reads see the draft.
import type { Bdf } from '../model.ts';
import { moduleName } from '../text/module-name.ts';
import { type ArgEdit, editTokens, removes } from './edit.ts';
import { type Host, readText, resolvePath } from './host.ts';
import type { InitramfsId } from './initramfs/by-hand.ts';
import type { LoaderId } from './loaders/by-hand.ts';
import type { Allow } from './needs.ts';
import type { HostDevice } from './pci.ts';

export interface DraftFile {
  readonly text: string;
  /** Of a new file. */
  readonly mode: number;
  /** It goes with its kernel: a boot loader entry. */
  readonly mayVanish?: boolean;
}

export interface Refusal {
  readonly reason: string;
  readonly allow: Allow;
  readonly device: Bdf;
}

/** A change that only a command can make, with the command that takes it back. */
export interface CommandChange {
  readonly run: readonly string[];
  readonly undo: readonly string[];
}

/** What running system shows when the plan took effect: `verify` compares these. */
export type Expectation =
  | { readonly expect: 'argument'; readonly add: readonly string[]; readonly remove: readonly string[] }
  | { readonly expect: 'parameter'; readonly module: string; readonly option: string; readonly value: string }
  | { readonly expect: 'module'; readonly module: string }
  | { readonly expect: 'driver'; readonly device: Bdf; readonly driver: string; readonly id: string }
  | { readonly expect: 'attribute'; readonly device: Bdf; readonly attribute: string; readonly value: string }
  | { readonly expect: 'in-initramfs'; readonly file: string };

export interface Draft {
  readonly host: Host;
  readonly devices: readonly HostDevice[];
  readonly kernels: readonly string[];
  readonly loader: LoaderId | undefined;
  readonly initramfs: InitramfsId | undefined;
  /** Files by their real path, symlinks followed. */
  readonly files: Map<string, DraftFile>;
  /** What the plan is for, a sentence each. */
  readonly goals: string[];
  readonly refusals: Refusal[];
  readonly warnings: string[];
  /** Steps that only a person can do: with any of them the plan can't be applied. */
  readonly manual: string[];
  readonly commands: CommandChange[];
  readonly expectations: Expectation[];
  /** The kernel command line as configured now; undefined when it can't be read. */
  readonly configured: readonly string[] | undefined;
  args: ArgEdit;
  initramfsChanged: boolean;
  loaderChanged: boolean;
}

/** The text that `path` will hold; undefined when it will not exist. */
export function drafted(draft: Draft, path: string): string | undefined {
  return draft.files.get(resolvePath(draft.host, path))?.text ?? readText(draft.host, path);
}

/** Answers whether that changes anything. A new file gets `mode`; an old one keeps its own. */
export function draftText(draft: Draft, path: string, text: string, mode = 0o644): boolean {
  if (drafted(draft, path) === text) return false;
  draft.files.set(resolvePath(draft.host, path), { text, mode });
  return true;
}

/** As draftText, for a file that is there and goes away with the kernel that it starts. */
export function draftEntry(draft: Draft, path: string, text: string): void {
  if (drafted(draft, path) !== text)
    draft.files.set(resolvePath(draft.host, path), { text, mode: 0o644, mayVanish: true });
}

export const OWN_HEADER = '# Written by pt-doctor; `pt-doctor undo` takes it back.\n';

/** Adds `lines` to a file of pt-doctor's own, each once. Answers whether that changes anything. */
export function ownLines(draft: Draft, path: string, lines: readonly string[]): boolean {
  const old = drafted(draft, path) ?? OWN_HEADER;
  const present = old.split('\n');
  const missing = lines.filter((l) => !present.includes(l));
  return missing.length > 0 && draftText(draft, path, `${old}${missing.join('\n')}\n`);
}

/** Merges a wanted change of the kernel command line into those of the draft. */
export function wantArgs(draft: Draft, edit: ArgEdit): void {
  // `iommu=` with `iommu=pt` to add means every other value: spelled out, so that the wanted one stays.
  const remove = edit.remove.flatMap((r) =>
    edit.add.some((a) => removes(r, a))
      ? (draft.configured ?? []).filter((t) => removes(r, t) && !edit.add.includes(t))
      : [r],
  );
  draft.args = {
    add: editTokens(draft.args.add, { add: edit.add, remove }),
    remove: [...new Set([...draft.args.remove, ...remove])],
  };
  draft.expectations.push({ expect: 'argument', add: edit.add, remove });
}

/** True when `module` is part of every kernel image on the host, so that neither modprobe.d nor softdep reaches it. */
export function builtIn(draft: Draft, module: string): boolean {
  const name = moduleName(module);
  const lists = draft.kernels.map((k) => readText(draft.host, `/lib/modules/${k}/modules.builtin`));
  return (
    lists.length > 0 &&
    lists.every((text) =>
      (text ?? '').split('\n').some((l) => moduleName(l.replace(/^.*\/|\.ko$/g, '')) === name),
    )
  );
}
