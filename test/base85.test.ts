// Bytes in a page: what goes in comes out, and nothing of it ends the element.
import { describe, expect, it } from 'vitest';
import { fromBase85, toBase85 } from '../src/web/base85.ts';

describe('base 85', () => {
  it.each([0, 1, 2, 3, 4, 5, 1023])('gives %i bytes back', (length) => {
    for (const byte of [() => 0, () => 255, (i: number) => (i * 151 + 7) % 256]) {
      const bytes = Uint8Array.from({ length }, (_, i) => byte(i));
      const text = toBase85(bytes);
      expect(fromBase85(text)).toEqual(bytes);
      expect(text.length).toBe(Math.ceil((length * 5) / 4));
      expect(text).toMatch(/^[#-;=-x]*$/);
    }
  });
});
