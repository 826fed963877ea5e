// A small rule base of its own for the tests of reports, so that their golden files change with reports only.
import { join } from 'node:path';
import type { Commands } from '../../src/core/engine/advise.ts';
import { createDoctor } from '../../src/core/engine/doctor.ts';
import type { Result } from '../../src/core/model.ts';
import { loadRules } from '../../src/node/rule-files.ts';
import { fixture, ROOT } from './rule-base.ts';

export const loadedReportRules = await loadRules(join(ROOT, 'fixtures/reports/rules'), ROOT);
export const reportBase = loadedReportRules.base;

/** Commands as plain as possible: what the fix file says. */
const commandsFor: Commands = ({ action }, facts) => {
  const commands =
    action.do === 'manual'
      ? action.steps.flatMap((s) => [...(s.text ? [`# ${s.text}`] : []), ...(s.run ?? [])])
      : action.do === 'modprobe-option'
        ? Object.entries(action.options).map(([k, v]) => `echo options ${action.module} ${k}=${v} >> x.conf`)
        : [];
  return {
    commands,
    appliable: action.do !== 'manual',
    alreadySet:
      action.do === 'modprobe-option' && facts.moduleOptions.some((o) => o.module === action.module),
  };
};

export function reportOf(texts: Readonly<Record<string, string>>): Result {
  const doctor = createDoctor({ base: reportBase, commandsFor });
  for (const [name, text] of Object.entries(texts)) {
    doctor.source(name);
    for (const line of text.replace(/\n$/, '').split('\n')) doctor.line(line);
  }
  return doctor.finish();
}

/** The cases of the golden files: name to input. */
export const CASES = {
  'um560-d3cold': fixture('cases/um560-d3cold'),
  'group-shared': fixture('reports/group-shared'),
  quiet: fixture('reports/quiet'),
  'no-cause': fixture('reports/no-cause'),
} as const;
