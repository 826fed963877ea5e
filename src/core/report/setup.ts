// What is suspicious in the setup although no line of the log complains of it: the correlations of engine/observe.ts.
import type { ListItem, Section } from './document.ts';
import type { Composer } from './verdict.ts';

export function setupSection({ result, base, where }: Composer): Section {
  const rules = new Map(base.rules.filter((r) => r.observe).map((r) => [r.id, r]));
  const told = new Set(result.diagnoses.flatMap((d) => d.evidence.map((e) => e.rule)));
  const items = result.findings.flatMap((f): ListItem[] => {
    const rule = rules.get(f.rule);
    if (!rule || f.severity === 'info' || told.has(f.rule)) return [];
    return [
      {
        words: [
          f.text,
          ...(f.lines.length > 0 ? ['  ', ...where.words(f.lines, 4)] : []),
          '  ',
          { kind: 'id', id: f.rule },
        ],
        tone: 'warn',
        blocks: [{ kind: 'paragraph', words: [rule.means] }],
      },
    ];
  });
  return {
    id: 'setup',
    title: 'Suspicious in the setup',
    blocks: items.length > 0 ? [{ kind: 'list', ordered: false, items }] : [],
  };
}
