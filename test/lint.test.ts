// What `rules lint` complains of, each on a rule base with one fault in it.
import { describe, expect, it } from 'vitest';
import type { Cause, Condition, Fix, Rule, RuleBase } from '../src/core/model.ts';
import { DRAFT_TEXTS } from '../src/core/rules/draft.ts';
import { lint } from '../src/core/rules/lint.ts';
import { base } from './support/rule-base.ts';

const find = <T extends { id: string }>(list: Iterable<T>, id: string): T => {
  for (const item of list) if (item.id === id) return item;
  throw new Error(id);
};
const RULE = find(base.rules, 'pci-power-invalid-transition');
const FIX = find(base.fixes.values(), 'disable-idle-d3');
const INSTANCE = {
  id: 'x',
  title: 'x',
  versions: {},
  seen: [],
  strength: 'weak',
  leadsTo: [],
  refs: ['x'],
} as const;
const CAUSE = find(base.causes.values(), 'd3cold-power-transition');

function baseWith(
  rules: readonly Rule[],
  causes: readonly Cause[] = [],
  fixes: readonly Fix[] = [],
): RuleBase {
  return {
    rules,
    causes: new Map(causes.map((c) => [c.id, c])),
    fixes: new Map(fixes.map((f) => [f.id, f])),
    devices: [],
    words: [],
  };
}

const plainCause: Cause = { ...CAUSE, forms: [], leadsTo: [], alternatives: [], signs: [], fixes: [] };
const plain: Rule = {
  ...RULE,
  id: 'plain',
  match: ['invalid power transition (from {from:pstate} to {to:pstate})'],
  causes: [{ cause: CAUSE.id, strength: 'strong', effect: 'raises' }],
  overlaps: [],
  examples: {
    match: ['vfio-pci 0000:01:00.0: invalid power transition (from D3cold to D3hot)'],
    noMatch: ['vfio-pci 0000:01:00.0: valid power transition (from D0 to D3hot)'],
  },
};
const { where: _, ...plainRule } = plain;
const DEVICE = find(base.devices, 'no-bus-reset-quirk');
const withCondition = (when: Condition): Rule => ({
  ...plainRule,
  causes: [{ cause: CAUSE.id, strength: 'weak', effect: 'raises', when }],
});

