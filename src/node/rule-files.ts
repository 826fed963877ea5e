// Reads a rules directory: YAML files checked by the schema, every fault told with file, line and column.
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import fastGlob from 'fast-glob';
import { LineCounter, parseDocument } from 'yaml';
import type * as z from 'zod';
import type { Cause, DeviceNote, Fix, Rule, RuleBase, WordWeights } from '../core/model.ts';
import { compileCause, compileDevice, compileFix, compileRule, compileWords } from '../core/rules/compile.ts';
import { causeFile, deviceFile, fixFile, ruleFile, wordsFile } from '../core/rules/schema.ts';
import { UserError } from '../core/user-error.ts';

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
  /** What the files with faults would have held: `id`, or `causes/<id>` and the like. */
  readonly faulty: ReadonlySet<string>;
}

const ID = /^[a-z0-9]+(-[a-z0-9]+)*$/;

const KINDS = {
  causes: { schema: causeFile, compile: compileCause },
  fixes: { schema: fixFile, compile: compileFix },
  devices: { schema: deviceFile, compile: compileDevice },
  words: { schema: wordsFile, compile: compileWords },
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

/** The files below a rules directory; none there is an error of the one who named it. */
async function ruleFiles(dir: string, root: string): Promise<string[]> {
  const isFolder = await stat(root).then(
    (s) => s.isDirectory(),
    () => undefined,
  );
  if (!isFolder)
    throw new UserError(
      isFolder === false ? `${dir} is no folder` : `${dir}: there is no such folder`,
      'Give the folder that holds the rule files.',
    );
  const names = (await fastGlob(['**/*.yaml', '**/*.yml'], { cwd: root })).sort();
  if (names.length === 0)
    throw new UserError(`${dir}: no rule files`, 'A rules directory holds <area>/<rule-id>.yaml files.');
  return names;
}

/** Loads every `*.yaml` under `dir`. Faulty files are left out and told in `faults`. */
export async function loadRules(dir: string, cwd: string = process.cwd()): Promise<LoadedRules> {
  const root = resolve(cwd, dir);
  const names = await ruleFiles(dir, root);
  const rules: Rule[] = [];
  const causes = new Map<string, Cause>();
  const fixes = new Map<string, Fix>();
  const devices: DeviceNote[] = [];
  const words: WordWeights[] = [];
  const files = new Map<string, string>();
  const faults: RuleFault[] = [];
  const faulty = new Set<string>();
  for (const name of names) {
    const file = relative(cwd, join(root, name));
    const id = basename(name).replace(/\.ya?ml$/, '');
    const area = dirname(name).split('/')[0] ?? '';
    const key = area in KINDS ? `${area}/${id}` : id;
    const lines = new LineCounter();
    const document = parseDocument(await readFile(join(root, name), 'utf8'), {
      lineCounter: lines,
      version: '1.2',
    });
    const fault = (offset: number, path: string, text: string) => {
      const at = lines.linePos(offset);
      faults.push({ file, line: at.line, column: at.col, path, text });
      faulty.add(key);
    };
    for (const error of document.errors) fault(error.pos[0], '', error.message.split('\n')[0] ?? '');
    if (document.errors.length > 0) continue;
    if (!ID.test(id)) {
      fault(
        0,
        '',
        `the name of the file is the id, and "${id}" is none: lower-case words joined by single dashes`,
      );
      continue;
    }
    const same = files.get(key);
    if (same) fault(0, '', `${same} has the same id`);
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
    if (same) continue;
    files.set(key, file);
    if (area === 'causes') causes.set(id, compileCause(id, parsed.data as never));
    else if (area === 'fixes') fixes.set(id, compileFix(id, parsed.data as never));
    else if (area === 'devices') devices.push(compileDevice(id, parsed.data as never));
    else if (area === 'words') words.push(compileWords(id, parsed.data as never));
    else rules.push(compileRule(id, area, parsed.data as never));
  }
  return { base: { rules, causes, fixes, devices, words }, files, faults, faulty };
}
