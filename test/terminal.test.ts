// The terminal report: what stands on the first screen, how it fits the window, when it has colours.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { terminalReport } from '../src/cli/terminal.ts';
import { columnsOf, commentRows, wrap } from '../src/core/report/wrap.ts';
import { CASES, loadedReportRules, reportBase, reportOf } from './support/report-base.ts';
import { base, diagnoseTexts, ROOT } from './support/rule-base.ts';

const options = { columns: 100, color: false, verbose: false, version: '1.2.3' };
const ESCAPE = String.fromCharCode(27);

describe('terminal report', () => {
  it('has rules that load', () => {
    expect(loadedReportRules.faults).toEqual([]);
  });

  it.each(Object.entries(CASES))('%s is as its golden file says', async (name, files) => {
    for (const verbose of [false, true])
      await expect(
        await terminalReport(reportOf(files), reportBase, { ...options, verbose }),
      ).toMatchFileSnapshot(
        join(ROOT, 'fixtures/reports/golden', `${name}.${verbose ? 'verbose' : 'terminal'}.txt`),
      );
  });

  it.each([40, 60, 80, 100, 200])(
    'fits %i columns, but for commands, which are never broken',
    async (columns) => {
      for (const files of Object.values(CASES)) {
        const text = await terminalReport(reportOf(files), reportBase, {
          ...options,
          columns,
          verbose: true,
        });
        const tooWide = text.split('\n').filter((l) => columnsOf(l) > columns && !/^ *\$ /.test(l));
        expect(tooWide).toEqual([]);
      }
    },
  );

  it('breaks what is said of a command between words, and keeps it a comment', async () => {
    const result = diagnoseTexts({ log: 'vfio_pin_pages_remote: RLIMIT_MEMLOCK (65536) exceeded' });
    const text = await terminalReport(result, base, { ...options, columns: 60 });
    const comments = text.split('\n').filter((l) => /^ *# /.test(l));
    expect(comments.length).toBeGreaterThan(6);
    expect(comments.every((l) => columnsOf(l) <= 60)).toBe(true);
  });

  it('has a prompt only before what a shell takes', async () => {
    const result = diagnoseTexts({ log: '(qemu) KVM internal error. Suberror: 1' });
    const rows = (await terminalReport(result, base, { ...options, verbose: true })).split('\n');
    expect(rows.some((l) => /^ +<cpu /.test(l))).toBe(true);
    expect(rows.some((l) => /^ +-cpu /.test(l))).toBe(true);
    expect(rows.filter((l) => /\$ [<-]/.test(l))).toEqual([]);
  });

  it('of a long line shows the end, where QEMU says the reason', async () => {
    const line = `error: internal error: qemu unexpectedly closed the monitor: 2026-05-01T10:00:00.100000Z qemu-system-x86_64: -device {"driver":"vfio-pci","host":"0000:0a:00.0","id":"hostdev0",${'"bus":"pci.5",'.repeat(12)}"addr":"0x0"}: vfio 0000:0a:00.0: failed to open /dev/vfio/21: Permission denied`;
    const text = await terminalReport(diagnoseTexts({ log: line }), base, options);
    // What the line means stands below it.
    const quoted = text.slice(text.indexOf('Why we think so'), text.indexOf('The file /dev/vfio'));
    expect(quoted).toContain('qemu unexpectedly closed');
    expect(quoted).toContain(' …\n');
    expect(quoted).toContain('Permission denied');
    expect(quoted.trimEnd().split('\n').length).toBeLessThan(8);
  });

  it('says how a fix is taken back, where there is something to take back', async () => {
    const memlock = diagnoseTexts({ log: 'vfio_pin_pages_remote: RLIMIT_MEMLOCK (65536) exceeded' });
    expect(await terminalReport(memlock, base, options)).toContain('To undo: Delete the file');
    const asleep = reportOf(CASES['um560-d3cold']);
    expect(await terminalReport(asleep, reportBase, options)).not.toContain('To undo: Nothing');
  });

  it('says what is wrong, why, and what to do first within 30 lines', async () => {
    const text = await terminalReport(reportOf(CASES['um560-d3cold']), reportBase, options);
    const screen = text.split('\n').slice(0, 30).join('\n');
    expect(screen).toContain('does not come back from its power-saving state');
    expect(screen).toContain('Why we think so');
    expect(screen).toMatch(/dmesg\.log:4 +vfio-pci 0000:04:00\.6: can't change power state/);
    expect(screen).toContain('1. Power the host off completely');
  });

  it('is coloured only when asked', async () => {
    const result = reportOf(CASES['um560-d3cold']);
    expect(await terminalReport(result, reportBase, options)).not.toContain(ESCAPE);
    expect(await terminalReport(result, reportBase, { ...options, color: true })).toContain(`${ESCAPE}[31m`);
  });

  it('lets no control character of a log reach the terminal', async () => {
    const evil = `vfio-pci 0000:04:00.6: can't change power state from D3hot to D0 (config space inaccessible)${ESCAPE}]0;owned\u0007${ESCAPE}[2J\u202e\u0000`;
    const text = await terminalReport(reportOf({ a: evil }), reportBase, { ...options, verbose: true });
    expect(text).toContain('config space');
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });
});

describe('wrap', () => {
  const bare = (text: string) => text;

  it('breaks at blanks and cuts what has none', () => {
    expect(wrap(['one two three'], 7, bare)).toEqual(['one two', 'three']);
    expect(wrap(['abcdefghij'], 4, bare)).toEqual(['abcd', 'efgh', 'ij']);
  });

  it('breaks comments beside commands, and no command', () => {
    expect(commentRows('# one two three', 9)).toEqual(['# one two', '# three']);
    expect(commentRows('echo one two three', 9)).toEqual(['echo one two three']);
  });

  it('counts wide characters twice', () => {
    expect(columnsOf('中文')).toBe(4);
    expect(wrap(['中文 中文'], 5, bare)).toEqual(['中文', '中文']);
  });
});
