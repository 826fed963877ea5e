// The page in a real browser: paste, drop, highlight, copy, masking, hostile text, its policy, offline, phone, large logs.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fixture, ROOT } from '../support/rule-base.ts';
import { axeProblems, drop, launch, open, paste } from './browser.ts';

const UM560 = Object.values(fixture('cases/um560-d3cold')).join('\n');
const GROUP = fixture('reports/group-shared');
const HOSTILE = fixture('hostile');

let browser: Browser;
let context: BrowserContext;
let page: Page;
let requests: string[];
let errors: string[];

beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
});
beforeEach(async () => {
  await context?.close();
  context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
  page = await context.newPage();
  requests = [];
  errors = [];
  page.on('request', (r) => void requests.push(r.url()));
  page.on('pageerror', (e) => void errors.push(e.message));
  page.on('console', (m) => m.type() === 'error' && errors.push(m.text()));
  await open(page);
});

const verdict = () => page.locator('#report h1').textContent();
const shown = () => page.locator('#report h1').waitFor({ timeout: 10_000 });

describe('the page', () => {
  it('diagnoses what is pasted, and nothing leaves it', async () => {
    await context.setOffline(true);
    await paste(page, UM560);
    await shown();
    expect(await verdict()).toMatch(/does not come back from its power-saving state/);
    expect(await page.locator('#report').textContent()).toContain('AE_AML_LOOP_TIMEOUT');
    expect(requests.filter((url) => !url.startsWith('file:') && !url.startsWith('blob:'))).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('refuses the network by its policy', async () => {
    const blocked = page.waitForEvent('console', {
      predicate: (m) => m.text().includes('Content Security Policy'),
    });
    await page.evaluate("fetch('https://example.org/').catch(() => undefined)");
    expect((await blocked).text()).toContain("default-src 'none'");
    const script =
      "document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.ran = 1' }))";
    await page.evaluate(script);
    expect(await page.evaluate('window.ran')).toBeUndefined();
  });

  it('takes dropped files, zipped ones too, and lets go of them', async () => {
    await drop(page, [
      { name: 'journal.log.gz', bytes: gzipSync(GROUP['journal.log'] ?? '') },
      { name: 'lspci.txt', bytes: Buffer.from(GROUP['lspci.txt'] ?? '') },
    ]);
    await shown();
    expect(await verdict()).toMatch(/IOMMU group/);
    expect(await page.locator('#chips li').allTextContents()).toEqual(['journal.log.gz×', 'lspci.txt×']);
    expect(await page.locator('#lines h3').allTextContents()).toEqual(['journal.log.gz', 'lspci.txt']);
    await page.locator('#chips button').first().click();
    await page.locator('#status', { hasText: '13 lines' }).waitFor();
    expect(await page.locator('#lines').textContent()).not.toContain('not viable');
  });

  it('reads UTF-16, and says of a file that holds no log what it is, beside what the others say', async () => {
    const packed = { name: 'kern.log.xz', bytes: Uint8Array.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4]) };
    await drop(page, [packed]);
    await page.locator('#status', { hasText: 'kern.log.xz: this is packed with xz' }).waitFor();
    expect(await page.locator('#result').isVisible()).toBe(false);
    const task = (GROUP['journal.log'] ?? '').replaceAll('\n', '\r\n');
    await drop(page, [{ name: 'journal.txt', bytes: Buffer.from(`\ufeff${task}`, 'utf16le') }]);
    await shown();
    expect(await verdict()).toMatch(/IOMMU group/);
    expect(await page.locator('#report').textContent()).toContain('kern.log.xz: this is packed with xz');
    expect(await page.locator('#lines').textContent()).toContain(task.split('\r\n')[0]);
  });

  it('takes files from the chooser', async () => {
    await page.locator('#files').setInputFiles({
      name: 'task.log',
      mimeType: 'text/plain',
      buffer: Buffer.from(UM560),
    });
    await shown();
    expect(await verdict()).toMatch(/power-saving state/);
  });

  it('marks the evidence in the log, clickable both ways', async () => {
    await paste(page, UM560);
    await shown();
    const hits = page.locator('#lines .hit');
    expect(await hits.count()).toBeGreaterThanOrEqual(6);
    await page.locator('#report [data-line="4"]').first().click();
    expect(await page.evaluate('document.activeElement.id')).toBe('L4');
    await page.locator('#L6').click();
    expect(await page.evaluate("document.activeElement.getAttribute('data-line')")).toBe('6');
  });

  it('copies the report for the place chosen, masked', async () => {
    await drop(
      page,
      Object.entries(GROUP).map(([name, text]) => ({ name, bytes: Buffer.from(text) })),
    );
    await shown();
    await page.getByRole('tab', { name: 'GitHub' }).click();
    await page.locator('#copy').click();
    await page.locator('#copy', { hasText: 'Copied' }).waitFor();
    const copied = String(await page.evaluate('navigator.clipboard.readText()'));
    expect(copied).toMatch(/^## .*IOMMU group/);
    expect(copied).not.toMatch(/9c:6b:00|8f0f4f0e/i);
    expect(copied).toMatch(/<mac-1>/);
    expect(await page.locator('#preview mark').first().textContent()).toMatch(/^<(?:mac|uuid|host)-\d+>$/);
    await page.locator('#also').fill('gaming');
    await page.locator('#masked', { hasText: '1 word of your own' }).waitFor();
    await page.locator('#mask').uncheck();
    expect(await page.locator('#preview').textContent()).toContain('9c:6b:00:12:34:56');
  });

  it('is led by arrow keys from tab to tab', async () => {
    await paste(page, UM560);
    await shown();
    await page.getByRole('tab', { name: 'Proxmox forum' }).focus();
    await page.keyboard.press('ArrowRight');
    expect(await page.getByRole('tab', { selected: true }).textContent()).toBe('Reddit post');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    expect(await page.getByRole('tab', { selected: true }).textContent()).toBe('plain text');
  });

  it('saves an HTML report that stands by itself', async () => {
    await paste(page, UM560);
    await shown();
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#save').click()]);
    const path = join(ROOT, 'dist/.build/saved-report.html');
    await download.saveAs(path);
    const other = await context.newPage();
    other.on('console', (m) => m.type() === 'error' && errors.push(m.text()));
    await other.goto(`file://${path}`);
    expect(await other.locator('h1').textContent()).toMatch(/power-saving state/);
    expect(await other.locator('svg.chain').count()).toBe(1);
    expect(await axeProblems(other)).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('renders hostile text as text', async () => {
    await drop(page, [
      { name: '<img src=x onerror=window.pwned=1>.log', bytes: Buffer.from(HOSTILE['journal.log'] ?? '') },
      { name: 'lspci.txt', bytes: Buffer.from(HOSTILE['lspci.txt'] ?? '') },
      { name: 'cmdline.txt', bytes: Buffer.from(HOSTILE['cmdline.txt'] ?? '') },
    ]);
    await shown();
    await page.locator('#mask').uncheck();
    for (const tab of await page.getByRole('tab').all()) await tab.click();
    await page.waitForTimeout(100);
    expect(await page.evaluate('window.pwned')).toBeUndefined();
    expect(
      await page
        .locator('#result img, #result script, #result iframe, #result [onerror], #chips img')
        .count(),
    ).toBe(0);
    expect(await page.locator('#result a[href^="http"], #result a[href^="javascript"]').count()).toBe(0);
    expect(await page.locator('#lines').textContent()).toContain('<script>window.pwned=1</script>');
    expect(await page.locator('#report').textContent()).toContain('<script>window.pwned=1</script>');
    const seen = `${await page.locator('#report').textContent()}${await page.locator('#lines').textContent()}`;
    expect(seen).not.toMatch(/[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u200b\u202e\u2066]/);
    expect(errors).toEqual([]);
  });

  it('explains any cause or rule by its anchor', async () => {
    await page.goto(`file://${join(ROOT, 'dist/index.html')}#d3cold-power-transition`);
    await page.locator('#explain h1').waitFor();
    expect(await page.locator('#explain h1').textContent()).toMatch(/power-saving state/);
    await page.locator('#explain a[href="#full-power-off"]').first().click();
    await page.locator('#explain h1', { hasText: 'Power the host off' }).waitFor();
    await page.locator('#explain .back').click();
    await page.locator('#explain').waitFor({ state: 'hidden' });
    await page.locator('#causes a[href="#iommu-group-shared"]').click();
    await page.locator('#explain h1', { hasText: 'IOMMU group' }).waitFor();
  });

  it('tries its examples, and clears', async () => {
    await page.locator('#examples button').first().click();
    await shown();
    expect(await verdict()).toMatch(/power-saving state/);
    await page.locator('#clear').click();
    await page.locator('#result').waitFor({ state: 'hidden' });
  });

  it('says that a healthy log holds no fault', async () => {
    await paste(page, fixture('reports/quiet')['dmesg.log'] ?? '');
    await shown();
    expect(await verdict()).toBe('No passthrough fault found');
  });

  it.each(['light', 'dark'] as const)('is accessible, %s', async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    expect(await axeProblems(page)).toEqual([]);
    await paste(page, UM560);
    await shown();
    await page.locator('#preview', { hasText: 'heading' }).waitFor();
    expect(await axeProblems(page)).toEqual([]);
  });

  it('fits a phone', async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    await paste(page, UM560);
    await shown();
    await page.locator('details').first().locator('summary').click();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
  });
});

describe('speed and size', () => {
  it('is one file of at most 600 kB that asks for no other', () => {
    const html = readFileSync(join(ROOT, 'dist/index.html'), 'utf8');
    expect(Buffer.byteLength(html)).toBeLessThanOrEqual(600_000);
    // Packed data may have any letters in it, `url(` among them.
    const markup = html.replace(/(<script type="text\/plain"[^>]*>)[^<]*/g, '$1');
    expect(markup.length).toBeLessThan(html.length / 2);
    expect(/<(?:link|img|iframe|script src)|@import|url\(/.exec(markup)?.[0]).toBeUndefined();
  });

  const noise = (n: number) =>
    Array.from(
      { length: n },
      (_, i) =>
        `[${(i / 100).toFixed(6).padStart(12)}] usb ${i % 7}-${i % 5}: new high-speed USB device number ${i}`,
    ).join('\n');

  it('shows the diagnosis of 5,000 pasted lines at once', async () => {
    await page.waitForTimeout(300);
    await paste(page, `${noise(5000 - UM560.trimEnd().split('\n').length)}\n${UM560}`);
    await shown();
    const status = await page.locator('#status').textContent();
    expect(status).toMatch(/^5,000 lines/);
    // 150 ms is what a person may wait; the bound leaves room for a machine that does other things at the same time.
    expect(Number(/in (\d+) ms/.exec(status ?? '')?.[1])).toBeLessThan(600);
  });

  it('stays responsive with a log of 50 MB', async () => {
    const block = `${noise(4000)}\n`;
    const text = `${block.repeat(Math.ceil(50e6 / block.length))}${UM560}`;
    const file = join(ROOT, 'dist/.build/big.log.gz');
    writeFileSync(file, gzipSync(text, { level: 1 }));
    // A task of the page's own thread that keeps it from answering.
    await page.evaluate(
      `window.tasks = []; new PerformanceObserver((list) => tasks.push(...list.getEntries().map((e) => e.duration))).observe({ entryTypes: ['longtask'] })`,
    );
    await page.locator('#files').setInputFiles(file);
    await page.locator('#report h1').waitFor({ timeout: 120_000 });
    expect(await verdict()).toMatch(/power-saving state/);
    expect(Math.max(0, ...((await page.evaluate('window.tasks')) as number[]))).toBeLessThan(500);
    expect(await page.locator('#lines .hit').count()).toBeGreaterThan(4);
  }, 150_000);
});
