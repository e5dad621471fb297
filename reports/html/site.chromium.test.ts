import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BrokenClause } from '../verdicts.ts';
import {
  CALLS,
  CAMPAIGN,
  EVIDENCE,
  FIRST,
  largeRuns,
  mixedRuns,
  OF_A_DRIVER,
  recordedRun,
  REGRESSION,
  runResult,
  SECOND,
} from '../testing/sample.ts';
import { compareResults } from '../compare.ts';
import { comparePage } from './compare-page.ts';
import type { PageFile } from './frame.ts';
import { htmlReport } from './site.ts';
import { canLook, launch } from './testing/browser.ts';

const asset = (name: string): string => readFileSync(new URL(`assets/${name}`, import.meta.url), 'utf8');
const assets = { css: asset('page.css'), js: asset('page.js') };
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const WIDE = { width: 1400, height: 1000 };
const PHONE = { width: 390, height: 844 };
/** One of each kind. */
const PAGES = [
  'compared',
  'mixed',
  'clean',
  'finding',
  'bare',
  'calls',
  'recorded',
  'regressions',
  'coverage',
  'campaign',
];
/** All rules are tried in either size and either scheme; in the other two looks, those that colours decide. */
const CONTRAST = { runOnly: ['color-contrast', 'link-in-text-block'] };
const LOOKS = [
  { size: 'wide', colorScheme: 'light', viewport: WIDE, rules: {} },
  { size: 'wide', colorScheme: 'dark', viewport: WIDE, rules: CONTRAST },
  { size: 'phone', colorScheme: 'light', viewport: PHONE, rules: CONTRAST },
  { size: 'phone', colorScheme: 'dark', viewport: PHONE, rules: {} },
] as const;

