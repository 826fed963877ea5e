// The gate against a slow reference: on random bytes, random cuts and every fixture it changes no result.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildKernel } from '../packaging/kernel.mjs';
import { createDoctor } from '../src/core/engine/doctor.ts';
import { createGate, type Gate, LONG_LINE } from '../src/core/engine/gate.ts';
import { literalsOf, preparedOf } from '../src/core/engine/prepare.ts';
import { createSieve, jsonForm } from '../src/core/engine/sieve.ts';
import { commandsFor } from '../src/core/fix/commands.ts';
import type { Result } from '../src/core/model.ts';
import { openLine } from '../src/core/text/envelope.ts';
import { createFastGate } from '../src/node/fast-gate.ts';
import { newBlock, readLog } from '../src/node/input.ts';
import type { ByteSource } from '../src/node/sources.ts';
import { base, diagnoseTexts, ROOT } from './support/rule-base.ts';

const literals = literalsOf(preparedOf(base));
const sieve = createSieve(literals) ?? raise();
const kernel = await buildKernel();
/** Both forms of the gate, each with a block of its own. */
const GATES: Readonly<Record<string, () => Gate<Buffer>>> = {
  'plain JavaScript': () => createGate(sieve, newBlock()),
  WebAssembly: () => createFastGate(sieve, kernel),
};

function raise(): never {
  throw new Error('no gate can be made of the literals');
}

/** Gives `bytes` in reads of the sizes in `cuts`, over and over. */
function cutSource(bytes: Uint8Array, cuts: readonly number[]): ByteSource {
  let at = 0;
  let turn = 0;
  return {
    read(into, to, length) {
      const part = bytes.subarray(at, at + Math.min(length, cuts[turn++ % cuts.length] ?? length));
      into.set(part, to);
      at += part.length;
      return turn % 2 ? part.length : Promise.resolve(part.length);
    },
    close: () => undefined,
  };
}

async function gated(
  files: readonly Uint8Array[],
  cuts: readonly number[],
  gate: Gate<Buffer>,
): Promise<Result> {
  const doctor = createDoctor({ base, commandsFor, byWords: true });
  for (const [i, bytes] of files.entries()) {
    doctor.source(`${i}`);
    await readLog(cutSource(bytes, cuts), `${i}`, gate, doctor);
  }
  return doctor.finish();
}

const slow = (files: readonly Uint8Array[]) =>
  diagnoseTexts(Object.fromEntries(files.map((f, i) => [`${i}`, Buffer.from(f).toString('utf8')])), {
    byWords: true,
  });

/** Excerpts depend on what the reader has at hand; everything else is fixed by the bytes. */
const told = ({ raw: _, ...result }: Result) => result;

const examples = base.rules.flatMap((r) => [...r.examples.match, ...r.examples.noMatch]);
const json = (text: string) => JSON.stringify({ MESSAGE: text, _TRANSPORT: 'kernel', _HOSTNAME: 'pve' });

/** What may happen to a line on its way into a log. */
const disguises: readonly ((line: string, at: number) => string)[] = [
  (line) => line,
  (line) => `Nov 24 13:50:01 pve kernel: ${line}`,
  (line) => `[   12.345678] ${line}\r`,
  (line) => `> ${line}`,
  json,
  (line) => json(line).replaceAll('/', '\\/'),
  (line) => `{"log":${JSON.stringify(`level=error msg="${line}"`)}}`,
  (line, at) =>
    json(line).replace(line[at] ?? '', `\\u00${(line.charCodeAt(at) & 255).toString(16).padStart(2, '0')}`),
  (line) => `{"MESSAGE":[${[...Buffer.from(line)].join(',')}],"_TRANSPORT":"kernel"}`,
  (line) => line.replaceAll("'", '\u2019').replaceAll('"', '\u201c'),
  (line) =>
    line.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll("'", '&#39;').replaceAll('"', '&quot;'),
  (line, at) => `${line.slice(0, at)}\u001b[33m${line.slice(at)}\u001b[0m`,
  (line, at) => `${line.slice(0, at)}\u200b${line.slice(at)}`,
  (line, at) => `${line.slice(0, at)}\u0001${line.slice(at)}`,
  (line, at) => `${line.slice(0, at)}\r${line.slice(at)}`,
  (line, at) => line.slice(at),
  (line, at) => `${line.slice(0, at)}\n${line.slice(at)}`,
  (line, at) => `> ${line.slice(0, at + 20)}=\r\n> ${line.slice(at + 20)}`,
  (line, at) => `${'x'.repeat(at * 100)} ${line}`,
];

