// The rule base as data: every file loads, every example and near miss holds, every reference exists.
import { describe, expect, it } from 'vitest';
import { lint } from '../src/core/rules/lint.ts';
import { showFault } from '../src/node/rule-files.ts';
import { base, loaded } from './support/rule-base.ts';

/** A file and function, a manual page, a document or a public thread. */
const SOURCE =
  /https?:\/\/|Documentation\/\w|pve-docs|\.in\b|\.(?:c|h|pm|rst|txt|adoc|hx|yaml)\b|\w\(\d\)|man \d|Kconfig|debian\/changelog|commit "|Specification|libvirt, |proxmox wiki|NVIDIA/i;

describe('the rule base', () => {
  it('loads without a fault', () => {
    expect(loaded.faults.map(showFault)).toEqual([]);
  });

  it('is sound: references, literals, examples, near misses, overlaps', () => {
    expect(lint(base).map((c) => `${c.id}: ${c.text}`)).toEqual([]);
  });

  it.each([...base.causes.values()])(
    '$id says how to make sure, what will not help, and its sources',
    (cause) => {
      expect(cause.confirm.length).toBeGreaterThan(0);
      expect(cause.notTheFix.length).toBeGreaterThan(0);
      expect(cause.refs.join('; ')).toMatch(SOURCE);
    },
  );

  it.each([...base.fixes.values()])('$id has a source that can be looked up, and fills every name', (fix) => {
    expect(fix.refs.join('; ')).toMatch(SOURCE);
    // What the reader puts in himself is a word in capitals; `<vmid>` in a shell is a redirection.
    const commands = fix.action.do === 'manual' ? fix.action.steps.flatMap((s) => s.run ?? []) : [];
    expect([...commands, ...fix.confirm.map((c) => c.run)].filter((c) => /<[a-z ]+>/.test(c))).toEqual([]);
  });
});
