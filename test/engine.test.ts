// Ranking, chains, order of events and conditions, on small rule bases made for each question.
import { describe, expect, it } from 'vitest';
import { createDoctor } from '../src/core/engine/doctor.ts';
import type { Result, RuleBase } from '../src/core/model.ts';
import { compileCause, compileRule } from '../src/core/rules/compile.ts';
import { causeFile, ruleFile } from '../src/core/rules/schema.ts';
import { inRange } from '../src/core/rules/version.ts';
import { englishErrno } from '../src/core/text/strerror.ts';
import { diagnoseTexts } from './support/rule-base.ts';

type Loose = Record<string, unknown>;

/** A rule base of `{id: {match, causes, ...}}` and `{id: {leads_to, signs, ...}}`, the rest filled in. */
function baseOf(rules: Record<string, Loose>, causes: Record<string, Loose>): RuleBase {
  return {
    rules: Object.entries(rules).map(([id, rule]) =>
      compileRule(
        id,
        'test',
        ruleFile.parse({
          title: id,
          severity: 'error',
          source: 'any',
          means: 'a test',
          refs: ['test'],
          examples: { match: ['none'], no_match: ['none'] },
          ...rule,
        }),
      ),
    ),
    causes: new Map(
      Object.entries(causes).map(([id, cause]) => [
        id,
        compileCause(
          id,
          causeFile.parse({
            title: id,
            why: 'because',
            prior: 'uncommon',
            fixes: ['none'],
            refs: ['test'],
            ...cause,
          }),
        ),
      ]),
    ),
    fixes: new Map(),
    devices: [],
    words: [],
  };
}

function diagnose(base: RuleBase, log: string): Result {
  const doctor = createDoctor({
    base,
    commandsFor: () => ({ commands: [], appliable: false, alreadySet: false }),
  });
  doctor.source('log');
  for (const line of log.trim().split('\n')) doctor.line(line);
  return doctor.finish();
}

const ids = (result: Result) => result.diagnoses.map((d) => d.cause);
const raises = (cause: string, more: Loose = {}) => ({ cause, strength: 'strong', ...more });

describe('a message quoted without its errno', () => {
  const base = baseOf(
    {
      refused: {
        match: 'could not take the widget: {errno:errno}',
        causes: [
          { cause: 'busy', strength: 'strong', when: { capture: { errno: ['Device or resource busy'] } } },
          {
            cause: 'gone',
            strength: 'medium',
            when: { not: { capture: { errno: ['Device or resource busy'] } } },
          },
          { cause: 'always', strength: 'weak' },
        ],
      },
    },
    { busy: {}, gone: {}, always: {} },
  );
  const strengths = (log: string) =>
    Object.fromEntries(diagnose(base, log).diagnoses.map((d) => [d.cause, d.evidence[0]?.strength]));

  it('may have ended in any of them, which is less sure', () => {
    expect(strengths('`could not take the widget`')).toEqual({
      busy: 'medium',
      gone: 'weak',
      always: 'weak',
    });
  });

  it('is what another line says that tells it', () => {
    const told = { busy: 'strong', always: 'weak' };
    expect(strengths('could not take the widget: Device or resource busy')).toEqual(told);
    expect(
      strengths('could not take the widget\ncould not take the widget: Device or resource busy'),
    ).toEqual(told);
  });

  it.each(['Das Gerät oder die Ressource ist belegt', '设备或资源忙', 'Périphérique ou ressource occupé.'])(
    'is told in any language: %s',
    (errno) => {
      expect(strengths(`could not take the widget: ${errno}`)).toEqual({ busy: 'strong', always: 'weak' });
    },
  );

  it.each([
    ['Resource temporarily unavailable', '资源暂时不可用'],
    ['File exists', 'Le fichier existe'],
    ['Connection timed out', 'Время ожидания соединения истекло.'],
    ['Too many open files', 'Zu viele offene Dateien'],
  ])('%s is told in any language', (errno, said) => {
    expect(englishErrno(said)).toBe(errno);
  });

  it.each(['Device or reso', 'Device or resource bus=', 'Device or…'])('is cut: %s', (errno) => {
    expect(strengths(`could not take the widget: ${errno}`)).toEqual({ busy: 'strong', always: 'weak' });
  });

  it('may be each that the cut one begins', () => {
    expect(strengths('could not take the widget: No such')).toEqual(strengths('`could not take the widget`'));
  });

  it('is none when something else stands behind it', () => {
    expect(strengths('could not take the widget from the shelf')).toEqual({});
  });
});