const disguised = fc
  .tuple(
    fc.constantFrom(...examples, ...literals),
    fc.constantFrom(...disguises),
    fc.nat(60),
    fc.constantFrom('', 'a', 'ab', 'abc'),
  )
  .map(([line, disguise, at, shift]) =>
    Buffer.from(`${shift}${disguise(line, at % Math.max(line.length, 1))}`),
  );
const noise = fc.oneof(
  fc.uint8Array({ maxLength: 80 }).map((b) => Buffer.from(b)),
  fc.string({ unit: 'grapheme', maxLength: 80 }).map((s) => Buffer.from(s)),
  fc
    .constantFrom('', '\r', '&', '\\', '\\u', '\u00e9\u2026', 'x'.repeat(LONG_LINE))
    .map((s) => Buffer.from(s)),
);
const log = fc
  .tuple(fc.array(fc.oneof(disguised, noise), { maxLength: 30 }), fc.boolean())
  .map(([lines, closed]) => {
    const bytes = Buffer.concat(lines.flatMap((l) => [l, Buffer.from('\n')]));
    return closed ? bytes : bytes.subarray(0, -1);
  });

/** Lines as the slow way sees them: byte ranges and texts. */
function linesOf(bytes: Buffer): { start: number; end: number; text: string }[] {
  const lines = [];
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(10, start);
    const end = newline < 0 ? bytes.length : newline;
    lines.push({ start, end, text: bytes.toString('utf8', start, end) });
    start = end + 1;
  }
  return lines;
}

/** The literals that the opened line holds. */
const held = (raw: string) => {
  const { text } = openLine(raw, 1);
  return literals.flatMap((l, i) => (text.includes(l) ? [i] : []));
};

describe('the literals', () => {
  it('can be made of the literals of the project', () => {
    expect(literals.filter((l) => !createSieve([l]))).toEqual([]);
    expect(jsonForm('says "no" to')).toBe('says \\"no\\" to');
  });

  // A rule found by such words makes every journal slow, for each line that holds them is opened.
  it.each([
    'usbcore: registered new interface driver usbhid',
    'hub 2-0:1.0: 4 ports detected',
    'pci 0000:00:1c.0: PME# supported from D0 D3hot D3cold',
    'i915 0000:00:02.0: [drm] Finished loading DMC firmware i915/adlp_dmc.bin (v2.20)',
    'Run /init as init process of the kernel',
    'Failed to start backup.service - Nightly backup.',
    'backup.sh: failed to read the list of files',
    'time="2026-11-24T13:50:10Z" level=info msg="ignoring event" container=5f3a91c0 module=containerd',
    'nginx: upstream request timeout, client 192.0.2.7',
    'NetworkManager: dhcp4: state changed, support for IPv6 is not enabled',
    'this program requires a terminal and does not have one',
    'sshd: error: permission denied, no such file or directory',
    'package update: 3 modules are not in an update group',
    'Nov 24 13:50:10 backup kernel: audit: type=1130 audit(1764.1:52): pid=1 uid=0',
    'ACPI: \\_SB_.PCI0.GPP0.P02: New power resource',
    'xhci_hcd 0000:00:14.0: xHCI Host Controller',
    'AppArmor: AppArmor initialized',
    'pci_bus 0000:02: bus number 02 in domain 0',
    'Reached target network-online.target - Network is Online.',
    'Enabling non-boot CPUs ...',
    'smartd[198]: Device: /dev/sda [SAT], SMART Usage Attribute: 194 Temperature_Celsius changed from 61 to 62',
  ])('stand in no everyday line: %s', (line) => {
    expect(held(line).map((i) => literals[i])).toEqual([]);
  });
});

