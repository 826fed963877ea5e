// How long does the web page take for a paste? Each in a page of its own that has just loaded its rules.
import { launch, openAt, paste } from '../test/browser/chromium.mjs';

/** How many milliseconds the page at `path` takes to diagnose `text`, and then to show it: a pair for each of `rounds`. */
export async function pastes(path, text, rounds) {
  const browser = await launch();
  const times = [];
  try {
    for (let i = 0; i < rounds; i++) {
      const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
      const page = await context.newPage();
      await openAt(page, path);
      // Once loaded, the page makes itself warm while a person still looks for the log.
      await page.waitForTimeout(500);
      await paste(page, text);
      await page.locator('#report h1').waitFor();
      const [diagnosis] = await page.evaluate(
        "performance.getEntriesByName('diagnosis').map((e) => e.duration)",
      );
      const told = await page.locator('#status').textContent();
      times.push({ diagnosis, shown: Number(/in (\d+) ms/.exec(told)[1]) });
      await context.close();
    }
  } finally {
    await browser.close();
  }
  return times;
}