describe('ranking', () => {
  const base = baseOf(
    {
      proof: { match: 'this proves alpha', causes: [raises('alpha')] },
      hint: { match: 'this hints at beta', causes: [raises('beta', { strength: 'medium' })] },
      against: { match: 'this speaks against alpha', causes: [raises('alpha', { effect: 'lowers' })] },
      broad: { match: 'worth reading maybe', tier: 'broad', causes: [raises('alpha')] },
    },
    { alpha: {}, beta: {} },
  );

  it('names the best proved cause first', () => {
    expect(ids(diagnose(base, 'this hints at beta\nthis proves alpha'))).toEqual(['alpha', 'beta']);
  });

  it('keeps the evidence for and against, with line numbers', () => {
    const log = 'this proves alpha\nthis hints at beta\nthis speaks against alpha';
    expect(ids(diagnose(base, log))).toEqual(['beta']);
    const [alpha] = diagnose(base, 'this proves alpha').diagnoses;
    expect(alpha?.evidence).toEqual([
      { rule: 'proof', lines: [1], effect: 'raises', strength: 'strong', text: 'this proves alpha' },
    ]);
  });

  it('counts one rule on many devices once', () => {
    const many = Array.from({ length: 9 }, (_, i) => `vfio-pci 0000:0${i}:00.0: this hints at beta`).join(
      '\n',
    );
    const [beta] = diagnose(base, many).diagnoses;
    expect(beta?.confidence).toBe('possible');
    expect(beta?.devices.length).toBe(9);
  });

  it('never decides by a broad rule', () => {
    expect(ids(diagnose(base, 'worth reading maybe'))).toEqual([]);
  });
});

describe('equal lines', () => {
  const base = baseOf(
    {
      broken: { source: ['qemu'], match: ['the device is broken'], causes: [raises('cause')] },
    },
    { cause: {} },
  );
  const at = (second: number, process: string) =>
    `Nov 24 13:50:${10 + second} pve ${process}: the device is broken`;
  const findings = (...lines: string[]) =>
    diagnose(base, lines.join('\n')).findings.map(({ count, lines: numbers, lastStamp, firstStamp }) => ({
      count,
      numbers,
      seconds: (lastStamp?.at ?? 0) - (firstStamp?.at ?? 0),
    }));

  it('are counted one by one, with their numbers and the times of the first and the last', () => {
    expect(findings(at(0, 'kvm'), at(3, 'kvm'), 'something else', at(9, 'kvm'))).toEqual([
      { count: 3, numbers: [1, 2, 4], seconds: 9 },
    ]);
  });
  it('are told apart by who printed them', () => {
    expect(findings(at(0, 'kernel'), at(1, 'kvm'), at(2, 'kernel'), at(3, 'kvm'))).toEqual([
      { count: 2, numbers: [2, 4], seconds: 2 },
    ]);
  });
  it('are remembered no longer than a few hundred others', () => {
    const others = Array.from(
      { length: 3000 },
      (_, i) => `${at(1, 'kvm')} again, for the ${i % 1000}th time`,
    );
    expect(findings(at(0, 'kvm'), ...others, at(9, 'kvm'))[0]).toMatchObject({ count: 3002, seconds: 9 });
  });
});

