// Pop!_OS: kernelstub keeps the options in a JSON file and writes the entries of systemd-boot from it.
import { drafted, draftText } from '../draft.ts';
import { editTokens } from '../edit.ts';
import { exists } from '../host.ts';
import type { Loader } from './loader.ts';

export const KERNELSTUB = '/etc/kernelstub/configuration';

/** Kernel options are lists of words; `user` holds those of this host, `default` those of the distribution. */
interface Stub {
  readonly user?: { readonly kernel_options?: readonly string[] };
}

function readStub(text: string | undefined): readonly string[] | undefined {
  try {
    return (JSON.parse(text ?? '') as Stub).user?.kernel_options;
  } catch {
    return undefined;
  }
}

export const kernelstub: Loader = {
  title: 'systemd-boot (kernelstub)',
  installed: (host) => (exists(host, KERNELSTUB) ? KERNELSTUB : undefined),
  configured: (draft) => readStub(drafted(draft, KERNELSTUB)),
  edit(draft, edit) {
    const text = drafted(draft, KERNELSTUB) ?? '';
    const options = readStub(text);
    // Only the list itself is written anew, in the form of Python's json.dump(indent=2): kernelstub writes the file again at
    // every run, and what it writes has to be what stands there. Its own --delete-options would shuffle the other options.
    const user = text.indexOf('"user"');
    const list = /("kernel_options"\s*:\s*)\[[^\]]*\]/.exec(text.slice(Math.max(user, 0)));
    if (!options || user < 0 || !list) return `${KERNELSTUB} has no user kernel_options`;
    const [all, head = ''] = list;
    const at = user + list.index;
    const indent = /\n([ \t]*)"kernel_options"/.exec(text.slice(user))?.[1] ?? '    ';
    const lines = editTokens(options, edit).map((o) => `${indent}  ${JSON.stringify(o)}`);
    const written = lines.length > 0 ? `[\n${lines.join(',\n')}\n${indent}]` : '[]';
    if (draftText(draft, KERNELSTUB, `${text.slice(0, at)}${head}${written}${text.slice(at + all.length)}`))
      draft.loaderChanged = true;
    return undefined;
  },
  // Without options it writes the configuration to the ESP.
  refresh: () => ['kernelstub'],
};
