// Reads a rules directory: YAML files checked by the schema, every fault told with file, line and column.
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import fastGlob from 'fast-glob';
import { LineCounter, parseDocument } from 'yaml';
import type * as z from 'zod';
import type { Cause, DeviceNote, Fix, Rule, RuleBase } from '../core/model.ts';
import { compileCause, compileDevice, compileFix, compileRule } from '../core/rules/compile.ts';
import { causeFile, deviceFile, fixFile, ruleFile } from '../core/rules/schema.ts';

/** A fault in a rule file, ready to print: `rules/power/x.yaml:7:5 causes[0].cause: ...`. */
export interface RuleFault {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly path: string;
  readonly text: string;
}

export const showFault = (f: RuleFault) =>
  `${f.file}:${f.line}:${f.column} ${f.path ? `${f.path}: ` : ''}${f.text}`;

export interface LoadedRules {
  readonly base: RuleBase;
  /** Id to file, relative to where the reader stands. */
  readonly files: ReadonlyMap<string, string>;
  readonly faults: readonly RuleFault[];
}

const KINDS = {
  causes: { schema: causeFile, compile: compileCause },
  fixes: { schema: fixFile, compile: compileFix },
  devices: { schema: deviceFile, compile: compileDevice },
} as const;

function pathText(path: readonly PropertyKey[]): string {
  return path.map((p, i) => (typeof p === 'number' ? `[${p}]` : `${i > 0 ? '.' : ''}${String(p)}`)).join('');
}

/** The deepest issue of a failed union says more than `Invalid input`. */
function flatten(issue: z.core.$ZodIssue): { path: PropertyKey[]; message: string }[] {
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const deepest = issue.errors.flat().sort((a, b) => b.path.length - a.path.length)[0];
    if (deepest) return flatten(deepest).map((f) => ({ ...f, path: [...issue.path, ...f.path] }));
  }
  return [{ path: [...issue.path], message: issue.message }];
}

/** Loads every `*.yaml` under `dir`. Faulty files are left out and told in `faults`. */
export async function loadRules(dir: string, cwd: string = process.cwd()): Promise<LoadedRules> {
  const names = (await fastGlob('**/*.yaml', { cwd: dir })).sort();
  const rules: Rule[] = [];
  const causes = new Map<string, Cause>();
  const fixes = new Map<string, Fix>();
  const devices: DeviceNote[] = [];
  const files = new Map<string, string>();
  const faults: RuleFault[] = [];
  for (const name of names) {
    const file = relative(cwd, join(dir, name));
    const lines = new LineCounter();
    const document = parseDocument(await readFile(join(dir, name), 'utf8'), {
      lineCounter: lines,
      version: '1.2',
    });
    const fault = (offset: number, path: string, text: string) => {
      const at = lines.linePos(offset);
      faults.push({ file, line: at.line, column: at.col, path, text });
    };
    for (const error of document.errors) fault(error.pos[0], '', error.message.split('\n')[0] ?? '');
    if (document.errors.length > 0) continue;
    const id = basename(name, '.yaml');
    const area = dirname(name).split('/')[0] ?? '';
    const kind = KINDS[area as keyof typeof KINDS];
    const parsed = (kind?.schema ?? ruleFile).safeParse(document.toJS());
    if (!parsed.success) {
      for (const { path, message } of parsed.error.issues.flatMap(flatten)) {
        let node: unknown;
        for (let depth = path.length; depth >= 0 && !node; depth--)
          node = document.getIn(path.slice(0, depth), true);
        const range = (node as { range?: [number, number, number] } | undefined)?.range;
        fault(range?.[0] ?? 0, pathText(path), message);
      }
      continue;
    }
    files.set(area in KINDS ? `${area}/${id}` : id, file);
    if (area === 'causes') causes.set(id, compileCause(id, parsed.data as never));
    else if (area === 'fixes') fixes.set(id, compileFix(id, parsed.data as never));
    else if (area === 'devices') devices.push(compileDevice(id, parsed.data as never));
    else rules.push(compileRule(id, area, parsed.data as never));
  }
  return { base: { rules, causes, fixes, devices }, files, faults };
}
