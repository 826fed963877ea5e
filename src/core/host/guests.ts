// The guests that a host knows: Proxmox VE's *.conf and libvirt's *.xml, reduced to what passthrough needs.
import type { Bdf } from '../model.ts';
import { normalizeBdf } from '../text/bdf.ts';
import { parseXml, type XmlNode, xmlAll, xmlFirst } from '../text/xml.ts';
import { got, isRead, known, type Missing, type Tree, textOf } from './tree.ts';

export interface GuestDevice {
  /** `hostpci0`, `hostdev1`, `args`. */
  readonly key: string;
  /** As the configuration names it: `01:00`, `0000:01:00.0`, `mapping=gpu`. */
  readonly named: string;
  /** The functions meant, `0000:01:00` standing for all of its slot. Empty when a mapping cannot be resolved. */
  readonly hosts: readonly string[];
  readonly mapping?: string;
  readonly pcie?: boolean;
  readonly primaryGpu?: boolean;
  readonly romfile?: string;
  readonly rombar?: boolean;
  readonly mdev?: string;
  readonly managed?: boolean;
}

/** A USB device that the guest gets through QEMU's emulated controller instead of a real one. */
export interface GuestUsb {
  readonly key: string;
  /** `1d6b:0002`, `1-2.3`, `bus 1 device 4`. */
  readonly host: string;
  /** `usb3=1` in Proxmox, or a controller of model qemu-xhci / nec-xhci in libvirt. */
  readonly usb3: boolean;
}

export interface Guest {
  readonly kind: 'proxmox' | 'libvirt';
  /** VMID or domain name: what the user types. */
  readonly id: string;
  readonly name?: string;
  readonly file: string;
  readonly machine?: string;
  readonly q35?: boolean;
  readonly ovmf: boolean;
  /** MiB. */
  readonly memory?: number;
  /** `1024`, `2`, `any`, or `on` where libvirt gives no size. */
  readonly hugepages?: string;
  readonly ballooning?: boolean;
  readonly cpu?: string;
  /** Guest address bits when the configuration fixes them. */
  readonly physBits?: number;
  readonly devices: readonly GuestDevice[];
  readonly usb: readonly GuestUsb[];
  readonly running?: boolean;
  readonly autostart?: boolean;
  /** Every plain `key: value` of a Proxmox configuration, for rules. */
  readonly options: Readonly<Record<string, string>>;
}

export interface Guests {
  readonly list: readonly Guest[];
  readonly unread: readonly { readonly path: string; readonly missing: Missing }[];
}

/** `host=01:00,pcie=1` or `01:00,pcie=1`: the unnamed part goes to `first`. */
function properties(text: string, first: string): Record<string, string> {
  return Object.fromEntries(
    text.split(',').map((part) => {
      const at = part.indexOf('=');
      return at < 0 ? [first, part.trim()] : [part.slice(0, at).trim(), part.slice(at + 1).trim()];
    }),
  );
}

const truthy = (text: string | undefined) =>
  text === '1' || text === 'on' || text === 'yes' || text === 'true';

/** `01:00` becomes `0000:01:00`, `01:00.0` becomes `0000:01:00.0`. */
function fullHost(text: string): string | undefined {
  const m = /^(?:([0-9a-f]{4,8}):)?([0-9a-f]{2}:[0-9a-f]{2})(\.[0-7])?$/i.exec(text.trim());
  return m ? `${m[1] ?? '0000'}:${m[2]}${m[3] ?? ''}`.toLowerCase() : undefined;
}

/** PCI mappings of /etc/pve/mapping/pci.cfg: name to the paths that `node` has for it. */
function parsePciMappings(text: string, node: string | undefined): Map<string, string[]> {
  const mappings = new Map<string, string[]>();
  let current: string[] | undefined;
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    if (!/^\s/.test(line)) {
      current = [];
      mappings.set(line.trim().replace(/^pci:\s*/, ''), current);
      continue;
    }
    const map = /^\s+map\s+(.*)$/.exec(line)?.[1];
    if (map === undefined) continue;
    const p = properties(map, 'path');
    if (p.path && (node === undefined || p.node === undefined || p.node === node))
      current?.push(...p.path.split(';'));
  }
  return mappings;
}

