/** Chromium for tests that look at a page: Debian's, or the one that CHROMIUM names. */
import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const CANDIDATES = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export const CHROMIUM = CANDIDATES.find((path) => path !== undefined && existsSync(path));

/** Without it the tests are skipped, except in CI, where that would hide that nothing was looked at. */
export const canLook = CHROMIUM !== undefined || process.env.CI === 'true';

export function launch(): Promise<Browser> {
  if (CHROMIUM === undefined) throw new Error("Chromium is missing: 'apt-get install chromium', or set CHROMIUM");
  // Containers run tests as root, where the sandbox cannot be had; the pages are our own.
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
}
