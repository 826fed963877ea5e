// A run of the applier that was cut off on this machine: one look into a folder, cheap enough for every start.
import { readdirSync } from 'node:fs';

/** The state (`applying` or `undoing`) that it was in; undefined when nothing is open. */
export function cutOffRun(folder = '/var/lib/pt-doctor'): string | undefined {
  try {
    for (const name of readdirSync(folder)) {
      const state = /^\d+\.(applying|undoing)\.json$/.exec(name)?.[1];
      if (state) return state;
    }
  } catch {
    // No such folder, or not readable: nothing to tell.
  }
  return undefined;
}
