// Gathers a host into the entries of a bundle: everything that the readers ask for, the logs, and texts for human eyes.

import { MANIFEST, type Manifest } from '../core/host/bundle.ts';
import { JOURNAL, readGuestLogs } from '../core/host/logs.ts';
import { type Entries, type Entry, recordingTree } from '../core/host/memory-tree.ts';
import { quietTree } from '../core/host/quiet.ts';
import { type HostState, readHost } from '../core/host/read-host.ts';
import { hostTexts } from '../core/host/texts.ts';
import type { Tree } from '../core/host/tree.ts';
import { readUsb } from '../core/host/usb.ts';
import { createRedactor, type Redactor } from '../core/redact/redact.ts';
import { hostLog, logText } from './logs.ts';
import { PROBE_NAMES, PROBES_DIR } from './probes.ts';

export interface Collected {
  readonly entries: Entries;
  readonly manifest: Manifest;
  /** What was masked, in words. */
  readonly masked: readonly string[];
}

export interface CollectOptions {
  readonly redact: boolean;
  readonly version: string;
  /** ISO 8601. */
  readonly now: string;
  readonly say: (doing: string) => void;
}

/** Of a storm in the journal the newest lines are enough. */
const JOURNAL_LINES = 300_000;

/** A placeholder is no element: libvirt's files stay well-formed. */
const xmlSafe = (text: string) => text.replace(/<([a-z]+(?:-[a-z]+)*-\d+)>/g, '&lt;$1&gt;');

/** The extended capability Device Serial Number of a network card holds its MAC address: it is blanked. */
export function blankSerial(config: Uint8Array): Uint8Array {
  const out = config.slice();
  const view = new DataView(out.buffer);
  let at = 0x100;
  for (let hops = 0; at >= 0x100 && at + 12 <= out.length && hops < 128; hops++) {
    const header = view.getUint32(at, true);
    if (header === 0 || header === 0xffffffff) break;
    if ((header & 0xffff) === 3) out.fill(0, at + 4, at + 12);
    at = header >>> 20;
  }
  return out;
}

function masked(path: string, entry: Entry, redactor: Redactor): Entry {
  if (entry === 'dir') return entry;
  if ('link' in entry) return entry;
  if ('bytes' in entry) return path.endsWith('/config') ? { bytes: blankSerial(entry.bytes) } : entry;
  // The default gateway is an address in hex; only the interface matters.
  if (path === '/proc/net/route') return { text: entry.text.replace(/^(\S+\t\S+)\t.*$/gm, '$1') };
  // Where the kernel lies in memory is nobody's business; the names are what counts.
  if (path === '/proc/modules') return { text: entry.text.replace(/^(\S+) .*$/gm, '$1') };
  const text = entry.text
    .split('\n')
    .map((line) => redactor.mask(line))
    .join('\n');
  return { text: path.endsWith('.xml') ? xmlSafe(text) : text };
}

function redacted(
  entries: Entries,
  state: HostState,
): { entries: Map<string, Entry>; masked: readonly string[] } {
  const redactor = createRedactor({
    hosts: state.platform.hostname ? [state.platform.hostname] : [],
    also: [],
  });
  for (const entry of entries.values())
    if (entry !== 'dir' && 'text' in entry) for (const line of entry.text.split('\n')) redactor.learn(line);
  const out = new Map<string, Entry>();
  for (const [path, entry] of entries) out.set(path, masked(path, entry, redactor));
  return { entries: out, masked: redactor.summary() };
}

/** Reads all of a host through a recording tree and gives what a bundle holds. */
export async function collect(inner: Tree, options: CollectOptions): Promise<Collected> {
  const { tree, entries: recorded, unread } = recordingTree(quietTree(inner));
  const state = await readHost(tree, options.say);
  options.say('USB devices');
  await readUsb(tree);
  options.say('logs of the guests');
  await readGuestLogs(tree);
  for (const name of PROBE_NAMES) {
    options.say(name);
    if (name !== 'initramfs') await tree.readText(`${PROBES_DIR}/${name}`);
  }
  const entries = await recorded();
  for (const { name, text } of await hostTexts(tree, state))
    if (name === 'lspci') entries.set(`${PROBES_DIR}/lspci.txt`, { text });
  options.say('the log of this boot');
  const { log, missing } = await hostLog(inner, JOURNAL_LINES);
  if (log) entries.set(JOURNAL, { text: await logText(log) });
  const failed = [...unread(), ...(missing ? [[JOURNAL, missing] as const] : [])];
  const safe = options.redact ? redacted(entries, state) : { entries, masked: [] };
  const manifest: Manifest = {
    schema: 1,
    tool: { name: 'pt-doctor', version: options.version },
    collected: options.now,
    redacted: options.redact,
    files: safe.entries.size,
    unread: failed.map(([path, m]) => ({ path, ...m })),
  };
  safe.entries.set(MANIFEST, { text: `${JSON.stringify(manifest, null, 2)}\n` });
  return { entries: safe.entries, manifest, masked: safe.masked };
}
