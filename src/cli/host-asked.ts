// Is the main job asked to look at a host instead of logs? Cheap, for it is asked at every start.
import { mayBeTerminal } from '../node/may-be-terminal.ts';
import type { Context } from './context.ts';

const BUNDLE_NAME = /\.(?:tgz|tar\.gz|tar)$/;

/** Files that may be bundles, by their names. */
export const bundleNames = (files: readonly string[]): string[] => files.filter((f) => BUNDLE_NAME.test(f));

/** Nothing is given and nothing is piped in: the person at this terminal means the machine at hand. */
export function nothingGiven(context: Context, files: readonly string[]): boolean {
  if (files.length > 0) return false;
  const piped = context.stdinFd !== undefined && !mayBeTerminal(context.stdinFd);
  return !piped && context.stdin.isTTY === true;
}

/** Whether the main job may be about a host, so that the quick start does not do. */
export const mayMeanHost = (context: Context, files: readonly string[]): boolean =>
  bundleNames(files).length > 0 || nothingGiven(context, files);
