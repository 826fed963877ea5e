// Failures that have nothing to do with passthrough: none may yield a diagnosis.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reread } from '../src/core/engine/reread.ts';
import { commandsFor } from '../src/core/fix/commands.ts';
import { base, diagnoseTexts, fixture, ROOT } from './support/rule-base.ts';

const dir = (kind: string) => join(ROOT, 'fixtures', 'unrelated', kind);
const logs = (kind: string) => readdirSync(dir(kind)).sort();
const textOf = (kind: string, name: string) => readFileSync(join(dir(kind), name), 'utf8');
/** As the program reads a paste: a second time when it says nothing, by its words at last. */
const again = (name: string, text: string) =>
  reread(diagnoseTexts({ [name]: text }), [{ name, text }], { base, commandsFor }).diagnoses;
const causes = (log: string) => [
  ...diagnoseTexts({ log }, { byWords: true }).diagnoses.map((d) => d.cause),
  ...again('log', log).map((d) => d.cause),
];

/** The boot of a host without an IOMMU: nothing in it has to do with guests. */
const boot = Object.values(fixture('clean/debian-6.1-no-iommu')).join('');

describe('the lines alone', () => {
  it.each(logs('alone'))('%s', (name) => {
    const text = textOf('alone', name);
    expect(causes(text)).toEqual([]);
    for (const pasted of [
      text,
      text.toUpperCase(),
      text.replaceAll(' ', '\u00a0'),
      text.replace(/^/gm, '- '),
    ])
      expect(again(name, pasted)).toEqual([]);
  });
});

// What the kernel, QEMU and libvirt print when all is well, or for reasons of their own.
describe('each line by itself', () => {
  const lines = logs('each').flatMap((name) => textOf('each', name).trimEnd().split('\n'));
  it.each(lines)('%s', (line) => expect(causes(`${line}\n`)).toEqual([]));
});

// Somebody who shows only such lines to a passthrough doctor means them; at the end of a whole log they are the host's own.
describe('at the end of the log of a host without guests', () => {
  it.each([...logs('alone').map((n) => ['alone', n]), ...logs('whole').map((n) => ['whole', n])])(
    '%s/%s',
    (kind = '', name = '') => {
      expect(causes(boot + textOf(kind, name))).toEqual([]);
    },
  );
});

describe('the lines alone, where they may be what the question is about', () => {
  it('are told', () => {
    const told = logs('whole').filter((name) => causes(textOf('whole', name)).length > 0);
    expect(told.length).toBeGreaterThan(logs('whole').length / 2);
  });
});
