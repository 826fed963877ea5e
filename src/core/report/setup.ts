// What is suspicious in the setup although no line of the log complains of it: the correlations of engine/observe.ts.
import { ruleById } from '../rules/by-id.ts';
import type { Composer } from './composer.ts';
import type { ListItem, Section } from './document.ts';

export function setupSection({ result, base, where }: Composer): Section {
  const told = new Set(result.diagnoses.flatMap((d) => d.evidence.map((e) => e.rule)));
  const explained = new Set<string>();
  const items = result.findings.flatMap((f): ListItem[] => {
    const rule = ruleById(base, f.rule);
    if (!rule?.observe || f.severity === 'info' || told.has(f.rule)) return [];
    const again = explained.has(f.rule);
    explained.add(f.rule);
    return [
      {
        words: [
          f.text,
          ...(f.lines.length > 0 ? ['  ', ...where.words(f.lines, 4)] : []),
          '  ',
          { kind: 'id', id: f.rule },
        ],
        tone: 'warn',
        blocks: again ? [] : [{ kind: 'paragraph', words: [rule.means] }],
      },
    ];
  });
  return {
    id: 'setup',
    title: 'Suspicious in the setup',
    blocks: items.length > 0 ? [{ kind: 'list', ordered: false, items }] : [],
  };
}
