// systemd-boot: with proxmox-boot-tool (one line in /etc/kernel/cmdline), with plain entries, and with Pop!_OS's kernelstub.
import { drafted, draftText } from '../draft.ts';
import { editTokens } from '../edit.ts';
import { exists, type Host, resolvePath, tryText } from '../host.ts';
import { BOOT_FOLDERS, editCmdlineFile, editEntries, entryFiles, entryTokens } from './entries.ts';
import type { Loader } from './loader.ts';

const UUIDS = '/etc/kernel/proxmox-boot-uuids';
const CMDLINE = '/etc/kernel/cmdline';
const KERNELSTUB = '/etc/kernelstub/configuration';

export const proxmoxBoot: Loader = {
  title: 'systemd-boot (proxmox-boot-tool)',
  // Without UEFI proxmox-boot-tool only copies GRUB's files.
  installed: (host) =>
    exists(host, UUIDS) && exists(host, CMDLINE) && exists(host, '/sys/firmware/efi')
      ? `${UUIDS} and ${CMDLINE}`
      : undefined,
  configured: (draft) => (drafted(draft, CMDLINE) ?? '').split('\n')[0]?.split(/\s+/).filter(Boolean),
  edit(draft, edit) {
    const fault = editCmdlineFile(draft, edit);
    if (fault === undefined) draft.loaderChanged = true;
    return fault;
  },
  refresh: () => ['proxmox-boot-tool', 'refresh'],
};

export const systemdBoot: Loader = {
  title: 'systemd-boot',
  installed(host) {
    const folder = BOOT_FOLDERS.find((f) => exists(host, `${f}/loader/loader.conf`));
    return folder !== undefined && entryFiles(host).length > 0 && !exists(host, KERNELSTUB)
      ? `${folder}/loader/loader.conf and ${folder}/loader/entries`
      : undefined;
  },
  configured: (draft) => entryTokens(draft),
  edit: (draft, edit) => editEntries(draft, BOOT_FOLDERS, edit),
  refresh: () => undefined,
};

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
    // Only the list itself is written anew; the rest of the file keeps its bytes.
    const user = text.indexOf('"user"');
    const list = /("kernel_options"\s*:\s*)\[[^\]]*\]/.exec(text.slice(Math.max(user, 0)));
    if (!options || user < 0 || !list) return `${KERNELSTUB} has no user kernel_options`;
    const [all, head = ''] = list;
    const at = user + list.index;
    const indent = /\n([ \t]*)"kernel_options"/.exec(text.slice(user))?.[1] ?? '    ';
    const lines = editTokens(options, edit).map((o) => `${indent}  ${JSON.stringify(o)}`);
    const written = lines.length > 0 ? `[\n${lines.join(',\n')}\n${indent}]` : '[]';
    draftText(draft, KERNELSTUB, `${text.slice(0, at)}${head}${written}${text.slice(at + all.length)}`);
    draft.loaderChanged = true;
    return undefined;
  },
  // Without options it writes the configuration to the ESP.
  refresh: () => ['kernelstub'],
};

/** Unified kernel images hold the command line inside; entries beside them do not count. */
export function unifiedImages(host: Host): string[] {
  return BOOT_FOLDERS.flatMap((folder) =>
    host
      .list(resolvePath(host, `${folder}/EFI/Linux`))
      .filter((n) => n.endsWith('.efi'))
      .map((n) => `${folder}/EFI/Linux/${n}`),
  );
}

/** What the loader itself told the kernel (systemd's LoaderInfo variable: four bytes of attributes, then UTF-16). */
export function loaderInfo(host: Host): string | undefined {
  const raw = tryText(host, '/sys/firmware/efi/efivars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f');
  return raw?.slice(4).replaceAll('\0', '');
}
