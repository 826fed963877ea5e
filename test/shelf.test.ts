// The rule base as the built file carries it says the same as the files it was made from; and reads only what it is asked for.
import { describe, expect, it } from 'vitest';
import { createDoctor } from '../src/core/engine/doctor.ts';
import { literalsOf, prepare } from '../src/core/engine/prepare.ts';
import { createSieve, openSieve } from '../src/core/engine/sieve.ts';
import { commandsFor } from '../src/core/fix/commands.ts';
import { packShelf } from '../src/core/rules/pack-shelf.ts';
import { openShelf, type ShelfIndex, type ShelfRest, type ShelfSigns } from '../src/core/rules/shelf.ts';
import { base } from './support/rule-base.ts';

const prepared = prepare(base.rules);
const { index, numbers, signs, records, rest } = packShelf(base, prepared);
const sieve = createSieve(literalsOf(prepared));
if (!sieve) throw new Error('no gate can be made of the literals');
const open = (read: number[]) =>
  openShelf(
    JSON.parse(JSON.stringify(index)) as ShelfIndex,
    {
      numbers,
      signs: () => JSON.parse(JSON.stringify(signs)) as ShelfSigns,
      rest: () => JSON.parse(JSON.stringify(rest)) as ShelfRest,
      words: () => base.words,
      record: (offset, length) => {
        read.push(offset);
        return records.slice(offset, offset + length);
      },
    },
    openSieve(sieve.bytes),
  );

describe('the shelf', () => {
  it('is hardly opened by a diagnosis', () => {
    const read: number[] = [];
    const doctor = createDoctor({ base: open(read), commandsFor });
    doctor.source('dmesg');
    const [fault = ''] = base.rules.find((r) => r.id === 'pci-power-up-inaccessible')?.examples.match ?? [];
    doctor.line(fault);
    expect(doctor.finish().diagnoses.length).toBeGreaterThan(0);
    expect(new Set(read).size).toBeLessThan(base.rules.length / 4);
  });

  it('holds every field of every rule, cause, fix and device', () => {
    const shelf = open([]);
    const same = <T extends object>(kept: Iterable<T>, files: Iterable<T>) => {
      const wanted = [...files];
      const fields = [...new Set(wanted.flatMap(Object.keys))] as (keyof T)[];
      expect(Array.from(kept, (record) => Object.fromEntries(fields.map((f) => [f, record[f]])))).toEqual(
        wanted,
      );
    };
    same(shelf.rules, base.rules);
    same(shelf.causes.values(), base.causes.values());
    same(shelf.fixes.values(), base.fixes.values());
    same(shelf.devices, base.devices);
    expect([...shelf.causes.keys(), ...shelf.fixes.keys()]).toEqual([
      ...base.causes.keys(),
      ...base.fixes.keys(),
    ]);
  });

  it('has literals, uses and the sieve as if they were made now', () => {
    const shelf = open([]).prepared ?? prepared;
    const { literals: _, sieve: kept, ...others } = shelf;
    const { literals: __, ...wanted } = prepared;
    expect(literalsOf(shelf)).toEqual(literalsOf(prepared));
    const plain = (lists: object) =>
      Object.entries(lists).map(([name, list]) => [name, Array.from(list as ArrayLike<unknown>)]);
    expect(new Map(plain(others) as [string, unknown][])).toEqual(
      new Map(plain(wanted) as [string, unknown][]),
    );
    expect(kept?.bytes).toEqual(sieve.bytes);
  });

  it('opens a record when something of it is asked for, and only then', () => {
    const read: number[] = [];
    const shelf = open(read);
    expect(shelf.rules.map((r) => r.id)).toEqual(base.rules.map((r) => r.id));
    expect([...shelf.causes.values()].map((c) => c.signs)).toEqual(
      Array.from(base.causes.values(), (c) => c.signs),
    );
    expect(shelf.rules.map((r) => r.observe)).toEqual(base.rules.map((r) => r.observe));
    expect(read).toEqual([]);
    const [first] = shelf.rules;
    expect([first?.title, first?.means]).toEqual([base.rules[0]?.title, base.rules[0]?.means]);
    expect(read).toEqual([0]);
  });

  it('is plain ASCII, so that its characters are bytes', () => {
    expect(/[^\u0020-\u007e]/.test(records)).toBe(false);
  });
});
