// Hostile text: terminal escapes, control characters and invisible direction marks never leave this file alive.

// CSI and OSC sequences, other two-byte escapes.
const ANSI =
  /\u001b(?:\[[0-?]{0,64}[ -/]{0,16}[@-~]|\][^\u0007\u001b]{0,512}(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;
// C0 (but tab), DEL, C1, direction marks and isolates, zero-width characters, line separators, BOM.
const UNSAFE =
  /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
const SUSPECT =
  /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;

/** The text without escapes and control characters; tabs stay. Returns the same string when it is already clean. */
export function sanitize(text: string): string {
  return SUSPECT.test(text) ? text.replace(ANSI, '').replace(UNSAFE, '') : text;
}
