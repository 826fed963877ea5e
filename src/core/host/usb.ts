// USB as /sys/bus/usb/devices shows it: what hangs on which PCI controller, at which speed, with which driver.
import type { Bdf } from '../model.ts';
import { sanitize } from '../text/sanitize.ts';
import { got, inParallel, type Tree, textOf } from './tree.ts';

export interface UsbDevice {
  /** `1-2.3`: bus, port, port of the hub there; `usb1` is the root hub of bus 1. */
  readonly path: string;
  readonly id: string;
  readonly name: string;
  /** Negotiated, in Mbit/s: 1.5, 12, 480, 5000, 10000, 20000. */
  readonly speed?: number;
  /** The version that the device speaks, `3.20`: 3.x at 480 Mbit/s is a cable or port trouble. */
  readonly version?: string;
  readonly drivers: readonly string[];
  readonly hub: boolean;
  readonly controller?: Bdf;
}

const BDF = /[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]/g;

/** All USB devices, root hubs too, in the order of their ports. sysfs has these cached: no device is woken. */
export async function readUsb(tree: Tree): Promise<UsbDevice[]> {
  const base = '/sys/bus/usb/devices';
  const names = got(await tree.list(base)) ?? [];
  const interfaces = names.filter((n) => n.includes(':'));
  const devices = await inParallel(
    names.filter((n) => !n.includes(':')),
    8,
    async (path): Promise<UsbDevice> => {
      const text = (name: string) => textOf(tree, `${base}/${path}/${name}`);
      const place = got(await tree.readLink(`${base}/${path}`)) ?? '';
      const drivers = new Set<string>();
      const first = path.startsWith('usb') ? `${path.slice(3)}-0` : path;
      for (const name of interfaces.filter((n) => n.startsWith(`${first}:`))) {
        const driver = got(await tree.readLink(`${base}/${name}/driver`));
        if (driver) drivers.add(driver.slice(driver.lastIndexOf('/') + 1));
      }
      const [vendor, product] = [(await text('manufacturer')) ?? '', (await text('product')) ?? ''];
      const speed = Number((await text('speed')) ?? Number.NaN);
      const version = (await text('version'))?.trim();
      const controller = place.match(BDF)?.at(-1);
      return {
        path,
        id: `${(await text('idVendor')) ?? '????'}:${(await text('idProduct')) ?? '????'}`,
        name: sanitize(`${vendor} ${product}`.trim()),
        drivers: [...drivers],
        hub: (await text('bDeviceClass')) === '09',
        ...(Number.isFinite(speed) ? { speed } : {}),
        ...(version ? { version } : {}),
        ...(controller ? { controller } : {}),
      };
    },
  );
  const key = (path: string) =>
    path
      .replace(/^usb(\d+)$/, '$1-')
      .split(/[-.]/)
      .map((n) => n.padStart(4, '0'))
      .join('.');
  return devices.sort((a, b) => (key(a.path) < key(b.path) ? -1 : 1));
}

/** Why a device is slow for a guest, in a sentence with the cure, or undefined. */
export function slowness(device: UsbDevice, inGuest: boolean): string | undefined {
  const storage = device.drivers.some((d) => d === 'usb-storage' || d === 'uas');
  const fast = Number(device.version ?? 0) >= 3;
  if (storage && device.speed === 480)
    return fast
      ? 'a USB 3 disk at 480 Mbit/s: 40 MB/s at most. Use a USB 3 port and cable'
      : 'a disk at 480 Mbit/s (USB 2): 40 MB/s at most. If it is a USB 3 disk, use another port or cable';
  if (device.drivers.includes('usb-storage') && (device.speed ?? 0) >= 5000)
    return 'on usb-storage, one command at a time; uas is faster if the enclosure can (see usb-storage.quirks= and dmesg)';
  if (storage && inGuest)
    return 'the guest gets it through an emulated controller: 30 to 40 MB/s. Pass the whole controller instead';
  return undefined;
}
