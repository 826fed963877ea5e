// Bytes as text that may stand in a script element: four bytes are five characters, none of them "<". As Ascii85, whose last
// group of n bytes is n + 1 characters, with characters of its own; base64 would take a fifteenth more room.
const FIRST = '#'.charCodeAt(0);
const LEFT_OUT = '<'.charCodeAt(0);
const HIGHEST = 84;

export function toBase85(bytes: Uint8Array): string {
  const groups: string[] = [];
  for (let at = 0; at < bytes.length; at += 4) {
    const four = new Uint8Array(4);
    const some = bytes.subarray(at, at + 4);
    four.set(some);
    let word = new DataView(four.buffer).getUint32(0);
    let group = '';
    for (let i = 0; i < 5; i++, word = Math.floor(word / 85)) {
      const code = FIRST + (word % 85);
      group = String.fromCharCode(code < LEFT_OUT ? code : code + 1) + group;
    }
    groups.push(group.slice(0, some.length + 1));
  }
  return groups.join('');
}

export function fromBase85(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.ceil(text.length / 5) * 4);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < text.length; at += 5) {
    let word = 0;
    for (let i = at; i < at + 5; i++) {
      const code = text.charCodeAt(i);
      word = word * 85 + (i < text.length ? (code < LEFT_OUT ? code : code - 1) - FIRST : HIGHEST);
    }
    view.setUint32((at / 5) * 4, word);
  }
  return bytes.subarray(0, Math.floor((text.length * 4) / 5));
}