describe('rules lint', () => {
  const says = (b: RuleBase) => lint(b).map((c) => `${c.id}: ${c.text}`);

  it('finds words that are not of the causes that there are', () => {
    const words = ['no-trouble', 'weather'].map((id) => ({ id, bias: 0, words: {} }));
    expect(says({ ...baseWith([plain], [plainCause]), words })).toEqual([
      `words/${CAUSE.id}: is missing; learn the words again: npm run learn`,
      'words/weather: there is no such cause; learn the words again: npm run learn',
    ]);
  });

  it('has nothing to say of a sound rule', () => {
    expect(says(baseWith([plainRule], [plainCause]))).toEqual([]);
  });

  it.each<[string, RuleBase, RegExp]>([
    ['an unknown cause', baseWith([plainRule]), /plain: no such cause "d3cold-power-transition"/],
    [
      'an unknown rule in a condition',
      baseWith(
        [
          {
            ...plainRule,
            causes: [{ cause: CAUSE.id, strength: 'weak', effect: 'raises', when: { seen: ['gone'] } }],
          },
        ],
        [plainCause],
      ),
      /no such rule "gone"/,
    ],
    [
      'an unknown fix',
      baseWith([plainRule], [{ ...plainCause, fixes: [{ fix: 'gone' }] }]),
      /no such fix "gone"/,
    ],
    [
      'a placeholder that nothing fills',
      baseWith(
        [plainRule],
        [{ ...plainCause, fixes: [{ fix: FIX.id }] }],
        [{ ...FIX, undo: 'echo {adress}' }],
      ),
      /nothing fills \{adress\}/,
    ],
    [
      'an unknown rule or cause in a known fault',
      baseWith(
        [plainRule],
        [{ ...plainCause, instances: [{ ...INSTANCE, seen: ['gone'], leadsTo: ['lost'] }] }],
      ),
      /no such rule "gone"[\s\S]*instance x: no such cause "lost"/,
    ],
    ...(
      [
        ['head -c 2 rom | xxd', /xxd is in no base installation/],
        ["grep 'Max locked' /proc/$(pgrep -of qemu)/limits", /finds virtqemud/],
        ['systemctl restart libvirtd', /try-restart/],
        ['fuser -v /dev/vfio/*', /iommufd users/],
        ['cat /sys/module/vfio_pci/parameters/ids', /shows no parameter ids of vfio_pci/],
        ['update-initramfs -u -k all', /rebuilt by \{rebuild\}/],
        ['virsh edit GUEST', /is called NAME/],
        ['sudo modprobe vfio-pci', /root shell/],
      ] as const
    ).map(([run, complaint]): [string, RuleBase, RegExp] => [
      `a command that does not do on every host: ${run}`,
      baseWith(
        [plainRule],
        [{ ...plainCause, fixes: [{ fix: FIX.id }] }],
        [{ ...FIX, action: { do: 'manual', steps: [{ run: [run] }] } }],
      ),
      complaint,
    ]),
    [
      'a check for a host that is called nothing',
      baseWith([plainRule], [{ ...plainCause, confirm: [{ run: 'id', expect: 'x', on: ['prox'] }] }]),
      /on: no such host "prox"/,
    ],
    [
      'a confirming command of a cause that no host answers',
      baseWith(
        [plainRule],
        [{ ...plainCause, confirm: [{ run: 'cat /sys/module/vfio_pci/parameters/ids', expect: 'x' }] }],
      ),
      /causes\/d3cold-power-transition: .*no parameter ids/,
    ],
    [
      'a change of the firmware that may leave a host without its boot',
      baseWith(
        [plainRule],
        [{ ...plainCause, fixes: [{ fix: FIX.id }] }],
        [{ ...FIX, warning: 'Slow.', action: { do: 'manual', steps: [{ text: 'Switch CSM off.' }] } }],
      ),
      /legacy mode does not boot/,
    ],
    [
      'a risk without a warning',
      baseWith([plainRule], [{ ...plainCause, fixes: [{ fix: FIX.id }] }], [{ ...FIX, risk: 'medium' }]),
      /risk is medium, and no warning says which/,
    ],
    [
      'a cause that nothing raises',
      baseWith([plainRule], [plainCause, { ...plainCause, id: 'lonely' }]),
      /causes\/lonely: unreachable/,
    ],
    [
      'a pattern without fixed text',
      baseWith([{ ...plainRule, match: ['{a:word} x {b:word}'] }], [plainCause]),
      /no fixed text of seven bytes/,
    ],
    [
      'a template that does not parse',
      baseWith([{ ...plainRule, match: ['some long text {a:nonsense}'] }], [plainCause]),
      /no hole type/,
    ],
    [
      'a shadowed pattern',
      baseWith(
        [
          plainRule,
          { ...plainRule, id: 'twin', match: ['invalid power transition (from {x:pstate} to {y:pstate})'] },
        ],
        [plainCause],
      ),
      /twin: .* is shadowed by plain/,
    ],
    [
      'an example that is not matched',
      baseWith(
        [{ ...plainRule, examples: { ...plainRule.examples, match: ['something else'] } }],
        [plainCause],
      ),
      /does not match its example/,
    ],
    [
      'a near miss that is matched',
      baseWith(
        [{ ...plainRule, examples: { ...plainRule.examples, noMatch: plainRule.examples.match } }],
        [plainCause],
      ),
      /matches its near miss/,
    ],
    [
      'an example that another rule steals',
      baseWith([plainRule, { ...plainRule, id: 'thief', match: ['invalid power transition'] }], [plainCause]),
      /is matched by thief as well/,
    ],
    [
      'a pattern that another rule covers, though no example shows it',
      baseWith(
        [
          {
            ...plainRule,
            match: [...plainRule.match, 'link of port {port:int} is down for {secs:int} seconds'],
          },
          {
            ...plainRule,
            id: 'wide',
            match: ['link of port {port:int} is {state:word} for'],
            examples: { match: ['link of port 1 is up for 3 s'], noMatch: ['link of ports'] },
          },
        ],
        [plainCause],
      ),
      /plain: "link of port .* is shadowed by wide: what it matches, that rule matches too/,
    ],
    [
      'a regex that takes the square of the line',
      baseWith([{ ...plainRule, regex: ['power transition .*from .*D3cold'] }], [plainCause]),
      /more than once: a long line could take seconds/,
    ],
    [
      'a regex for the rest of the line that takes the square of it',
      baseWith([{ ...plainRule, line: { holds: ['from .*the.* link'], lacks: [] } }], [plainCause]),
      /"from .*" repeats "any character" without a bound more than once/,
    ],
    [
      'a regex for the rest of the line that is none',
      baseWith([{ ...plainRule, line: { holds: [], lacks: ['(link'] } }], [plainCause]),
      /"\(link": Invalid regular expression/,
    ],
    [
      'a capture that no pattern has',
      baseWith([withCondition({ capture: { form: ['D3cold'] } })], [plainCause]),
      /no pattern captures "form"/,
    ],
    [
      'a capture within a condition within a condition',
      baseWith([withCondition({ any: [{ not: { capture: { form: ['D3cold'] } } }] })], [plainCause]),
      /no pattern captures "form"/,
    ],
    [
      'a fact that nothing sets',
      baseWith([withCondition({ facts: { 'no-such-fact': ['on'] } })], [plainCause]),
      /no rule sets the fact "no-such-fact"/,
    ],
    [
      'a version that is no range',
      baseWith([withCondition({ facts: { kernel: ['6.2'] } })], [plainCause]),
      /"6\.2" is no range of versions for kernel/,
    ],
    [
      'a range with a slip in it',
      baseWith([withCondition({ facts: { qemu: ['>=6.2 <6.x'] } })], [plainCause]),
      /">=6\.2 <6\.x" is no range of versions for qemu/,
    ],
    [
      'a version of a known fault that is no range',
      baseWith(
        [plainRule],
        [{ ...plainCause, instances: [{ ...INSTANCE, versions: { kernel: ['6.12'] } }] }],
      ),
      /instance x: "6\.12" is no range/,
    ],
    [
      'a class of devices that there is not',
      baseWith([withCondition({ device: { class: ['gpu'] } })], [plainCause]),
      /no such class "gpu"; known are display/,
    ],
    [
      'a trait that no device has',
      baseWith([withCondition({ device: { trait: ['cursed'] } })], [plainCause]),
      /no device has the trait "cursed"/,
    ],
    [
      'a device id in capitals',
      baseWith([withCondition({ device: { id: ['10DE:*'] } })], [plainCause]),
      /"10DE:\*" is no device id/,
    ],
    [
      'where without the capture',
      baseWith([{ ...plainRule, where: { state: ['D0'] } }], [plainCause]),
      /where: .* does not capture "state", so it never matches/,
    ],
    [
      'a fact set from a capture that there is not',
      baseWith([{ ...plainRule, sets: { width: '{bits}' } }], [plainCause]),
      /sets: no pattern captures "bits"/,
    ],
    [
      'a cause that leads to itself',
      baseWith([plainRule], [{ ...plainCause, leadsTo: [{ cause: CAUSE.id, fold: true }] }]),
      /leads to itself/,
    ],
    [
      'a fix that stands there twice',
      baseWith([plainRule], [{ ...plainCause, fixes: [{ fix: FIX.id }, { fix: FIX.id }] }], [FIX]),
      /"disable-idle-d3" stands there twice/,
    ],
    [
      'a question about a line where there is none',
      baseWith([plainRule], [{ ...plainCause, fixes: [{ fix: FIX.id, when: { driver: ['x'] } }] }], [FIX]),
      /"driver" is asked of a line, and there is none here/,
    ],
    [
      'a form of lines that no rule knows',
      baseWith([plainRule], [{ ...plainCause, forms: [{ when: { seen: ['gone'] }, title: 'x' }] }]),
      /forms\[0\]: no such rule "gone"/,
    ],
    [
      'a capture that none of the lines named has',
      baseWith(
        [plainRule],
        [
          {
            ...plainCause,
            forms: [{ when: { seen: [plainRule.id], capture: { gone: ['x'] } }, title: 'x' }],
          },
        ],
      ),
      /forms\[0\]: no pattern captures "gone"/,
    ],
    [
      'an unknown rule in words of what is no fix',
      baseWith([plainRule], [{ ...plainCause, notTheFix: [{ text: 'x', when: { seen: ['gone'] } }] }]),
      /not_the_fix\[0\]: no such rule "gone"/,
    ],
    [
      'an unknown rule in the condition of a fix',
      baseWith(
        [plainRule],
        [{ ...plainCause, fixes: [{ fix: FIX.id }] }],
        [{ ...FIX, when: { unseen: ['gone'] } }],
      ),
      /fixes\/disable-idle-d3: when: no such rule "gone"/,
    ],
    ...(
      [
        ['an alternative told as a step', { text: 'Or load it by hand.' }, /stand under "either"/],
        ['a host told in the words of a step', { text: 'libvirt: take it out.' }, /has "on: \[libvirt\]"/],
        ['a command of Proxmox VE for every host', { run: ['qm set {vmid} --vga none'] }, /with qm has/],
      ] as const
    ).map(([name, step, told]): [string, RuleBase, RegExp] => [
      name,
      baseWith(
        [plainRule],
        [{ ...plainCause, fixes: [{ fix: FIX.id }] }],
        [{ ...FIX, action: { do: 'manual', steps: [step] } }],
      ),
      told,
    ]),
    [
      'a hole in a regex that is none',
      baseWith([{ ...plainRule, match: [], regex: ['invalid power transition of {:drver}'] }], [plainCause]),
      /no hole type \{:drver\}/,
    ],
    [
      'an example that its rule no longer matches once it is masked',
      baseWith(
        [
          {
            ...plainRule,
            match: ['vfio power of {mdev:driver} is gone'],
            examples: {
              ...plainRule.examples,
              match: ['vfio power of 7a537d3e-d35c-4306-8482-bdd75b64e761 is gone'],
            },
          },
        ],
        [plainCause],
      ),
      /once that is masked for a post: vfio power of <uuid-1> is gone/,
    ],
    [
      'a step for a host that is misspelt',
      baseWith(
        [plainRule],
        [{ ...plainCause, fixes: [{ fix: FIX.id }] }],
        [{ ...FIX, action: { do: 'manual', steps: [{ text: 'x', on: ['debain'] }] } }],
      ),
      /no such host "debain"/,
    ],
    [
      'an unknown rule in the condition of a device',
      {
        ...baseWith([plainRule], [plainCause]),
        devices: [
          {
            ...DEVICE,
            causes: [{ cause: CAUSE.id, strength: 'weak', effect: 'raises', when: { seen: ['gone'] } }],
          },
        ],
      },
      /devices\/.*no such rule "gone"/,
    ],
    [
      'a cause that only a rule raises which does not parse',
      baseWith([{ ...plainRule, match: ['some long text {a:nonsense}'] }], [plainCause]),
      /d3cold-power-transition: unreachable/,
    ],
    [
      'a near miss that shares only a word which all lines share',
      baseWith(
        [
          {
            ...plainRule,
            means: 'That the line has.',
            examples: {
              ...plainRule.examples,
              noMatch: ['the weather has changed and it was not for the better'],
            },
          },
        ],
        [plainCause],
      ),
      /no near miss, it shares no word with the rule/,
    ],
    [
      'a cause that was misspelt',
      baseWith(
        [
          {
            ...plainRule,
            causes: [{ cause: 'd3cold-power-transitoin', strength: 'strong', effect: 'raises' }],
          },
        ],
        [plainCause],
      ),
      /no such cause "d3cold-power-transitoin"; did you mean d3cold-power-transition\?/,
    ],
    [
      'a harmless line that is never anything else',
      baseWith([{ ...plainRule, severity: 'benign', causes: [] }]),
      /plain: benign: say under harmless_unless/,
    ],
    [
      'a near miss that is far from it',
      baseWith(
        [{ ...plainRule, examples: { ...plainRule.examples, noMatch: ['Bluetooth: HCI UART'] } }],
        [plainCause],
      ),
      /no near miss, it shares no word with the rule/,
    ],
    [
      'a draft that was left as it is',
      baseWith(
        [
          {
            ...plainRule,
            means: DRAFT_TEXTS.means,
            refs: [DRAFT_TEXTS.ref],
            examples: { ...plainRule.examples, noMatch: [DRAFT_TEXTS.nearMiss] },
          },
        ],
        [plainCause],
      ),
      /means: still the words[\s\S]*refs: still the words[\s\S]*no near miss/,
    ],
  ])('complains of %s', (_name, faulty, complaint) => {
    expect(says(faulty).join('\n')).toMatch(complaint);
  });
});
