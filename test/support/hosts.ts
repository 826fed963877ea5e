// The host trees of fixtures/hosts as hosts in memory. A tree is one text file: `-- /path --` and the text that follows.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Wish } from '../../src/core/apply/plan.ts';
import type { FixAction } from '../../src/core/model.ts';
import { type MemoryHost, type MemoryOptions, memoryHost } from './memory-host.ts';
import { ROOT } from './rule-base.ts';
import { standIn } from './stand-ins.ts';

const FOLDER = join(ROOT, 'fixtures/hosts');
const HEAD = /^-- (\/\S+)(?: -> (\S+))?(?: mode=(\d+))?(?: mtime=(\d+))?( bare)? --$/;

export const hostNames = readdirSync(FOLDER, { withFileTypes: true })
  .filter((e) => e.isDirectory() && existsSync(join(FOLDER, e.name, 'host.txt')))
  .map((e) => e.name)
  .sort();

function load(host: MemoryHost, file: string): void {
  let path: string | undefined;
  let node: Parameters<MemoryHost['put']>[1] = {};
  let text: string[] = [];
  let bare = false;
  const flush = () => {
    if (path !== undefined)
      host.put(
        path,
        node.target ? node : { ...node, text: text.join('\n') + (text.length > 0 && !bare ? '\n' : '') },
      );
  };
  for (const line of readFileSync(join(FOLDER, file), 'latin1').replace(/\n$/, '').split('\n')) {
    const head = HEAD.exec(line);
    if (head) {
      flush();
      const [, at = '', target, mode, mtime, end] = head;
      bare = end !== undefined;
      path = at;
      text = [];
      node = {
        ...(target ? { kind: 'symlink', target } : {}),
        ...(mode ? { mode: Number.parseInt(mode, 8) } : {}),
        ...(mtime ? { mtime: Number(mtime) } : {}),
      };
    } else if (path === undefined && line.startsWith('include ')) load(host, line.slice('include '.length));
    else text.push(line);
  }
  flush();
}

const parsed = new Map<string, MemoryHost>();

export function hostTree(name: string, options: MemoryOptions = {}): MemoryHost {
  const host = memoryHost({ run: standIn, ...options });
  let tree = parsed.get(name);
  if (!tree) {
    tree = memoryHost();
    load(tree, `${name}/host.txt`);
    parsed.set(name, tree);
  }
  host.putAll(tree.tree());
  // The folder that pt-doctor keeps its records in; every system has it.
  host.put('/var/lib', { kind: 'dir', mode: 0o755 });
  return host;
}

/** One thing to have on a host: `action` as a fix would do it, on these devices. */
export function wish(action: FixAction, devices: readonly string[] = []): Wish {
  return { fix: { id: action.do, title: action.do, action }, devices };
}
