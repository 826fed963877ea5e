// The script that reserves devices for vfio-pci by address. modprobe runs it in place of loading vfio-pci, and a softdep makes
// that happen before the host driver, in the initramfs as well as after it.
import type { Bdf } from '../model.ts';

export const BIND_SCRIPT = '/etc/pt-doctor/bind-vfio';

export interface BoundDevice {
  readonly bdf: Bdf;
  /** vendor:device that must be found at the address: after a change of hardware another device may sit there. */
  readonly id: string;
  /** The host driver is part of the kernel and took the device before any script could run. */
  readonly unbind: boolean;
}

const LINE = /^bind ([0-9a-f:.]+) ([0-9a-f]{4}):([0-9a-f]{4})( unbind)?$/gm;

/** The devices of a script that renderScript wrote. */
export function readScript(text: string): BoundDevice[] {
  return [...text.matchAll(LINE)].map(([, bdf = '', vendor = '', device = '', unbind]) => ({
    bdf,
    id: `${vendor}:${device}`,
    unbind: unbind !== undefined,
  }));
}

/** The script of the initramfs that sets driver_override before any host driver is loaded. POSIX sh: busybox runs it. */
export function renderScript(devices: readonly BoundDevice[]): string {
  const lines = [...devices]
    .sort((a, b) => (a.bdf < b.bdf ? -1 : 1))
    .map((d) => `bind ${d.bdf} ${d.id}${d.unbind ? ' unbind' : ''}`);
  return `#!/bin/sh
# Written by pt-doctor; \`pt-doctor undo\` takes it back.
# Reserves PCI devices for vfio-pci by address. modprobe runs it: /etc/modprobe.d/pt-doctor.conf
PATH=/usr/sbin:/usr/bin:/sbin:/bin
bind() {
  at=/sys/bus/pci/devices/$1
  [ -e "$at/driver_override" ] || return 0
  read -r vendor < "$at/vendor"
  read -r device < "$at/device"
  # Another device sits at this address now: leave it to the host.
  [ "$vendor:$device" = "0x\${2%:*}:0x\${2#*:}" ] || return 0
  echo vfio-pci > "$at/driver_override"
  [ "$3" = unbind ] && [ -e "$at/driver" ] || return 0
  [ -e "/sys/bus/pci/drivers/vfio-pci/$1" ] || echo "$1" > "$at/driver/unbind"
}
${lines.join('\n')}
exec modprobe --ignore-install vfio-pci "$@"
`;
}
