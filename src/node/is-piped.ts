// Standard streams by their descriptors.
import { fstatSync } from 'node:fs';

/** Whether a descriptor is surely no terminal: told without loading what Node needs for terminals. */
export function isPiped(fd: number): boolean {
  try {
    return !fstatSync(fd).isCharacterDevice();
  } catch {
    // It is closed.
    return true;
  }
}
