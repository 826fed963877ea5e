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
  'earlycon',
  'video',
  'pci',
  'intel_iommu',
  'amd_iommu',
  'initcall_blacklist',
  'module_blacklist',
  'modprobe.blacklist',
  'rd.driver.pre',
  'rd.driver.blacklist',
]);

const valuesOf = (token: string) => token.slice(token.indexOf('=') + 1).split(',');

/** True when `token` says what `wanted` says: `intel_iommu=on,sm_off` has `intel_iommu=on`. */
export function satisfies(token: string, wanted: string): boolean {
  if (token === wanted) return true;
  if (!token.includes('=') || !wanted.includes('=') || argName(token) !== argName(wanted)) return false;
  const values = valuesOf(token);
  return valuesOf(wanted).every((v) => values.includes(v));
}

/** Those of `add` that `tokens` lack. */
export function missingArgs(tokens: readonly string[], add: readonly string[]): string[] {
  return add.filter((a) => !tokens.some((t) => satisfies(t, a)));
}

/**
 * Tokens that a wanted `add` replaces: others of the same name. The last one wins in the kernel for most parameters, but two
 * values of one parameter confuse every reader.
 */
export function conflicts(token: string, wanted: string): boolean {
  const name = argName(token);
  return (
    !satisfies(token, wanted) && name === argName(wanted) && !REPEATABLE.has(name) && token.includes('=')
  );
}

/** The tokens after the edit: what is there keeps its place, what is missing comes last. */
export function editTokens(tokens: readonly string[], edit: ArgEdit): string[] {
  const kept = tokens.filter(
    (t) => !edit.remove.some((r) => removes(r, t)) && !edit.add.some((a) => conflicts(t, a)),
  );
  return [...kept, ...missingArgs(kept, edit.add)];
}
