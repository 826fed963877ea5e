// The project's rules as patterns for grep and ripgrep: what a template says, without its captures and bounds.

const ESCAPE = /[\\^$.*+?()[\]{}|]/g;
const HOLES = {
  bdf: '([0-9a-fA-F]{4,8}:)?[0-9a-fA-F]{2}:[01][0-9a-fA-F]\\.[0-7]',
  pstate: '(D[0-3]|D3hot|D3cold|unknown|error|[0-5])',
  int: '-?[0-9]+',
  hex: '(0x)?[0-9a-fA-F]+',
  id: '[0-9a-fA-F]{4}:[0-9a-fA-F]{4}',
  driver: '[A-Za-z0-9_.-]+',
  errno: '[A-Z][A-Za-z0-9 ,/()-]+',
  res: '\\[?(mem|io|bus|\\?\\?\\?)[^]]*\\]?',
  path: '[^[:space:]]+',
  word: '[^[:space:]]+',
  text: '.*',
};

/** A template as an extended regular expression that grep -E and ripgrep read alike. */
export function patternOf(template) {
  return template
    .split(/(\{\{|\}\}|\{[^{}]*\})/)
    .map((part) => {
      if (part === '{{') return '\\{';
      if (part === '}}') return '\\}';
      if (!part.startsWith('{') || part === '{') return part.replace(ESCAPE, '\\$&');
      const [, type = 'text'] = part.slice(1, -1).split(':');
      if (type.includes('|'))
        return `(${type
          .split('|')
          .map((o) => o.replace(ESCAPE, '\\$&'))
          .join('|')})`;
      return HOLES[type] ?? '.*';
    })
    .join('');
}

/** One pattern a line; `regex:` rules, which only a few engines read, are left out and so must their hits be. */
export const patternsOf = (rules) => [...new Set(rules.flatMap((r) => r.match.map(patternOf)))];
