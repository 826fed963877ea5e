// The JSON report, schema 1: the only format with a promise of compatibility.
import type { Facts, Result, RuleBase } from '../model.ts';

/** `Facts` with its maps as plain objects. */
function plainFacts(facts: Facts): Record<string, unknown> {
  const { devices, flags, ...rest } = facts;
  return {
    ...rest,
    devices: Object.fromEntries(devices),
    flags: Object.fromEntries(Array.from(flags, ([name, { value }]) => [name, value])),
  };
}

/** The result as JSON, schema 1: fields may come, none goes or changes its meaning. Line numbers are 1-based. */
export function jsonReport(result: Result, base: RuleBase, version: string): string {
  const { input, facts, diagnoses, findings, uncatalogued, notices } = result;
  return JSON.stringify(
    {
      schema: 1,
      tool: { name: 'pt-doctor', version, rules: base.rules.length },
      input,
      facts: plainFacts(facts),
      diagnoses,
      findings: findings.map(({ rule, tier, severity, device, count, lines, text }) => ({
        rule,
        tier,
        severity,
        ...(device ? { device } : {}),
        count,
        lines,
        text,
      })),
      uncatalogued,
      notices,
    },
    null,
    2,
  );
}
