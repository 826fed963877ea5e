// Stand-ins for programs of a host that change files which pt-doctor reads again: kernelstub and rpm-ostree. The others print nothing.
import type { RunResult } from '../../src/core/apply/host.ts';
import { bytesToText } from '../../src/core/apply/host.ts';
import type { MemoryHost } from './memory-host.ts';

const DONE: RunResult = { status: 0, output: '' };
const REGENERATE = '\n[rpmostree]\nregenerate-initramfs=true\n';

function edit(host: MemoryHost, path: string, change: (text: string) => string): void {
  const node = host.tree().get(path);
  if (node?.bytes) host.put(path, { ...node, text: change(bytesToText(node.bytes)) });
}

/** It writes its configuration again at every run, in the form of Python's json.dump(indent=2). */
function kernelstub(host: MemoryHost): RunResult {
  edit(host, '/etc/kernelstub/configuration', (text) => JSON.stringify(JSON.parse(text), null, 2));
  return DONE;
}

/** A new deployment differs from the one before in the options of its entry, and in its origin. */
function rpmOstree(host: MemoryHost, [what, ...args]: readonly string[]): RunResult {
  const values = (option: string) =>
    args.filter((a) => a.startsWith(`${option}=`)).map((a) => a.slice(option.length + 1));
  if (what === 'kargs')
    edit(host, '/boot/loader.1/entries/ostree-2.conf', (text) =>
      text.replace(/^options (.*)$/m, (_all, words: string) => {
        const kept = words.split(' ').filter((w) => !values('--delete-if-present').includes(w));
        const added = values('--append-if-missing').filter((w) => !kept.includes(w));
        return `options ${[...kept, ...added].join(' ')}`;
      }),
    );
  const origin = '/sysroot/ostree/deploy/fedora/deploy/9c1e.0.origin';
  const off = (text: string) => text.split(REGENERATE)[0] ?? '';
  if (args.includes('--enable'))
    edit(host, origin, (text) => `${off(text)}${REGENERATE}initramfs-args=${values('--arg').join(';')};\n`);
  if (args.includes('--disable')) edit(host, origin, off);
  return DONE;
}

export function standIn(argv: readonly string[], host: MemoryHost): RunResult {
  const [program, ...args] = argv;
  if (program === 'kernelstub') return kernelstub(host);
  if (program === 'rpm-ostree') return rpmOstree(host, args);
  // `sh -c 'rpm-ostree initramfs --disable || ...'`
  if (program === 'sh') return rpmOstree(host, (args[1] ?? '').split(' ').slice(1, 3));
  return DONE;
}
