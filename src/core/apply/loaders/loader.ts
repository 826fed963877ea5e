// What every boot loader file answers to the planner.
import type { Draft } from '../draft.ts';
import type { ArgEdit } from '../edit.ts';
import type { Host } from '../host.ts';

export interface Loader {
  readonly title: string;
  /** Why it looks installed on this host; undefined when it does not. */
  installed(host: Host): string | undefined;
  /** The tokens that the next boot gets, of all its entries; undefined when the configuration is beyond what this file understands. */
  configured(draft: Draft): readonly string[] | undefined;
  /** Drafts the edit, nothing where it is there already. A text is why that can't be done here. */
  edit(draft: Draft, edit: ArgEdit): string | undefined;
  /** The command after a file changed; undefined when the loader reads the files itself. */
  refresh(host: Host): readonly string[] | undefined;
}
