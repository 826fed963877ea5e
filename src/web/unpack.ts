import { fromBase85 } from './base85.ts';
import { $ } from './dom.ts';

/** What the element `id` of the page holds as gzip and base 85, as text. */
export function unpack(id: string): Promise<string> {
  const packed = new Blob([fromBase85($(id).textContent ?? '')]);
  return new Response(packed.stream().pipeThrough(new DecompressionStream('gzip'))).text();
}
