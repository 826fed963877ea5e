// A guest of Proxmox VE, from its configuration file (qm.conf(5)).
import type { Guest, GuestDevice, GuestUsb } from './guest.ts';

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
export function parsePciMappings(text: string, node: string | undefined): Map<string, string[]> {
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
