// Steps that only a person can do. A step is for the hosts of its `on`; of the ways of its `either` one is enough.
import type { ManualStep, ManualWork } from '../model.ts';
import { isLinux } from '../text/distributions.ts';
import { hostNames, meantFor } from '../text/hosts.ts';
import { type ActionOf, type Advise, appendLines, fillFor, rebuild } from './advice.ts';
import { declaredAt } from './declared.ts';
import type { Site } from './site.ts';

/** A command of a step stands in the rule files as it is typed, but for this one, which each host does in its own way. */
const REBUILD = '{rebuild}';

type Fill = (line: string) => readonly string[];

/** What is typed to add lines to files under /etc, where these are kept, or what stands for it elsewhere. */
function written(site: Site, { write = {} }: ManualWork, fill: Fill): string[] {
  return Object.entries(write).flatMap(([path, lines]) => {
    const filled = lines.flatMap(fill);
    const commands = appendLines(path, filled);
    return declaredAt(site)?.etc(path, filled, commands) ?? commands;
  });
}

function linesOf(site: Site, step: ManualStep, fill: Fill): string[] {
  return [
    ...(step.text ? fill(`# ${step.text}`) : []),
    ...written(site, step, fill),
    ...(step.run ?? []).flatMap(fill),
    ...(step.either ?? []).flatMap((way, i) =>
      linesOf(site, { ...way, text: `${i === 0 ? 'Either' : 'Or'}: ${way.text}` }, fill),
    ),
  ];
}

const wordsOf = ({ text, either }: ManualStep): ManualStep => ({
  ...(text ? { text } : {}),
  ...(either ? { either: either.map((way) => ({ text: way.text })) } : {}),
});

export const manual: Advise<ActionOf<'manual'>> = (action, facts, devices, site) => {
  const fill = (line: string) => (line === REBUILD ? rebuild(site) : fillFor(line, facts, devices));
  const commands: string[] = [];
  /** Whose the last commands are, where that is open. */
  let under = '';
  for (const step of action.steps) {
    const whose = step.on ? meantFor(site, step.on) : '';
    if (whose === undefined) continue;
    // An initramfs that the host does not have needs no word.
    if (step.run && !step.write && step.run.flatMap(fill).length === 0) continue;
    if (whose !== under) commands.push(`# ${whose || 'On every host'}:`);
    // What a step for every host types is for a shell of Linux.
    const whole = step.on !== undefined || isLinux(site.manager);
    commands.push(...linesOf(site, whole ? step : wordsOf(step), fill));
    const several = step.run?.includes(REBUILD) && site.initramfs.length > 1;
    under = several ? hostNames(site.initramfs) : whose;
  }
  return { commands, appliable: false, alreadySet: false };
};