/** One Proxmox VE configuration: the part before the first `[snapshot]` (qm.conf(5)). */
export function parseProxmox(
  text: string,
  vmid: string,
  file: string,
  mappings: ReadonlyMap<string, readonly string[]> = new Map(),
): Guest {
  const options: Record<string, string> = {};
  for (const line of text.split('\n')) {
    if (/^\[/.test(line)) break;
    const m = /^([a-z][\w-]*):\s*(.*?)\s*$/i.exec(line);
    if (m?.[1]) options[m[1]] = m[2] ?? '';
  }
  const devices: GuestDevice[] = [];
  const usb: GuestUsb[] = [];
  for (const [key, value] of Object.entries(options)) {
    if (/^hostpci\d+$/.test(key)) {
      const p = properties(value, 'host');
      const named = p.host ?? (p.mapping ? `mapping=${p.mapping}` : '');
      const hosts = p.host?.split(';') ?? (p.mapping ? (mappings.get(p.mapping) ?? []) : []);
      devices.push({
        key,
        named,
        hosts: hosts.flatMap((h) => fullHost(h) ?? []),
        ...(p.mapping ? { mapping: p.mapping } : {}),
        pcie: truthy(p.pcie),
        primaryGpu: truthy(p['x-vga']),
        ...(p.romfile ? { romfile: `/usr/share/kvm/${p.romfile}` } : {}),
        rombar: p.rombar === undefined || truthy(p.rombar),
        ...(p.mdev ? { mdev: p.mdev } : {}),
      });
    } else if (/^usb\d+$/.test(key)) {
      const p = properties(value, 'host');
      if (p.host && p.host !== 'spice') usb.push({ key, host: p.host, usb3: truthy(p.usb3) });
    }
  }
  for (const m of (options.args ?? '').matchAll(
    /vfio-pci(?:-nohotplug)?[^ ]*?[,'"]host=["']?([0-9a-f:.]+)/gi,
  )) {
    const host = fullHost(m[1] ?? '');
    if (host) devices.push({ key: 'args', named: m[1] ?? '', hosts: [host] });
  }
  const memory = Number(properties(options.memory ?? '512', 'current').current);
  const cpu = options.cpu;
  const physBits = /phys-bits=(\d+)/.exec(cpu ?? '')?.[1];
  return {
    kind: 'proxmox',
    id: vmid,
    file,
    options,
    devices,
    usb,
    ovmf: options.bios === 'ovmf',
    q35: /q35/.test(options.machine ?? ''),
    ballooning: options.balloon !== '0',
    autostart: truthy(options.onboot),
    ...(options.name ? { name: options.name } : {}),
    ...(options.machine ? { machine: options.machine } : {}),
    ...(Number.isFinite(memory) ? { memory } : {}),
    ...(options.hugepages ? { hugepages: options.hugepages } : {}),
    ...(cpu ? { cpu } : {}),
    ...(physBits ? { physBits: Number(physBits) } : {}),
  };
}

const UNIT_KIB: Readonly<Record<string, number>> = {
  b: 1 / 1024,
  bytes: 1 / 1024,
  k: 1,
  kib: 1,
  kb: 1000 / 1024,
  m: 1024,
  mib: 1024,
  g: 1024 ** 2,
  gib: 1024 ** 2,
  t: 1024 ** 3,
  tib: 1024 ** 3,
};

function addressOf(node: XmlNode | undefined): Bdf | undefined {
  if (!node) return undefined;
  const part = (name: string, digits: number) => {
    const value = Number(node.attributes[name] ?? (name === 'domain' ? '0' : ''));
    return Number.isInteger(value) ? value.toString(16).padStart(digits, '0') : undefined;
  };
  const [domain, bus, slot, fn] = [part('domain', 4), part('bus', 2), part('slot', 2), part('function', 1)];
  return domain && bus && slot && fn ? normalizeBdf(`${domain}:${bus}:${slot}.${fn}`) : undefined;
}

/** One libvirt domain (https://libvirt.org/formatdomain.html); undefined when the text is no domain. */
export function parseLibvirt(text: string, file: string): Guest | undefined {
  const root = parseXml(text);
  const name = root && xmlFirst(root, 'name')?.text.trim();
  if (root?.name !== 'domain' || !name) return undefined;
  const memory = xmlFirst(root, 'memory');
  const kib = Number(memory?.text.trim()) * (UNIT_KIB[(memory?.attributes.unit ?? 'KiB').toLowerCase()] ?? 1);
  const type = xmlFirst(root, 'os/type');
  const machine = type?.attributes.machine;
  const loader = xmlFirst(root, 'os/loader');
  const os = xmlFirst(root, 'os');
  const huge = xmlFirst(root, 'memoryBacking/hugepages');
  const pageKib = xmlFirst(root, 'memoryBacking/hugepages/page')?.attributes.size;
  const cpu = xmlFirst(root, 'cpu')?.attributes.mode;
  const bits = xmlFirst(root, 'cpu/maxphysaddr')?.attributes.bits;
  const hostdevs = xmlAll(root, 'devices/hostdev');
  const xhci = xmlAll(root, 'devices/controller').some((c) => /xhci/.test(c.attributes.model ?? ''));
  const devices: GuestDevice[] = [];
  const usb: GuestUsb[] = [];
  hostdevs.forEach((dev, i) => {
    const address = xmlFirst(dev, 'source/address');
    if (dev.attributes.type === 'pci') {
      const bdf = addressOf(address);
      const rom = xmlFirst(dev, 'rom');
      devices.push({
        key: `hostdev${i}`,
        named: bdf ?? '?',
        hosts: bdf ? [bdf] : [],
        managed: dev.attributes.managed === 'yes',
        ...(rom?.attributes.file ? { romfile: rom.attributes.file } : {}),
        ...(rom?.attributes.bar ? { rombar: rom.attributes.bar !== 'off' } : {}),
      });
    } else if (dev.attributes.type === 'usb') {
      const vendor = xmlFirst(dev, 'source/vendor')?.attributes.id;
      const product = xmlFirst(dev, 'source/product')?.attributes.id;
      const host =
        vendor && product
          ? `${vendor}:${product}`.replaceAll('0x', '')
          : `bus ${address?.attributes.bus ?? '?'} device ${address?.attributes.device ?? '?'}`;
      usb.push({ key: `hostdev${i}`, host, usb3: xhci });
    }
  });
  return {
    kind: 'libvirt',
    id: name,
    name,
    file,
    devices,
    usb,
    options: {},
    ovmf: os?.attributes.firmware === 'efi' || loader?.attributes.type === 'pflash',
    ballooning: xmlAll(root, 'devices/memballoon').some((b) => b.attributes.model !== 'none'),
    ...(machine ? { machine, q35: /q35/.test(machine) } : {}),
    ...(Number.isFinite(kib) ? { memory: Math.round(kib / 1024) } : {}),
    ...(huge ? { hugepages: pageKib ? String(Number(pageKib) / 1024) : 'on' } : {}),
    ...(cpu ? { cpu } : {}),
    ...(bits ? { physBits: Number(bits) } : {}),
  };
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
