// Every command that a report can print is one that a shell understands: for each fix on each distribution, and what confirms a cause.
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { commandsFor } from '../src/core/fix/commands.ts';
import { DISTRIBUTIONS } from '../src/core/text/distributions.ts';
import { emptyFacts } from '../src/core/text/facts.ts';
import { base } from './support/rule-base.ts';

const GPU = '0000:0b:00.0';
const devices = new Map([[GPU, { bdf: GPU, id: '10de:2484', class: '0300', driver: 'nouveau' }]]);
const hosts = [emptyFacts(), ...DISTRIBUTIONS.map((distribution) => ({ ...emptyFacts(), distribution }))];

/** One function per command: with `bash -n` nothing of it runs, and a fault names its line. */
function faults(commands: readonly string[]): string[] {
  const script = commands.map((c) => `f() { ${c}\n}`).join('\n');
  try {
    execFileSync('bash', ['-n'], { input: script, stdio: ['pipe', 'ignore', 'pipe'] });
    return [];
  } catch (error) {
    return [String((error as { stderr: Buffer }).stderr)];
  }
}

describe('a shell understands', () => {
  it('the commands of every fix on every distribution', () => {
    const commands = [...base.fixes.values()].flatMap((fix) =>
      hosts.flatMap((facts) =>
        [[], [GPU]].flatMap((d) => commandsFor(fix, { ...facts, devices }, d).commands),
      ),
    );
    const typed = [...new Set(commands)].filter(
      (c) => !c.startsWith('#') && !c.startsWith('<') && !c.startsWith('-'),
    );
    expect(typed.length).toBeGreaterThan(250);
    expect(faults(typed)).toEqual([]);
  });

  it('what confirms a fix or a cause', () => {
    const confirm = [...base.fixes.values(), ...base.causes.values()].flatMap((f) =>
      f.confirm.map((c) => c.run),
    );
    expect(
      faults([...new Set(confirm)].map((c) => c.replaceAll('{device}', GPU).replaceAll('{vmid}', '100'))),
    ).toEqual([]);
  });
});
