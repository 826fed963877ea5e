// `pt-doctor rules list|lint|test|new`: working on the rule base itself. One file per command.
import type { Context, ExitCode } from '../../context.ts';
import { lintRules } from './lint.ts';
import { listRules } from './list.ts';
import { newRule } from './new.ts';
import { testRules } from './test.ts';

export interface RulesOptions {
  /** `log.txt:412`: the line that a new rule is about. */
  readonly from?: string;
  /** A folder of logs to run the rules on. */
  readonly against?: string;
  readonly area?: string;
}

export type RulesCommand = (
  context: Context,
  argument: string | undefined,
  options: RulesOptions,
) => Promise<ExitCode>;

export const RULES_COMMANDS = {
  list: listRules,
  lint: lintRules,
  test: testRules,
  new: newRule,
} as const satisfies Record<string, RulesCommand>;
