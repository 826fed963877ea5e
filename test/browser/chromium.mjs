// A real browser for the tests of the page and the bench: Chromium out of an npm package, so that `npm ci` is all the setup
// there is. PT_DOCTOR_CHROMIUM names another one (a system without x86-64, for example).
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Where distributions keep the one library that a server may lack; the package brings it along for such hosts. */
const NSS = ['/usr/lib/x86_64-linux-gnu/libnss3.so', '/usr/lib64/libnss3.so', '/usr/lib/libnss3.so'];

async function executable() {
  const named = process.env.PT_DOCTOR_CHROMIUM;
  if (named) return named;
  // The package unpacks its libraries only where it believes itself on a bare server.
  if (!NSS.some((path) => existsSync(path))) process.env.AWS_EXECUTION_ENV ??= 'AWS_Lambda_nodejs20.x';
  const { default: packed } = await import('@sparticuz/chromium');
  return packed.executablePath();
}

export async function launch() {
  return chromium.launch({ executablePath: await executable(), args: ARGUMENTS });
}

/** Puts text on the clipboard of the page and pastes it, as a person does. */
export async function paste(page, text) {
  await page.locator('#text').focus();
  await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(text)})`);
  await page.keyboard.press('Control+V');
}

/** A page built into `path`, from the disk, as people keep it. */
export async function openAt(page, path) {
  await page.goto(`file://${path}`);
  await page.locator('html[data-ready]').waitFor();
}