describe('chains', () => {
  const rules = {
    root: { match: 'the root broke down', causes: [raises('root')] },
    follow: { match: 'then the rest fell over', causes: [raises('rest')] },
  };

  it('folds a consequence under its root', () => {
    const base = baseOf(rules, { root: { leads_to: ['rest'] }, rest: {} });
    const { diagnoses } = diagnose(base, 'the root broke down\nthen the rest fell over');
    expect(diagnoses.map((d) => d.cause)).toEqual(['root']);
    expect(diagnoses[0]?.leadsTo).toMatchObject([{ cause: 'rest', lines: [2] }]);
  });

  it('keeps both where the root only explains, and says what brought it about', () => {
    const base = baseOf(rules, {
      root: { leads_to: [{ cause: 'rest', fold: false, why: 'so it is' }] },
      rest: {},
    });
    const { diagnoses } = diagnose(base, 'the root broke down\nthen the rest fell over');
    expect(diagnoses.map((d) => d.cause).sort()).toEqual(['rest', 'root']);
    expect(diagnoses.find((d) => d.cause === 'rest')?.broughtAboutBy).toMatchObject([
      { cause: 'root', why: 'so it is' },
    ]);
  });

  it('does not take for a root what came long after', () => {
    const base = baseOf(rules, { root: { leads_to: ['rest'] }, rest: {} });
    const log = '[  10.000000] then the rest fell over\n[ 900.000000] the root broke down';
    expect(ids(diagnose(base, log)).sort()).toEqual(['rest', 'root']);
  });

  it('names the whole chain under its first link', () => {
    const base = baseOf(
      { ...rules, last: { match: 'and the last one too', causes: [raises('last')] } },
      { root: { leads_to: ['rest'] }, rest: { leads_to: ['last'] }, last: {} },
    );
    const { diagnoses } = diagnose(
      base,
      'and the last one too\nthe root broke down\nthen the rest fell over',
    );
    expect(diagnoses.length).toBe(1);
    expect(diagnoses[0]?.leadsTo.map((c) => c.cause).sort()).toEqual(['last', 'rest']);
  });

  it('takes the earlier of two causes that lead to each other for the root, however close they are', () => {
    const both = { root: { leads_to: ['rest'] }, rest: { leads_to: ['root'] } };
    const log = '[  10.000000] then the rest fell over\n[  10.400000] the root broke down';
    expect(ids(diagnose(baseOf(rules, both), log))).toEqual(['rest']);
  });

  it('survives three causes in a circle', () => {
    const base = baseOf(
      { ...rules, last: { match: 'and the last one too', causes: [raises('last')] } },
      { root: { leads_to: ['rest'] }, rest: { leads_to: ['last'] }, last: { leads_to: ['root'] } },
    );
    const { diagnoses } = diagnose(
      base,
      'the root broke down\nthen the rest fell over\nand the last one too',
    );
    expect(diagnoses.length).toBe(1);
    expect(diagnoses[0]?.leadsTo.length).toBe(2);
  });

  it('survives causes that lead to each other', () => {
    const base = baseOf(rules, { root: { leads_to: ['rest'] }, rest: { leads_to: ['root'] } });
    expect(diagnose(base, 'the root broke down\nthen the rest fell over').diagnoses.length).toBe(1);
  });
});

describe('the rest of the line', () => {
  const base = baseOf(
    {
      subject: {
        match: 'works only once',
        line: { holds: ['\\b(?:VM|guest)\\b', 'card|GPU'], lacks: ['NVIDIA', '\\?$'] },
        causes: [raises('alpha')],
      },
    },
    { alpha: {} },
  );

  it.each([
    ['holds each of what the rule wants', 'in a guest the card works only once', ['alpha']],
    ['holds it before and behind the pattern', 'the GPU works only once per VM', ['alpha']],
    ['holds one of two', 'the card works only once', []],
    ['holds what it should lack', 'the NVIDIA card works only once in a VM', []],
    ['ends as it should not', 'is it true that the card works only once in a VM?', []],
    ['holds all but the pattern', 'the card works in a VM', []],
  ])('%s', (_, line, causes) => {
    expect(ids(diagnose(base, line))).toEqual(causes);
  });
});

