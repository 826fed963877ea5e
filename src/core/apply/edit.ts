// The smallest shared shapes of the applier: an edit of the kernel command line, by token.

/** Tokens to have and tokens to be without. A removed token without `=` is the exact word; `name=` takes any value. */
export interface ArgEdit {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** The name of a token: `iommu` of `iommu=pt`; the kernel takes `-` and `_` in parameter names for the same. */
export function argName(token: string): string {
  const at = token.indexOf('=');
  return (at < 0 ? token : token.slice(0, at)).replaceAll('-', '_');
}

/** True when `token` is what `pattern` removes. */
export function removes(pattern: string, token: string): boolean {
  if (pattern.endsWith('=')) return token.includes('=') && argName(token) === argName(pattern);
  return pattern === token;
}

/** Arguments that may stand several times on a command line, each with its own value. */
const REPEATABLE = new Set([
  'console',
  'video',
  'rd.driver.pre',
  'rd.driver.blacklist',
  'vfio_pci.ids',
  'earlycon',
]);

/**
 * Tokens that a wanted `add` replaces: others of the same name. The last one wins in the kernel for most parameters, but two
 * values of one parameter confuse every reader.
 */
export function conflicts(token: string, wanted: string): boolean {
  const name = argName(token);
  return token !== wanted && name === argName(wanted) && !REPEATABLE.has(name) && token.includes('=');
}

/** The tokens after the edit: what is there keeps its place, what is missing comes last. */
export function editTokens(tokens: readonly string[], edit: ArgEdit): string[] {
  const kept = tokens.filter(
    (t) => !edit.remove.some((r) => removes(r, t)) && !edit.add.some((a) => conflicts(t, a)),
  );
  return [...kept, ...edit.add.filter((a) => !kept.includes(a))];
}
