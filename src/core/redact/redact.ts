// Masks what is private in texts that are going to be posted: match first, mask after. The same secret gets the same
// placeholder everywhere (`<mac-1>`), so that a reader can still tell two devices apart.
import { escapeRegExp } from '../text/escape-regexp.ts';
import { COMMON_NAMES, KIND_WORDS, KINDS, type Kind, NAMES, PATTERNS } from './kinds.ts';

export interface Redactor {
  /** Looks for names of hosts and users, which can be masked only when they are known. Call it for every text first. */
  learn(text: string): void;
  mask(text: string): string;
  /** The same for the name of a file, where a host name may be a part of a word: `dmesg-myhost.log:4`. */
  maskName(text: string): string;
  /** What was masked: `2 MAC addresses`. */
  summary(): readonly string[];
}

export interface RedactorOptions {
  /** Host names that the envelopes of the input show. */
  readonly hosts: readonly string[];
  /** Further words to mask, in any case of letters. */
  readonly also: readonly string[];
}

/** What a machine cannot know, said under every masked report. */
export const BEYOND_US =
  'Names of guests, people, companies and networks cannot be told from other words: read it once before you post it.';

/** A redactor with placeholders of its own: texts of one report share one, so that equal secrets stay equal. */
export function createRedactor({ hosts, also }: RedactorOptions): Redactor {
  const placeholders = new Map<string, string>();
  const numbers = new Map<Kind, number>();
  const names = new Map<string, 'host' | 'user'>();
  let compiled: { whole: RegExp; common: RegExp; part: RegExp } | undefined;

  const placeholder = (kind: Kind, secret: string) => {
    const key = `${kind} ${kind === 'secret' ? secret : secret.toLowerCase()}`;
    const known = placeholders.get(key);
    if (known) return known;
    const n = (numbers.get(kind) ?? 0) + 1;
    numbers.set(kind, n);
    const made = `<${kind}-${n}>`;
    placeholders.set(key, made);
    return made;
  };

  function know(kind: 'host' | 'user', name: string) {
    const trimmed = name.replace(/[.:]+$/, '');
    if (trimmed.length < 2 || /^[\d.]+$/.test(trimmed) || /^(?:localhost|root|pam|pbs)$/i.test(trimmed))
      return;
    const [short = ''] = trimmed.split('.');
    for (const n of kind === 'host' ? [trimmed, short] : [trimmed])
      if (n.length > 1 && !names.has(n.toLowerCase()) && names.size < 64) {
        names.set(n.toLowerCase(), kind);
        compiled = undefined;
      }
  }
  for (const host of hosts) know('host', host);

  function patterns() {
    if (compiled) return compiled;
    const list = [...names.keys()].sort((a, b) => b.length - a.length);
    const any = (wanted: readonly string[]) =>
      wanted.length > 0 ? wanted.map(escapeRegExp).join('|') : '(?!)';
    const rare = any(list.filter((n) => !COMMON_NAMES.has(n)));
    compiled = {
      // A whole token: neither `6.8.12-4-pve` nor `/etc/pve` nor `pve-manager`; a domain behind it belongs to it.
      whole: new RegExp(`(?<![\\w./<-])(${rare})((?:\\.[a-zA-Z][\\w-]{0,62}){0,5})(?![\\w/-]|\\.\\w)`, 'gi'),
      // In front of a process (`pve kernel:`), behind @, in a task id, in a field that is named so.
      common: new RegExp(
        `(?<=(?:^|[\\dZ\\]] )|[a-z_]@|UPID:|_HOSTNAME"?[=:]\\s?"?|[Hh]ost ?name[:=] ?"?|\\bhost )(${any(list)})((?:\\.[a-zA-Z][\\w-]{0,62}){0,5})(?=[ :"\\])~,]|$)`,
        'g',
      ),
      part: new RegExp(`(?<![a-z0-9])(${rare})(?![a-z0-9])`, 'gi'),
    };
    return compiled;
  }

  function maskNames(text: string): string {
    if (names.size === 0) return text;
    const { whole, common } = patterns();
    const replace = (_: string, name: string, domain: string) =>
      placeholder(names.get(name.toLowerCase()) ?? 'host', name + (domain ?? ''));
    return text.replace(whole, replace).replace(common, replace);
  }

  function maskWords(text: string): string {
    let masked = text;
    for (const word of also)
      if (word !== '')
        masked = masked.replace(new RegExp(escapeRegExp(word), 'gi'), (w) => placeholder('word', w));
    return masked;
  }

  function mask(text: string): string {
    let masked = maskWords(text);
    for (const { kind, pattern, group, unless } of PATTERNS) {
      pattern.lastIndex = 0;
      masked = masked.replace(pattern, (...m: unknown[]) => {
        const whole = m[0] as string;
        const secret = group === undefined ? whole : (m[1] as string);
        const at = m.findLast((x) => typeof x === 'number') as number;
        const before = masked.slice(Math.max(0, at - 40), at);
        if (secret.startsWith('<') || unless?.(secret, before, masked.slice(at + whole.length))) return whole;
        const start = group === undefined ? 0 : whole.lastIndexOf(secret);
        return whole.slice(0, start) + placeholder(kind, secret) + whole.slice(start + secret.length);
      });
    }
    return maskNames(masked);
  }

  return {
    learn(text) {
      for (const { kind, pattern } of NAMES)
        for (const m of text.matchAll(pattern)) if (m[1]) know(kind, m[1]);
      for (const { kind, pattern } of PATTERNS)
        if (kind === 'user') for (const m of text.matchAll(pattern)) if (m[1]) know('user', m[1]);
    },
    mask,
    maskName(text) {
      if (names.size === 0) return mask(text);
      return mask(text).replace(patterns().part, (name) =>
        placeholder(names.get(name.toLowerCase()) ?? 'host', name),
      );
    },
    summary() {
      return KINDS.flatMap((kind) => {
        const n = numbers.get(kind) ?? 0;
        const [one, many] = KIND_WORDS[kind];
        return n > 0 ? [`${n} ${n === 1 ? one : many}`] : [];
      });
    },
  };
}