describe.skipIf(!canLook)('the HTML report in Chromium', () => {
  let browser: Browser;
  let folder: string;
  const files: Record<string, string> = {};
  const troubles: string[] = [];

  beforeAll(async () => {
    browser = await launch();
    folder = mkdtempSync(join(tmpdir(), 'virtcheck-report-'));
    const site = (name: string, pages: readonly PageFile[]): void => {
      mkdirSync(join(folder, name));
      for (const { path, html } of pages) writeFileSync(join(folder, name, path), html);
      files[name] = `file://${join(folder, name)}/index.html`;
    };
    const evidence = ({ clause }: BrokenClause) =>
      clause.id === FIRST ? EVIDENCE : clause.id === OF_A_DRIVER ? CALLS : undefined;
    site(
      'mixed',
      htmlReport({ runs: mixedRuns(), regressions: [REGRESSION], campaigns: [CAMPAIGN] }, { assets, evidence }),
    );
    files.regressions = `file://${join(folder, 'mixed', 'regressions.html')}`;
    files.finding = `file://${join(folder, 'mixed', `finding-${FIRST}.html`)}`;
    files.bare = `file://${join(folder, 'mixed', `finding-${SECOND}.html`)}`;
    files.campaign = `file://${join(folder, 'mixed', 'campaign.html')}`;
    files.coverage = `file://${join(folder, 'mixed', 'coverage.html')}`;
    const worse = compareResults([runResult()], mixedRuns().slice(0, 1));
    writeFileSync(join(folder, 'compared.html'), comparePage(worse, { assets, path: 'compared.html' }).html);
    files.compared = `file://${join(folder, 'compared.html')}`;
    site('recorded', htmlReport({ runs: [recordedRun()] }, { assets, evidence }));
    files.calls = `file://${join(folder, 'recorded', `finding-${OF_A_DRIVER}.html`)}`;
    site('clean', htmlReport({ runs: [runResult()] }, { assets }));
    site('large', htmlReport({ runs: largeRuns(20, 1200) }, { assets }));
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  async function open(name: string): Promise<Page> {
    const page = await browser.newPage({ viewport: WIDE });
    page.on('console', (message) => troubles.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => troubles.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith('file://')) troubles.push(`request to ${request.url()}`);
    });
    await page.goto(files[name]);
    return page;
  }

  const visibleRows = (page: Page) => page.locator('.matrix tr[data-level]:visible').count();

  it('shows findings, and a link to the published section on every row', async () => {
    const page = await open('mixed');
    const rows = page.locator('.matrix tr[data-level]');
    const all = await rows.count();
    expect(all).toBeGreaterThan(20);
    const links = await rows.locator('a[href^="https://docs.oasis-open.org/virtio/virtio/v1.4/cs01/"]').count();
    expect(links).toBe(all);
    await page.close();
  });

  it('shows what got worse between two results first, with what was seen', async () => {
    const page = await open('compared');
    expect(await page.locator('h1 .badge').innerText()).toMatch(/^worse$/i);
    const row = page.locator('#changes tbody tr').first();
    expect(await row.locator('.badge').allInnerTexts()).toEqual([
      expect.stringMatching(/pass|incon/i) as string,
      expect.stringMatching(/fail|warn/i) as string,
    ]);
    expect(await row.innerText()).toContain('Seen: ');
    await page.close();
  });

  it('has a page for each finding: requirement, expected, seen, sequence, listing', async () => {
    const page = await open('mixed');
    await page.locator('.contents a').first().click();
    const article = page.locator('article.finding');
    const text = await article.innerText();
    for (const part of [
      'QueueReady 0',
      '<script>alert(1)</script>',
      'Status := 0x00000003 ACKNOWLEDGE|DRIVER',
      'reset queue 0',
    ]) {
      expect(text).toContain(part);
    }
    await article.locator('details.listing summary').click();
    const listing = article.locator('details.listing');
    expect(await listing.innerText()).toContain('QueueReset reads 0x00000000');
    expect(await listing.locator('tr.here').innerText()).toContain('Here it broke.');
    await page.getByRole('link', { name: 'Next' }).click();
    expect(await page.locator('h1').innerText()).not.toContain(FIRST);
    await page.getByRole('link', { name: 'Overview' }).click();
    expect(await page.locator('.contents').isVisible()).toBe(true);
    await page.close();
  });

  it('shows the rings and buffers as they were when it broke', async () => {
    const page = await open('finding');
    const memory = page.locator('section.memory');
    const text = await memory.innerText();
    for (const part of ['Descriptor table 0x40001000', 'NEXT', 'WRITE', 'ring[0]', 'id 0, len 5', 'used, len 5']) {
      expect(text).toContain(part);
    }
    const [readable, writable] = await memory.locator('.buffer pre').allInnerTexts();
    expect(readable).toContain('68 65 6c 6c 6f 20 77 6f 72 6c 64 00');
    expect(readable).toContain('hello world.');
    expect(writable).toContain('0x40003000  01 02 03 04 05 00 00 00');
    // What the device wrote is marked, and only that.
    expect(await memory.locator('.buffer .device').allInnerTexts()).toEqual(['01 02 03 04 05', '.....']);
    await page.close();
  });

  it.each([
    ['level', '=', 'SHOULD'],
    ['party', '=', 'driver'],
    ['area', '=', 'split'],
    ['verdict', '~=', 'skip'],
  ])('filters by %s', async (name, match, value) => {
    const page = await open('mixed');
    const all = await visibleRows(page);
    const wanted = await page.locator(`.matrix tr[data-${name}${match}"${value}"]`).count();
    await page.selectOption(`select[name=${name}]`, value);
    expect(await visibleRows(page)).toBe(wanted);
    expect(wanted).toBeGreaterThan(0);
    expect(wanted).toBeLessThan(all);
    expect(await page.locator('#shown').innerText()).toBe(`${String(wanted)} of ${String(all)} clauses`);
    await page.getByRole('button', { name: 'Show all' }).click();
    await expect.poll(() => visibleRows(page)).toBe(all);
    await page.close();
  });

  it('filters by text, hides empty sections, and says when nothing fits', async () => {
    const page = await open('mixed');
    await page.fill('input[name=text]', `${FIRST} 4.2.2.1`);
    expect(await visibleRows(page)).toBe(1);
    expect(await page.locator('.matrix tbody:visible').count()).toBe(1);
    await page.fill('input[name=text]', 'nothing is called so');
    expect(await page.locator('#shown').innerText()).toMatch(/^0 of /);
    await page.close();
  });

  it('copies replay command and qtest script', async () => {
    const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
    const page = await context.newPage();
    await page.goto(files.finding);
    const clipboard = () => page.evaluate<string>('navigator.clipboard.readText()');
    await page.getByRole('button', { name: 'Copy the replay command' }).click();
    await expect.poll(clipboard).toBe('npx virtcheck replay virtcheck-out/live.json');
    await page.locator('details.qtest summary').click();
    await page.getByRole('button', { name: 'Copy the qtest script' }).click();
    await expect.poll(clipboard).toContain('writel 0x10000070 0x3');
    await page.locator('details.vitest summary').click();
    await page.getByRole('button', { name: 'Copy the vitest test' }).click();
    await expect.poll(clipboard).toContain("import { replayScenario } from 'virtcheck/vitest';");
    await context.close();
  });

  it('is reached and worked with the keyboard alone', async () => {
    const page = await open('mixed');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the matrix');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.name')).toBe('level');
    await page.close();
  });

  it.each(PAGES)('%s: fits every width and has no axe violation, light and dark', async (name) => {
    const page = await open(name);
    // The policy of the page keeps scripts from elsewhere out, so axe is evaluated, not added.
    await page.evaluate(AXE);
    for (const { size, viewport, colorScheme, rules } of LOOKS) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme });
      await page.evaluate("for (const details of document.querySelectorAll('details')) details.open = false");
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(viewport.width);
      await save(page, `${name}-${size}-${colorScheme}`);
      await page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true");
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(viewport.width);
      const options = JSON.stringify({ resultTypes: ['violations'], ...rules });
      const { violations } = await page.evaluate<AxeResults>(`axe.run(document, ${options})`);
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`)).toEqual([]);
    }
    await page.close();
  });

  it('draws what was reached of the models, and says it in a table, too', async () => {
    const page = await open('mixed');
    await page.getByRole('link', { name: 'Coverage' }).click();
    const machine = page.locator('.machine').first();
    expect(await machine.innerText()).toMatch(
      /4 of 15 states reached, 2 of \d+ reachable steps taken, and 1 step that the exploration/,
    );
    expect(await machine.locator('svg .node.reached').allTextContents()).toEqual([
      'RESET',
      'ACKNOWLEDGE',
      'DRIVER',
      'SUSPENDED',
    ]);
    await machine.locator('summary').click();
    expect((await machine.locator('.steps-out').first().innerText()).split('\n').slice(0, 2)).toEqual([
      'ACKNOWLEDGE 5 times',
      'DRIVER never',
    ]);
    await page.close();
  });

  it('shows how a campaign grew, what it reached and what it found', async () => {
    const page = await open('mixed');
    expect(await page.locator('main').innerText()).toContain('sample: 8,000 scenarios, 1 new finding, 0 known');
    await page.getByRole('link', { name: 'Fuzz campaigns' }).first().click();
    expect(await page.locator('.chart figcaption').allInnerTexts()).toEqual([
      'Model states: 30 at the end',
      'Obligations exercised: 120 at the end',
      'Findings: 1 at the end',
      'Throughput: 2,000 scenarios a second on average',
      'Memory: 163 MiB resident',
    ]);
    // Three points each: the start and the samples; throughput is between samples, and memory is of samples alone.
    const counted =
      "[...document.querySelectorAll('.chart .curve')].map((one) => one.getAttribute('d').split('L').length)";
    const paths = await page.evaluate<number[]>(counted);
    expect(paths).toEqual([3, 3, 3, 2, 2]);
    expect(await page.locator('.campaign-finding').innerText()).toContain('died: <boom>');
    await page.close();
  });

  it('shows what a driver did by who did it, instead of a diagram of registers', async () => {
    const page = await open('calls');
    const rows = await page.locator('.lifelines li').allInnerTexts();
    expect(rows.map((row) => row.replaceAll('\n', ' '))).toEqual([
      'driver: child_attach(name=viocon)',
      'bus: W070=3',
      'device: stores 4 bytes used.idx',
      `Here ${OF_A_DRIVER} broke. requests after finish; seen: one before`,
    ]);
    expect(await page.locator('.sequence').count()).toBe(1);
    await page.close();
  });

  it('shows regressions: how each stands, both runs, and where the obligation broke', async () => {
    const page = await open('mixed');
    await page.getByRole('link', { name: 'Regressions' }).first().click();
    const text = await page.locator('main').innerText();
    for (const part of ['shown and fixed', 'virtio.c 1.60', '12 scenarios, shrunk to 3 actions', '<before>']) {
      expect(text).toContain(part);
    }
    expect(await page.locator('.lifelines .broke').innerText()).toContain('Here netbsd.enqueue-after-finish broke.');
    await page.close();
  });

  it('prints without clipping the matrix', async () => {
    const page = await open('mixed');
    await page.emulateMedia({ media: 'print' });
    const clipped = await page.evaluate('getComputedStyle(document.querySelector(".scroll")).overflowX');
    expect(clipped).toBe('visible');
    expect(await page.locator('#filters').isVisible()).toBe(false);
    await page.close();
  });

  // How long it takes to open is measured by `npm run bench -- --report`.
  it('shows 20 runs x 1,200 clauses, and leaves sections that are out of sight alone', async () => {
    const page = await open('large');
    expect(await page.locator('.matrix tr[data-level]').count()).toBe(1200);
    expect(await page.locator('.matrix td').count()).toBe(20 * 1200);
    const laidOut =
      "[...new Set([...document.querySelectorAll('.matrix tbody')].map((one) => getComputedStyle(one).contentVisibility))]";
    expect(await page.evaluate(laidOut)).toEqual(['auto']);
    await page.close();
  });

  it('said nothing on the console and asked for nothing from elsewhere', () => {
    expect(troubles).toEqual([]);
  });

  /** Screenshots to be looked at: VIRTCHECK_SCREENSHOTS names a folder for them. */
  async function save(page: Page, name: string): Promise<void> {
    const where = process.env.VIRTCHECK_SCREENSHOTS;
    if (where === undefined) return;
    mkdirSync(where, { recursive: true });
    await page.screenshot({ path: join(where, `${name}.png`) });
    for (const part of ['matrix', 'sequence', 'memory', 'machine', 'chart', 'case']) {
      if ((await page.locator(`.${part}`).count()) === 0) continue;
      const top = `document.querySelector('.${part}').getBoundingClientRect().top`;
      await page.evaluate(`scrollTo(0, ${top} + scrollY - 10)`);
      await page.screenshot({ path: join(where, `${name}-${part}.png`) });
    }
    await page.evaluate('scrollTo(0, 0)');
  }
});
