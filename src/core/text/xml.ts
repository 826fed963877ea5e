// Just enough XML for the files that libvirt writes: elements, attributes, text, the five entities. No DTD, no namespaces.

export interface XmlNode {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlNode[];
  readonly text: string;
}

const ENTITY: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const decode = (text: string) =>
  text.replace(/&(lt|gt|amp|quot|apos);/g, (_, name: string) => ENTITY[name] ?? '');
const MAX_DEPTH = 64;

/** The `>` that closes the tag at `open`; one inside of quotes does not. */
function tagEnd(source: string, open: number): number {
  let quote = '';
  for (let i = open; i < source.length; i++) {
    const c = source[i] ?? '';
    if (quote !== '') quote = c === quote ? '' : quote;
    else if (c === '"' || c === "'") quote = c;
    else if (c === '>') return i;
  }
  return -1;
}

/** The root element, or undefined when the text is no well-formed document. Comments and processing instructions go. */
export function parseXml(source: string): XmlNode | undefined {
  interface Open {
    name: string;
    attributes: Record<string, string>;
    children: XmlNode[];
    text: string;
  }
  const stack: Open[] = [];
  let root: XmlNode | undefined;
  const close = (node: Open) => {
    const parent = stack.at(-1);
    if (parent) parent.children.push(node);
    else root ??= node;
  };
  let at = 0;
  while (at < source.length) {
    const open = source.indexOf('<', at);
    const top = stack.at(-1);
    if (top) top.text += decode(source.slice(at, open < 0 ? undefined : open));
    if (open < 0) break;
    if (source.startsWith('<!--', open)) {
      const end = source.indexOf('-->', open + 4);
      if (end < 0) return undefined;
      at = end + 3;
      continue;
    }
    const end = tagEnd(source, open);
    if (end < 0) return undefined;
    at = end + 1;
    const tag = source.slice(open + 1, end);
    if (tag.startsWith('?') || tag.startsWith('!')) continue;
    if (tag.startsWith('/')) {
      const node = stack.pop();
      if (!node || node.name !== tag.slice(1).trim()) return undefined;
      close(node);
      continue;
    }
    const name = /^[\w:.-]+/.exec(tag)?.[0];
    if (!name || stack.length > MAX_DEPTH) return undefined;
    const attributes: Record<string, string> = {};
    for (const m of tag.matchAll(/([\w:.-]{1,100})\s*=\s*(?:"([^"]*)"|'([^']*)')/g))
      attributes[m[1] ?? ''] = decode(m[2] ?? m[3] ?? '');
    const node: Open = { name, attributes, children: [], text: '' };
    if (tag.endsWith('/')) close(node);
    else stack.push(node);
  }
  return stack.length === 0 ? root : undefined;
}

/** All elements on the path `a/b/c` below `node`. */
export function xmlAll(node: XmlNode, path: string): XmlNode[] {
  return path
    .split('/')
    .reduce<XmlNode[]>(
      (nodes, name) => nodes.flatMap((n) => n.children.filter((c) => c.name === name)),
      [node],
    );
}

export const xmlFirst = (node: XmlNode, path: string): XmlNode | undefined => xmlAll(node, path)[0];
