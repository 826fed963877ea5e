// A loader that pt-doctor only recognises: it says so and leaves the lines to a person.
import { editTokens } from '../edit.ts';
import { exists, type Host, tryText } from '../host.ts';
import type { Loader } from './loader.ts';

/** A loader that is recognised by the files `signs`, and not edited: its steps are told. */
export function onlyFound(title: string, signs: readonly string[]): Loader {
  return {
    title,
    installed: (host: Host) => signs.find((p) => exists(host, p)),
    configured: (draft) => (tryText(draft.host, '/proc/cmdline') ?? '').split(/\s+/).filter(Boolean),
    edit(draft, edit) {
      const have = this.configured(draft) ?? [];
      const want = editTokens(have, edit);
      if (want.length === have.length && want.every((t) => have.includes(t))) return undefined;
      return `pt-doctor does not edit the configuration of ${title}`;
    },
    refresh: () => undefined,
  };
}
