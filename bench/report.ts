/** Opening the report of 20 runs x 1,200 clauses from disk: how long until the first frame is drawn. Needs Chromium. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageFolder } from '../harness/package-folder.ts';
import { htmlReport } from '../reports/html/site.ts';
import { launch } from '../reports/html/testing/browser.ts';
import { largeRuns } from '../reports/testing/sample.ts';

const RUNS = 20;
const CLAUSES = 1200;
const TIMES = 5;
/** Milliseconds that it may take. */
const ALLOWED = 2000;

/** True if it opens soon enough, by the processor time of the page's main thread: a busy machine must not decide. */
export async function benchReport(): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'virtcheck-bench-'));
  const browser = await launch();
  try {
    const asset = (name: string): string =>
      readFileSync(join(packageFolder(), 'reports', 'html', 'assets', name), 'utf8');
    const started = process.cpuUsage();
    const pages = htmlReport(
      { runs: largeRuns(RUNS, CLAUSES) },
      { assets: { css: asset('page.css'), js: asset('page.js') } },
    );
    const { user, system } = process.cpuUsage(started);
    for (const { path, html } of pages) writeFileSync(join(folder, path), html);
    const size = pages[0].html.length / 1024;
    process.stdout.write(
      `report: ${String(RUNS)} runs x ${String(CLAUSES)} clauses, made in ${((user + system) / 1000).toFixed(0)} ms of ` +
        `processor time, ${String(pages.length)} pages, the first of ${size.toFixed(0)} KiB\n`,
    );
    const opened: { readonly busy: number; readonly wall: number }[] = [];
    for (let i = 0; i < TIMES; i++) {
      const page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
      const devtools = await page.context().newCDPSession(page);
      await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
      await page.goto(`file://${join(folder, 'index.html')}`);
      // The first frame after everything was loaded is drawn.
      const frame = 'new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(performance.now()), 0)))';
      const wall = await page.evaluate<number>(frame);
      const { metrics } = await devtools.send('Performance.getMetrics');
      opened.push({ busy: 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN), wall });
      await page.close();
    }
    const median = (of: 'busy' | 'wall'): number => opened.map((one) => one[of]).sort((a, b) => a - b)[TIMES >> 1];
    const busy = median('busy');
    process.stdout.write(
      `report: opens in ${busy.toFixed(0)} ms of processor time, ${median('wall').toFixed(0)} ms by the clock ` +
        `(median of ${String(TIMES)}; ${String(ALLOWED)} ms allowed)\n`,
    );
    return busy < ALLOWED;
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true });
  }
}
