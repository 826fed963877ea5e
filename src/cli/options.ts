// The options of the main job, as data: commander shows and checks them; the quick start reads the plain ones by itself.
import type { PlaceName } from '../core/report/places.ts';

export interface OptionSpec {
  /** As commander writes them: `-v, --verbose`, `--boot <n|all>`. */
  readonly flags: string;
  readonly text: string;
  readonly choices?: readonly string[];
  /** May be given several times. */
  readonly several?: true;
  /** The quick start has all that this option needs, or all that these values of it need. */
  readonly quick?: true | readonly string[];
}

/** All that core/report/places.ts has, which is not loaded for the terminal report. */
const PLACES = {
  proxmox: 1,
  reddit: 1,
  'reddit-comment': 1,
  level1techs: 1,
  arch: 1,
  unraid: 1,
  github: 1,
} as const satisfies Record<PlaceName, 1>;

export const DIAGNOSE_OPTIONS: readonly OptionSpec[] = [
  {
    flags: '--format <format>',
    text: 'how to print the report',
    choices: ['terminal', 'json', 'markdown', 'bbcode', 'text', 'html'],
    quick: ['terminal', 'json'],
  },
  { flags: '--json', text: 'the same as --format json', quick: true },
  { flags: '--for <place>', text: 'write a report to post there', choices: Object.keys(PLACES) },
  {
    flags: '--limit <n[c|b]>',
    text: 'at most so many characters or bytes; less important parts are left out',
  },
  { flags: '--split', text: 'several parts of that size instead of less' },
  { flags: '-o, --output <file>', text: 'write to a file instead; .html, .md and .json name the format too' },
  { flags: '--no-redact', text: 'do not mask what is private in a report to post' },
  { flags: '--redact-also <word>', text: 'mask this word too (may be given several times)', several: true },
  { flags: '-v, --verbose', text: 'print every finding, the harmless ones too', quick: true },
  { flags: '--boot <n|all>', text: 'of several boots: 0 the newest, -1 the one before, or all', quick: true },
  { flags: '--all-lines', text: 'keep every line number of a repeated message', quick: true },
  { flags: '--root <path>', text: 'examine the host of a bundle, or of a directory that holds one' },
  { flags: '--rules <dir>', text: 'add the rules of a directory on top of the built-in ones' },
];

/** For an option that may be given several times; not given it is undefined, so that the help shows no default. */
export const several = (word: string, all: readonly string[] = []): readonly string[] => [...all, word];

/** Characters that make an argument a glob. */
export const GLOB = /[*?[\]{}!]/;

export interface QuickArguments {
  readonly files: readonly string[];
  readonly options: Readonly<Record<string, string | boolean>>;
}

const keyOf = (name: string) =>
  name.replace(/^--/, '').replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

/**
 * Reads the arguments of the main job when they are plain: files and complete options. Undefined for anything else, which
 * commander then reads from the beginning: commands, globs, help, mistakes. `commands` are names that are no files.
 */
export function quickArguments(
  argv: readonly string[],
  commands: readonly string[],
): QuickArguments | undefined {
  const files: string[] = [];
  const options: Record<string, string | boolean> = {};
  const names = new Map<string, OptionSpec>();
  for (const spec of DIAGNOSE_OPTIONS)
    if (spec.quick) for (const [name] of spec.flags.matchAll(/--?[a-z-]+/g)) names.set(name, spec);
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i] ?? '';
    if (!argument.startsWith('-') || argument === '-') {
      if (GLOB.test(argument) || (files.length === 0 && commands.includes(argument))) return undefined;
      files.push(argument);
      continue;
    }
    const spec = names.get(argument);
    if (!spec?.quick) return undefined;
    const key = keyOf(/--[a-z-]+/.exec(spec.flags)?.[0] ?? '');
    if (!spec.flags.includes('<')) {
      options[key] = true;
      continue;
    }
    const value = argv[++i];
    if (value === undefined || (value.startsWith('-') && !/^-\d/.test(value))) return undefined;
    if (spec.quick !== true && !spec.quick.includes(value)) return undefined;
    options[key] = value;
  }
  return { files, options };
}
