// Standard streams by their descriptors, without loading what Node needs for terminals.
import { fstatSync } from 'node:fs';

/** Linux has /dev/null and its like under this major number (Documentation/admin-guide/devices.txt). */
const MEMORY_DEVICES = 1;

/** False when a descriptor is surely no terminal: a file, a pipe, a socket, /dev/null, or closed. */
export function mayBeTerminal(fd: number): boolean {
  try {
    const stat = fstatSync(fd);
    return stat.isCharacterDevice() && !(process.platform === 'linux' && stat.rdev >>> 8 === MEMORY_DEVICES);
  } catch {
    return false;
  }
}
