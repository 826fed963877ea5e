// What `check` answers: one item per question, each with its grounds and its cure. Words are made here, layout in the CLI.
import { normalizeBdf, slotOf } from '../../text/bdf.ts';
import { isDisplay } from '../../text/pci-device.ts';
import { UserError } from '../../user-error.ts';
import { functionsOf, isBridge } from '../groups.ts';
import type { Guest } from '../guest.ts';
import type { HostState } from '../read-host.ts';
import { checkDevice } from './device.ts';
import { checkGuest } from './guest.ts';
import type { Check, Part } from './item.ts';
import { checkPlatform } from './platform.ts';

export interface Readiness {
  readonly checks: readonly Check[];
  /** Answered when one guest was asked about. */
  readonly verdict?: {
    readonly guest: string;
    readonly starts: 'yes' | 'no' | 'unknown';
    readonly why: readonly string[];
  };
}

export interface Asked {
  /** A BDF or slot. */
  readonly device?: string;
  readonly guest?: string;
}

const all = (subject: string, parts: readonly Part[]): Check[] => parts.map((p) => ({ ...p, subject }));

function guestOf(state: HostState, id: string): Guest {
  const guest = state.guests.list.find((g) => g.id === id || g.name === id);
  if (guest) return guest;
  const ids = state.guests.list.map((g) => g.id).join(', ');
  const denied = state.guests.unread[0];
  throw new UserError(
    `no guest ${id} on ${state.name}`,
    denied
      ? `${denied.path}: ${denied.missing.why}; try again with sudo`
      : ids
        ? `The guests are: ${ids}`
        : 'No guest of Proxmox VE or libvirt was found.',
  );
}

/** Whether a guest will start, from its checks and those of the host. */
function verdictOf(guest: Guest, checks: readonly Check[]): NonNullable<Readiness['verdict']> {
  const fails = checks.filter((c) => c.status === 'fail');
  const unknown = checks.filter((c) => c.status === 'unknown');
  const why = (fails.length > 0 ? fails : unknown).map((c) => `${c.title}: ${c.why}`);
  return { guest: guest.id, starts: fails.length > 0 ? 'no' : unknown.length > 0 ? 'unknown' : 'yes', why };
}

/** The devices that are worth a look when nobody names one: those of guests, those on vfio-pci, else the graphics. */
function candidates(state: HostState): string[] {
  const devices = [...state.pci.devices.values()];
  const named = state.guests.list.flatMap((g) => g.devices.flatMap((d) => d.hosts));
  const wanted = new Set([
    ...named.flatMap((host) => functionsOf(state, host).map((d) => d.bdf)),
    ...devices.filter((d) => d.driver === 'vfio-pci').map((d) => d.bdf),
  ]);
  if (wanted.size === 0) for (const d of devices) if (isDisplay(d) && !isBridge(d)) wanted.add(d.bdf);
  return [...wanted].sort();
}

/** Checks a host, one device of it, or one guest with its devices. Throws UserError for a device or guest that is not there. */
export function readiness(state: HostState, asked: Asked = {}): Readiness {
  const host = all('host', checkPlatform(state));
  if (asked.guest !== undefined) {
    const guest = guestOf(state, asked.guest);
    const own = all(`guest ${guest.id}`, checkGuest(state, guest));
    const devices = [...new Set(guest.devices.flatMap((d) => d.hosts))].flatMap((h) => functionsOf(state, h));
    const parts = devices.flatMap((d) => all(d.bdf, checkDevice(state, d, guest)));
    // Only what the guest depends on decides: the host checks that fail would stop any passthrough.
    return { checks: [...host, ...parts, ...own], verdict: verdictOf(guest, [...host, ...own, ...parts]) };
  }
  if (asked.device !== undefined) {
    const full = /\.[0-7]$/.test(asked.device)
      ? normalizeBdf(asked.device)
      : slotOf(normalizeBdf(`${asked.device}.0`));
    const found = functionsOf(state, full);
    if (found.length === 0)
      throw new UserError(
        `no PCI device ${asked.device} on ${state.name}`,
        state.pci.missing
          ? `The list of devices could not be read: ${state.pci.missing.why}.`
          : 'pt-doctor groups lists the devices; addresses change when cards are added or moved.',
      );
    return { checks: [...host, ...found.flatMap((d) => all(d.bdf, checkDevice(state, d)))] };
  }
  const devices = candidates(state).flatMap((bdf) => functionsOf(state, bdf));
  return {
    checks: [
      ...host,
      ...devices.flatMap((d) => all(d.bdf, checkDevice(state, d))),
      ...state.guests.list
        .filter((g) => g.devices.length > 0)
        .flatMap((g) => all(`guest ${g.id}`, checkGuest(state, g))),
    ],
  };
}
