// `pt-doctor groups --usb`: what goes away from the host when a USB controller is given to a guest.
import { membersOf } from '../../core/host/groups.ts';
import type { HostState } from '../../core/host/read-host.ts';
import { readHost } from '../../core/host/read-host.ts';
import { readUsb, slowness, type UsbDevice } from '../../core/host/usb.ts';
import { wrap } from '../../core/report/wrap.ts';
import { shortBdf, slotOf } from '../../core/text/bdf.ts';
import { sanitize } from '../../core/text/sanitize.ts';
import type { Context, ExitCode } from '../context.ts';
import { type HostOptions, openHostTree } from '../host.ts';
import { paintFor } from '../paint.ts';
import { withProgress } from '../progress.ts';
import { VERSION } from '../version.ts';

const speedWords = (mbit: number | undefined) =>
  mbit === undefined ? 'speed ?' : mbit >= 1000 ? `${mbit / 1000} Gbit/s` : `${mbit} Mbit/s`;

function inGuest(state: HostState, device: UsbDevice): boolean {
  return state.guests.list.some((g) => g.usb.some((u) => u.host === device.id || u.host === device.path));
}

export async function usbAction(context: Context, options: HostOptions): Promise<ExitCode> {
  const tree = await openHostTree(context, options.root);
  const { state, usb } = await withProgress(context, async (say) => {
    const host = await readHost(tree, say, { quick: true });
    say('USB devices');
    return { state: host, usb: await readUsb(tree) };
  });
  const controllers = [...state.pci.devices.values()].filter((d) => d.class === '0c03');
  const on = (bdf: string) => usb.filter((d) => d.controller === bdf && !d.path.startsWith('usb'));
  const ports = (bdf: string) => usb.filter((d) => d.controller === bdf && d.path.startsWith('usb'));
  if (options.json) {
    const list = controllers.map((c) => ({
      bdf: c.bdf,
      id: c.id,
      name: c.name,
      driver: c.driver,
      group: c.group,
      buses: ports(c.bdf).map((b) => ({ bus: b.path, speed: b.speed })),
      devices: on(c.bdf).map((d) => ({ ...d, slow: slowness(d, inGuest(state, d)) })),
    }));
    const tool = { name: 'pt-doctor', version: VERSION };
    context.print(`${JSON.stringify({ schema: 1, tool, host: state.name, controllers: list }, null, 2)}\n`);
    return 0;
  }
  const paint = await paintFor(context);
  const out: string[] = [];
  for (const c of controllers) {
    const others =
      c.group === undefined
        ? []
        : membersOf(state, c.group).filter((m) => slotOf(m.bdf) !== slotOf(c.bdf) && m.class !== '0604');
    const group =
      c.group === undefined
        ? 'no group'
        : others.length > 0
          ? `group ${c.group}, shared`
          : `group ${c.group}`;
    const head = `${shortBdf(c.bdf)} ${c.name ?? 'USB controller'}${c.id ? ` [${c.id}]` : ''}`;
    out.push(...wrap([sanitize(head)], context.columns, (t) => paint.bold(t)));
    const buses = ports(c.bdf).map((b) => `${b.path.replace('usb', 'bus ')} up to ${speedWords(b.speed)}`);
    out.push(
      ...wrap(
        [[c.driver ? `driver ${c.driver}` : 'no driver', group, ...buses].join(', ')],
        context.columns - 4,
        (t) => paint.dim(t),
      ).map((l) => `    ${l}`),
    );
    const devices = on(c.bdf);
    if (devices.length === 0)
      out.push(
        c.driver === 'vfio-pci'
          ? '    (given to a guest: its ports are not visible here)'
          : '    nothing is plugged in',
      );
    for (const d of devices) {
      const depth = '  '.repeat(d.path.split('.').length);
      const text = `${d.path.padEnd(8)} ${d.id} ${d.name || (d.hub ? 'hub' : 'device')}, ${speedWords(d.speed)}${d.drivers.length > 0 ? `, ${d.drivers.join(' ')}` : ''}`;
      out.push(...wrap([text], context.columns - depth.length - 2, (t) => t).map((l) => `  ${depth}${l}`));
      const slow = slowness(d, inGuest(state, d));
      if (slow)
        out.push(
          ...wrap([`! ${slow}`], context.columns - depth.length - 6, (t) => paint.yellow(t)).map(
            (l) => `      ${depth}${l}`,
          ),
        );
    }
  }
  if (controllers.length === 0) out.push('No USB controller is visible here.');
  else {
    const note =
      'Everything under a controller goes to the guest with it: keep one for the keyboard of the host.';
    out.push('', ...wrap([note], context.columns, (t) => paint.dim(t)));
  }
  context.print(`${out.join('\n')}\n`);
  return 0;
}
