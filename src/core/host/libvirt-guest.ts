// A guest of libvirt, from the XML of its domain.
import type { Bdf } from '../model.ts';
import { normalizeBdf } from '../text/bdf.ts';
import { parseXml, type XmlNode, xmlAll, xmlFirst } from '../text/xml.ts';
import type { Guest, GuestDevice, GuestUsb } from './guest.ts';

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
