// Every folder of fixtures/cases is a log with a known cause; its expected.json is the verdict.
// A new case: put the logs in, run `npx vitest run test/cases.test.ts -u`, and read what it wrote before you commit it.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Result } from '../src/core/model.ts';
import { diagnoseTexts, fixture, folders, ROOT } from './support/rule-base.ts';

/** What of a report a case fixes: the verdict and its grounds, not the wording. */
function verdict({ diagnoses, notices }: Result) {
  return {
    diagnoses: diagnoses.map((d) => ({
      cause: d.cause,
      confidence: d.confidence,
      devices: d.devices,
      evidence: [...new Set(d.evidence.map((e) => `${e.effect} ${e.rule}`))].sort(),
      leadsTo: d.leadsTo.map((c) => c.cause),
      broughtAboutBy: d.broughtAboutBy.map((c) => c.cause),
    })),
    notices: notices.map((n) => n.code),
  };
}

describe('cases', () => {
  it.each(folders('cases'))('%s', async (name) => {
    const result = diagnoseTexts(fixture(`cases/${name}`), { byWords: true });
    const text = `${JSON.stringify(verdict(result), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot(join(ROOT, 'fixtures/cases', name, 'expected.json'));
    expect(result.diagnoses.length).toBeGreaterThan(0);
  });
});

describe('clean logs yield no diagnosis', () => {
  it.each(folders('clean'))('%s', (name) => {
    expect(diagnoseTexts(fixture(`clean/${name}`), { byWords: true }).diagnoses.map((d) => d.cause)).toEqual(
      [],
    );
  });
});
