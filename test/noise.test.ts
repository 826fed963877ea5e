// Messages of the same sources that are no passthrough failures: none says anything by itself. The catalog is not part of the
// repository; where it is not there, fixtures/unrelated is what guards against noise.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Result } from '../src/core/model.ts';
import { diagnoseTexts, ROOT } from './support/rule-base.ts';

interface Message {
  readonly id: string;
  readonly line: string;
  readonly relevance: 'failure' | 'state' | 'noise';
}

/** What the catalog holds for noise and somebody asks about all the same, with the reason. */
const TOLD: Readonly<Record<string, string>> = {
  'qemu.vfio-helpers.cannot-set-discarding-of-ram-broken':
    'the machine does not start while a balloon may take memory that a device writes to',
};

const CATALOG = join(ROOT, '../shared/catalog/messages.json');

describe.skipIf(!existsSync(CATALOG))('the noise of a catalog, each message by itself', () => {
  const read: (Result & { readonly message: Message })[] = [];

  beforeAll(async () => {
    const { readMessages }: { readMessages: (path: string) => Message[] } = await import(
      join(ROOT, 'bench/messages.mjs')
    );
    for (const message of readMessages(CATALOG))
      if (message.relevance === 'noise')
        read.push({ message, ...diagnoseTexts({ log: `${message.line}\n` }, { byWords: true }) });
  });

  it('raises no diagnosis', () => {
    const told = read.filter((r) => r.diagnoses.length > 0).map((r) => r.message);
    expect(told.filter((m) => !TOLD[m.id]).map((m) => m.line)).toEqual([]);
    expect(Object.keys(TOLD).filter((id) => !told.some((m) => m.id === id))).toEqual([]);
  });

  it('is hardly taken for an error', () => {
    const errors = read.filter((r) =>
      r.findings.some((f) => f.tier === 'specific' && f.severity === 'error'),
    );
    expect(errors.length / read.length).toBeLessThan(0.02);
  });
});
