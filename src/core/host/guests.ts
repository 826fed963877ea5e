// The guests that a host knows: Proxmox VE's *.conf and libvirt's *.xml.
import type { Guest } from './guest.ts';
import { parseLibvirt } from './libvirt-guest.ts';
import { parsePciMappings, parseProxmox } from './proxmox-guest.ts';
import { got, isRead, known, type Missing, type Tree, textOf } from './tree.ts';

export interface Guests {
  readonly list: readonly Guest[];
  readonly unread: readonly { readonly path: string; readonly missing: Missing }[];
}

async function isRunning(tree: Tree, pidFile: string): Promise<boolean | undefined> {
  const pid = await textOf(tree, pidFile);
  if (pid === undefined || !/^\d+$/.test(pid))
    return known(await tree.exists(pidFile)) === false ? false : undefined;
  return known(await tree.exists(`/proc/${pid}/stat`));
}

/** All guests of Proxmox VE and of libvirt's system instance. */
export async function readGuests(tree: Tree, hostname: string | undefined): Promise<Guests> {
  const list: Guest[] = [];
  const unread: { path: string; missing: Missing }[] = [];
  async function files(dir: string, end: string): Promise<string[]> {
    const names = await tree.list(dir);
    if (isRead(names)) return names.value.filter((n) => n.endsWith(end));
    if (names.unread !== 'absent') unread.push({ path: dir, missing: names });
    return [];
  }
  async function read(path: string): Promise<string | undefined> {
    const text = await tree.readText(path);
    if (!isRead(text) && text.unread !== 'absent') unread.push({ path, missing: text });
    return got(text);
  }
  const withRunning = async (guest: Guest, pidFile: string): Promise<Guest> => {
    const running = await isRunning(tree, pidFile);
    return running === undefined ? guest : { ...guest, running };
  };
  const qemuServer = '/etc/pve/qemu-server';
  const confs = await files(qemuServer, '.conf');
  if (confs.length > 0) {
    const mappings = parsePciMappings(got(await tree.readText('/etc/pve/mapping/pci.cfg')) ?? '', hostname);
    for (const name of confs) {
      const vmid = name.slice(0, -'.conf'.length);
      const text = await read(`${qemuServer}/${name}`);
      if (text !== undefined)
        list.push(
          await withRunning(
            parseProxmox(text, vmid, `${qemuServer}/${name}`, mappings),
            `/run/qemu-server/${vmid}.pid`,
          ),
        );
    }
  }
  for (const name of await files('/etc/libvirt/qemu', '.xml')) {
    const text = await read(`/etc/libvirt/qemu/${name}`);
    const guest = text === undefined ? undefined : parseLibvirt(text, `/etc/libvirt/qemu/${name}`);
    if (guest) list.push(await withRunning(guest, `/run/libvirt/qemu/${guest.id}.pid`));
  }
  list.sort((a, b) => a.id.localeCompare(b.id, undefined, { numeric: true }));
  return { list, unread };
}
