// Words as characters: what goes in comes out, and a text with many words is shorter in between.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { lengthen, shorten } from '../src/web/shorthand.ts';
import { ROOT } from './support/rule-base.ts';

describe('shorthand', () => {
  it.each([
    ['nothing', ''],
    ['no word', '1 + 1\n= 2'],
    ['lines', 'device one\ndevice two, device\nthree'],
    ['signs of its own', '\u0001\u0002 device \u00a1 устройство device × 直通 \ud83d\ude00'],
  ])('gives %s back', (_, text) => {
    expect(lengthen(shorten(text))).toBe(text);
  });

  it('makes a long text shorter', () => {
    const text = readFileSync(`${ROOT}/docs/messages.md`, 'utf8');
    expect(lengthen(shorten(text))).toBe(text);
    expect(shorten(text).length).toBeLessThan(text.length * 0.75);
  });
});