describe('conditions', () => {
  const one = (when: Loose) =>
    baseOf(
      {
        subject: { match: 'it failed with {errno:errno}.', causes: [raises('alpha', { when })] },
        other: { match: 'the other thing', severity: 'info' },
      },
      { alpha: {} },
    );
  const yes = (when: Loose, log: string) => expect(ids(diagnose(one(when), log))).toEqual(['alpha']);
  const no = (when: Loose, log: string) => expect(ids(diagnose(one(when), log))).toEqual([]);
  const FAILED = 'it failed with Operation not permitted.';

  it('on captures', () => {
    yes({ capture: { errno: 'Operation not permitted' } }, FAILED);
    no({ capture: { errno: 'Invalid argument' } }, FAILED);
  });

  it('on the captures of any one line of several', () => {
    const both = `${FAILED}\nit failed with Invalid argument.`;
    yes({ capture: { errno: 'Operation not permitted' } }, both);
    yes({ capture: { errno: 'Invalid argument' } }, both);
    no({ capture: { errno: 'Bad address' } }, both);
  });

  it('on other lines, seen or not', () => {
    yes({ seen: ['other'] }, `${FAILED}\nthe other thing`);
    no({ seen: ['other'] }, FAILED);
    no({ unseen: ['other'] }, `${FAILED}\nthe other thing`);
    yes({ unseen: ['other'] }, FAILED);
  });

  it('on order, where the clock tells it', () => {
    const early = `[ 1.000000] the other thing\n[ 2.000000] ${FAILED}`;
    const late = `[ 3.000000] the other thing\n[ 2.000000] ${FAILED}`;
    yes({ before: ['other'] }, early);
    no({ before: ['other'] }, late);
    yes({ after: ['other'] }, late);
    yes({ before: ['other'] }, `${FAILED}\n[ 3.000000] the other thing`);
  });

  it('on the kernel version and on facts that nobody told', () => {
    const kernel = '[    0.000000] Linux version 6.8.12-4-pve (build@proxmox) #1\n';
    yes({ facts: { kernel: '>=6.2 <6.9' } }, kernel + FAILED);
    no({ facts: { kernel: '>=6.9' } }, kernel + FAILED);
    no({ facts: { kernel: '>=6.2' } }, FAILED);
    yes({ facts: { kernel: ['>=6.2', 'unknown'] } }, FAILED);
  });

  it('on the command line', () => {
    const cmdline = '[    0.000000] Command line: BOOT_IMAGE=/vmlinuz root=/dev/sda1 intel_iommu=on quiet\n';
    yes({ facts: { 'cmdline.intel_iommu': 'on' } }, cmdline + FAILED);
    yes({ facts: { 'cmdline.amd_iommu': 'absent' } }, cmdline + FAILED);
    yes({ facts: { 'cmdline.quiet': 'present' } }, cmdline + FAILED);
    yes({ facts: { 'cmdline.intel_iommu': 'unknown' } }, FAILED);
  });

  it('on any value that was captured', () => {
    yes({ capture: { errno: 'known' } }, FAILED);
    no({ capture: { other: 'known' } }, FAILED);
  });

  it('on the time since the boot, where the clock tells it', () => {
    yes({ uptime: '>=120' }, `[  130.000000] ${FAILED}`);
    no({ uptime: '>=120' }, `[    3.000000] ${FAILED}`);
    no({ uptime: '>=120' }, FAILED);
    no({ uptime: '<120' }, FAILED);
  });

  it('on whether the input has to do with passthrough', () => {
    yes({ facts: { passthrough: 'seen' } }, `vfio-pci 0000:01:00.0: enabling device\n${FAILED}`);
    yes({ facts: { passthrough: 'guests' } }, `qemu-system-x86_64: terminating on signal 15\n${FAILED}`);
    yes({ facts: { passthrough: 'unknown' } }, FAILED);
    yes(
      { facts: { passthrough: 'seen' } },
      `[    0.000000] Command line: BOOT_IMAGE=/vmlinuz intel_iommu=on\n${FAILED}`,
    );
  });

  it('on the device of the line', () => {
    const lspci = '01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GP104 [10de:1b81] (rev a1)\n';
    const line = `vfio-pci 0000:01:00.0: ${FAILED}`;
    yes({ device: { class: 'display' } }, lspci + line);
    no({ device: { class: 'usb' } }, lspci + line);
    yes({ device: { id: '10de:*' } }, lspci + line);
    yes({ driver: ['vfio-pci'] }, line);
  });
});