describe.each(Object.entries(GATES))('the gate in %s', (_, makeGate) => {
  it('finds every line that holds a literal, with its exact number and range, and tells all its literals', () => {
    const gate = makeGate();
    const block = gate.bytes;
    fc.assert(
      fc.property(log, fc.nat(9), (bytes, from) => {
        block.fill('vfio-pci', 0, bytes.length + 64);
        bytes.copy(block, from);
        const lines = linesOf(bytes);
        const found = new Map<number, readonly number[] | undefined>();
        const count = gate.scan(from, from + bytes.length, (start, end, line, held) => {
          expect({ start: start - from, end: end - from }).toEqual({
            start: lines[line]?.start,
            end: lines[line]?.end,
          });
          expect(found.has(line)).toBe(false);
          found.set(line, held?.slice());
        });
        expect(count).toBe(lines.length);
        lines.forEach((line, i) => {
          const wanted = held(line.text);
          if (wanted.length === 0) return;
          expect(found.has(i), line.text).toBe(true);
          const told = found.get(i);
          if (told) expect(told, line.text).toEqual(expect.arrayContaining(wanted));
        });
      }),
      { numRuns: 200 },
    );
  });

  it('leaves ordinary lines out', () => {
    const gate = makeGate();
    const block = gate.bytes;
    const text = 'Nov 24 13:50:01 pve systemd[1]: Started session 12 of user root.\r\n'.repeat(1000);
    let found = 0;
    expect(gate.scan(0, block.write(text), () => found++)).toBe(1000);
    expect(found).toBe(0);
  });

  it('changes no result, however the bytes come in', async () => {
    const gate = makeGate();
    await fc.assert(
      fc.asyncProperty(
        fc.array(log, { minLength: 1, maxLength: 3 }),
        fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 4 }),
        async (files, cuts) => {
          const texts = files.map((f) => Buffer.concat([Buffer.from('[    0.000000] x\n'), f]));
          expect(told(await gated(texts, cuts, gate))).toEqual(told(slow(texts)));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('changes no result at the borders of blocks', async () => {
    const faults = Buffer.from(
      examples.map((e, i) => `[   12.000000] ${e}\n${'[   12.000001] padding\n'.repeat(i % 7)}`).join(''),
    );
    const filler = Buffer.alloc(997, `[   13.000000] nothing to see here ${'.'.repeat(60)}\n`);
    const parts: Buffer[] = [];
    for (let size = 0; size < 2_000_000; size += faults.length + filler.length) parts.push(faults, filler);
    const files = [Buffer.concat(parts)];
    expect(told(await gated(files, [1 << 20], makeGate()))).toEqual(told(slow(files)));
    expect(told(await gated(files, [65536, 4096, 1], makeGate()))).toEqual(told(slow(files)));
  });

  it('survives a line longer than the block and still counts', async () => {
    const [fault = ''] = examples;
    const file = Buffer.from(`${fault}\n${'y'.repeat(3_000_000)}${fault}\n${fault}\n${'z'.repeat(700_000)}`);
    const result = await gated([file], [70_000], makeGate());
    expect(result.input.lines).toBe(4);
    expect(result.findings[0]?.lines).toEqual([1, 3]);
    expect(result.notices.map((n) => n.code)).toContain('long-lines');
  });
});

describe('every log of the fixtures', () => {
  const root = join(ROOT, 'fixtures');
  const isText = (bytes: Buffer) => bytes.length > 0 && !bytes.subarray(0, 4096).includes(0);
  const logs = ['cases', 'clean', 'hostile']
    .flatMap((kind) => readdirSync(join(root, kind), { recursive: true, withFileTypes: true }))
    .filter((e) => e.isFile() && e.name !== 'expected.json')
    .map((e) => join(e.parentPath, e.name))
    .filter((path) => isText(readFileSync(path)));
  it.each(logs.map((path) => path.slice(root.length + 1)))('%s', async (name) => {
    const bytes = readFileSync(join(root, name));
    for (const makeGate of Object.values(GATES))
      expect(told(await gated([bytes], [4096], makeGate()))).toEqual(told(slow([bytes])));
  });
});
