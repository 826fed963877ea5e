// The network cards that the way into the host goes through.
import type { Bdf } from '../model.ts';
import { type Host, tryText } from './host.ts';
import { devicesBelowNet, type HostDevice } from './pci.ts';

/** Interfaces with a default route, IPv4 and IPv6. */
function routeInterfaces(host: Host): string[] {
  const v4 = (tryText(host, '/proc/net/route') ?? '').split('\n').slice(1);
  const v6 = (tryText(host, '/proc/net/ipv6_route') ?? '').split('\n');
  const names = [
    ...v4
      .map((l) => l.split(/\s+/))
      .flatMap(([name = '', to, , , , , , mask]) => (to === '00000000' && mask === '00000000' ? [name] : [])),
    ...v6
      .map((l) => l.trim().split(/\s+/))
      .flatMap((f) =>
        /^0{32}$/.test(f[0] ?? '') && f[1] === '00' && f[9] !== 'lo' && f[9] !== undefined ? [f[9]] : [],
      ),
  ];
  return [...new Set(names)];
}

/**
 * The cards below the interfaces with a default route. Where none can be found (Open vSwitch, a VPN, or no default route at all),
 * every card that the host drives counts: taking the last of them is refused.
 */
export function networkCards(
  host: Host,
  devices: readonly HostDevice[],
): { readonly bdfs: readonly Bdf[]; readonly why: string } {
  const routes = routeInterfaces(host);
  const bdfs = [...new Set(routes.flatMap((name) => devicesBelowNet(host, name)))];
  if (bdfs.length > 0) return { bdfs, why: 'it carries the default route of the host' };
  const driven = devices.filter((d) => d.class.startsWith('02') && d.driver && d.driver !== 'vfio-pci');
  return {
    bdfs: driven.map((d) => d.bdf),
    why:
      routes.length > 0
        ? `the card below ${routes.join(', ')}, which has the default route, could not be found, and it is the last network card`
        : 'it is the last network card of the host',
  };
}