it('knows Proxmox VE by what only it prints', () => {
  const told = (log: string) => diagnoseTexts({ log }).facts.distribution;
  expect(told('No IOMMU detected, please activate it.See Documentation for further information.')).toBe(
    'proxmox',
  );
  expect(told('vfio-pci 0000:04:00.3: invalid power transition (from D3cold to D3hot)')).toBeUndefined();
});

describe('a whole log', () => {
  const base = baseOf(
    {
      trouble: { match: 'the trouble of any host', causes: [raises('alpha')] },
      memory: { match: 'the memory is broken', causes: [raises('beta')] },
    },
    { alpha: {}, beta: { without_guest: true } },
  );
  const padding = 'usb 1-1: new high-speed USB device\n'.repeat(200);

  it('of a host without guests raises only what is of the machine itself', () => {
    const { diagnoses, notices } = diagnose(base, `${padding}the trouble of any host`);
    expect(diagnoses).toEqual([]);
    expect(notices.map((n) => n.code)).toContain('no-passthrough');
    expect(ids(diagnose(base, `${padding}the trouble of any host\nthe memory is broken`))).toEqual(['beta']);
  });

  it('of a host that gives devices away raises everything', () => {
    const guest = 'vfio-pci 0000:01:00.0: enabling device (0000 -> 0003)\n';
    expect(ids(diagnose(base, `${guest}${padding}the trouble of any host`))).toEqual(['alpha']);
  });

  it('is none when somebody chose the lines', () => {
    expect(ids(diagnose(base, 'the trouble of any host'))).toEqual(['alpha']);
  });
});

describe('alternatives', () => {
  const GUEST = 'vfio-pci 0000:01:00.0: enabling device (0000 -> 0003)\n';
  const rules = {
    proof: { match: 'this proves alpha', causes: [raises('alpha')] },
    hint: {
      match: 'this may mean alpha',
      severity: 'warning',
      causes: [raises('alpha', { strength: 'weak' })],
    },
    second: { match: 'this proves beta', causes: [raises('beta')] },
  };
  const causes = {
    alpha: { alternatives: ['gamma', { cause: 'delta', why: 'it looks so' }] },
    beta: {},
    gamma: {},
    delta: { leads_to: ['alpha'] },
    epsilon: { prior: 'common', leads_to: [{ cause: 'alpha', why: 'so it goes' }] },
  };

  it('are named in the order of the file, before the roots, up to three causes in all', () => {
    const { diagnoses } = diagnose(baseOf(rules, causes), `${GUEST}this proves alpha`);
    expect(diagnoses.map((d) => [d.cause, d.confidence])).toEqual([
      ['alpha', 'likely'],
      ['gamma', 'remote'],
      ['delta', 'remote'],
    ]);
    expect(ids(diagnose(baseOf(rules, causes), `${GUEST}this proves alpha\nthis proves beta`))).toEqual([
      'alpha',
      'beta',
      'gamma',
    ]);
  });

  it('are none where the input excludes them or where they happen to other devices', () => {
    const excluded = {
      ...causes,
      gamma: { signs: [{ when: { seen: ['proof'] }, strength: 'weak', effect: 'lowers', text: 'not so' }] },
      delta: { concerns: { class: 'usb' } },
    };
    const lspci = '01:00.0 VGA compatible controller [0300]: GP104 [10de:1b81]\n';
    const log = `${lspci}vfio-pci 0000:01:00.0: this proves alpha`;
    expect(ids(diagnose(baseOf(rules, excluded), log))).toEqual(['alpha', 'epsilon']);
  });

  it('are not looked for where nothing shows a guest', () => {
    expect(ids(diagnose(baseOf(rules, causes), 'this proves alpha'))).toEqual(['alpha']);
  });

  it('are not looked for behind a line that may well mean nothing', () => {
    expect(ids(diagnose(baseOf(rules, causes), `${GUEST}this may mean alpha`))).toEqual(['alpha']);
  });
});

