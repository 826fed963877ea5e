// `rules new <id> --from log.txt:412`: writes rules/<area>/<id>.yaml, never over an existing file.
import { join, resolve } from 'node:path';
import { draftRule } from '../../../core/rules/draft.ts';
import { UserError } from '../../../core/user-error.ts';
import { createFile } from '../../../node/create-file.ts';
import { eachLine } from '../../../node/input.ts';
import { fileSource } from '../../../node/sources.ts';
import type { RulesCommand } from './index.ts';

async function lineOf(file: string, wanted: number): Promise<string> {
  if (wanted === 0) throw new UserError('lines are counted from 1', 'Check the line number.');
  let at = 0;
  let found: string | undefined;
  await eachLine(fileSource(file), file, (line) => {
    if (++at === wanted) found = line;
  });
  if (found === undefined)
    throw new UserError(`${file} has ${at} lines, not ${wanted}`, 'Check the line number.');
  return found;
}

export const newRule: RulesCommand = async (context, id = '', { from, area = 'own' }) => {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(id))
    throw new UserError(`"${id}" is no rule id`, 'Use lower-case words joined by single dashes.');
  const where = /^(.*):(\d+)$/.exec(from ?? '');
  if (!where?.[1])
    throw new UserError('which line is the rule about?', `pt-doctor rules new ${id} --from log.txt:412`);
  const path = join('rules', area, `${id}.yaml`);
  await createFile(
    join(context.cwd, path),
    draftRule(await lineOf(resolve(context.cwd, where[1]), Number(where[2]))),
  );
  context.print(`${path}\n`);
  context.stderr.write(
    'Write what it means, its causes, a reference and a near miss; then: pt-doctor rules lint rules\n',
  );
  return 0;
};
