// The JSON Schemas of rule, cause, fix and device files, for editors; made from the schema that the loader uses.
import * as z from 'zod';
import { causeFile, deviceFile, fixFile, ruleFile, wordsFile } from './schema.ts';

export const FILE_KINDS = {
  rule: { schema: ruleFile, title: 'pt-doctor rule: what a log line means' },
  cause: { schema: causeFile, title: 'pt-doctor cause: what is wrong and how to mend it' },
  fix: { schema: fixFile, title: 'pt-doctor fix: one thing that can be done' },
  device: { schema: deviceFile, title: 'pt-doctor device note: known trouble of a device family' },
  words: {
    schema: wordsFile,
    title: 'pt-doctor words: what of a text that no rule knows speaks for a cause',
  },
} as const;

/** JSON Schema (draft 2020-12) of one kind of file, as text with a final line break. */
export function jsonSchema(kind: keyof typeof FILE_KINDS): string {
  const { schema, title } = FILE_KINDS[kind];
  return `${JSON.stringify({ title, ...z.toJSONSchema(schema, { io: 'input' }) }, null, 2)}\n`;
}