describe('advice about the devices of a diagnosis', () => {
  const base = baseOf(
    { subject: { match: 'it failed badly', causes: [raises('alpha')] } },
    { alpha: { not_the_fix: [{ text: 'only for displays', when: { device: { class: 'display' } } }] } },
  );
  const advice = (log: string) => diagnose(base, log).diagnoses[0]?.notTheFix;
  const line = 'vfio-pci 0000:01:00.0: it failed badly';

  it('is given when one of them is such a device', () => {
    expect(advice(`01:00.0 VGA compatible controller [0300]: GP104 [10de:1b81]\n${line}`)).toEqual([
      'only for displays',
    ]);
  });

  it('is left out when none is, or nothing tells', () => {
    expect(advice(`01:00.0 USB controller [0c03]: uPD720201 [1912:0014]\n${line}`)).toEqual([]);
    expect(advice(line)).toEqual([]);
  });
});

describe('a cause of several forms', () => {
  const base = baseOf(
    { subject: { match: 'it failed {how:badly|softly}', causes: [raises('alpha')] } },
    {
      alpha: {
        forms: [
          { when: { seen: 'subject', capture: { how: 'softly' } }, title: 'soft', why: 'soft on {device}' },
          { when: { seen: 'subject', driver: 'nvme' }, title: 'of a disk' },
        ],
      },
    },
  );
  const told = (log: string) => {
    const [first] = diagnose(base, log).diagnoses;
    return [first?.title, first?.why];
  };
  const [title, why] = told('it failed badly');

  it('is told by the first that its lines show', () => {
    expect(told('vfio-pci 0000:01:00.0: it failed softly')).toEqual(['soft', 'soft on 0000:01:00.0']);
    expect(told('nvme 0000:01:00.0: it failed softly')[0]).toBe('soft');
  });

  it('keeps the words that a form leaves alone', () => {
    expect(told('nvme 0000:01:00.0: it failed badly')).toEqual(['of a disk', why]);
  });

  it('is told in its own words where no form fits', () => {
    expect(title).not.toBe('soft');
    expect(told('vfio-pci 0000:01:00.0: it failed badly')[0]).toBe(title);
  });
});

describe('version ranges', () => {
  it.each([
    ['6.8.12-4-pve', '>=6.8 <6.9', true],
    ['6.8.12-4-pve', '6.8', true],
    ['5.15.0-91-generic', '<5.15', false],
    ['6.14.6-arch1-1', '>=6.13 || <5', true],
    ['9.0.2', '>9', false],
    ['9.1', '>9.0', true],
    ['6.14.8-1-pve', '>=6.14.8-1 <6.14.8-2', true],
    ['6.14.8-2-pve', '<6.14.8-2', false],
    ['6.14.8', '<6.14.8-2', true],
    ['6.13.8-200.fc41.x86_64', '=6.13.8-0', true],
    // Told to the series only: no bound on the patch level holds.
    ['6.8', '>=6.8.5', false],
    ['6.8', '<6.8.5', false],
    ['6.8', '>=6.8', true],
  ])('%s in %s is %s', (version, range, expected) => {
    expect(inRange(version, range)).toBe(expected);
  });
});
