import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clauseResult, finding, FIRST, runResult } from '../reports/testing/sample.ts';

const BIN = fileURLToPath(new URL('../bin/virtcheck.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'virtcheck-reports-'));
afterAll(() => rmSync(folder, { recursive: true }));

const virtcheck = (...args: readonly string[]) =>
  spawnSync(process.execPath, [BIN, ...args], { cwd: folder, encoding: 'utf8' });
const put = (name: string, value: unknown): void => writeFileSync(join(folder, name), JSON.stringify(value));

const failing = runResult({
  clauses: [clauseResult(FIRST, { verdict: 'fail' })],
  findings: [finding(FIRST, { trace: 'elsewhere/live.json', qtest: null })],
});

describe('report, compare and badge', { timeout: 60_000 }, () => {
  beforeAll(() => {
    put('good.json', runResult());
    put('bad.json', { schema: 'virtcheck-result/1', virtcheck: '0.1.0', runs: [failing] });
    put('trace.json', { schema: 'virtcheck-trace/1' });
    put('half.json', { schema: 'virtcheck-result/1', virtcheck: '0.1.0' });
    // Beside the result, not where the run wrote it.
    put('live.json', { schema: 'virtcheck-trace/1', events: ['w 070 4 0x00000003'] });
  });

  it('writes every format at once, with the trace that lies beside the result', () => {
    const formats = [
      '--html',
      'page',
      '--junit',
      'r.xml',
      '--markdown',
      'r.md',
      '--csv',
      'r.csv',
      '--sarif',
      'r.sarif',
    ];
    const { status, stderr } = virtcheck('report', 'good.json', 'bad.json', ...formats);
    expect({ status, notes: stderr.split('\n').filter((line) => line !== '' && !line.startsWith('Wrote ')) }).toEqual({
      status: 0,
      notes: [],
    });
    expect(readFileSync(join(folder, 'page', 'index.html'), 'utf8')).toContain(`href="finding-${FIRST}.html"`);
    const page = readFileSync(join(folder, 'page', `finding-${FIRST}.html`), 'utf8');
    expect(page).toContain('Status := 0x00000003 ACKNOWLEDGE|DRIVER');
    for (const name of ['r.xml', 'r.md', 'r.csv', 'r.sarif']) {
      expect(readFileSync(join(folder, name), 'utf8')).toContain(FIRST);
    }
  });

  it('takes what regress wrote', () => {
    expect(virtcheck('regress', 'kern/58555', '--no-search', '--json', 'regress.json', '--quiet').status).toBe(0);
    const { status, stderr } = virtcheck('report', 'regress.json', '--html', 'cases', '--junit', 'cases.xml');
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(readFileSync(join(folder, 'cases', 'index.html'), 'utf8')).toContain('1 case, 1 shown and fixed');
    expect(readFileSync(join(folder, 'cases', 'regressions.html'), 'utf8')).toContain('Kernel panic during boot');
    expect(readFileSync(join(folder, 'cases.xml'), 'utf8')).toContain('name="kern/58555"');
  });

  it('takes what trace wrote, and shows the memory of a recording in our own notation', () => {
    // QueueNotify before DRIVER_OK, after a buffer was made available.
    const events = [
      ...['power-on', 'r 000 4 = 0x74726976', 'r 004 4 = 0x00000002', 'r 008 4 = 0x00000004', 'w 070 4 0x00000000'],
      ...['r 070 4 = 0x00000000', 'w 070 4 0x00000001', 'w 070 4 0x00000003', 'w 014 4 0x00000001'],
      ...['r 010 4 = 0x00000001', 'w 024 4 0x00000001', 'w 020 4 0x00000001', 'w 070 4 0x0000000b'],
      ...['r 070 4 = 0x0000000b', 'w 030 4 0x00000000', 'r 044 4 = 0x00000000', 'r 034 4 = 0x00000008'],
      ...['w 038 4 0x00000004', 'w 080 4 0x40001000', 'w 084 4 0x00000000', 'w 090 4 0x40001040'],
      ...['w 094 4 0x00000000', 'w 0a0 4 0x40001080', 'w 0a4 4 0x00000000', 'w 044 4 0x00000001'],
      ...['store 0x40001000 00200040000000001000000002000000', 'store 0x40001044 0000', 'store 0x40001042 0100'],
      'w 050 4 0x00000000',
    ];
    writeFileSync(join(folder, 'driver.trace'), `${events.join('\n')}\n`);
    virtcheck('trace', 'driver.trace', '--json', 'driver.json', '--quiet');
    expect(virtcheck('report', 'driver.json', '--html', 'driver').status).toBe(0);
    const page = readFileSync(join(folder, 'driver', 'finding-init.driver.device-initialization.7.html'), 'utf8');
    expect(page).toContain('Memory at that moment');
    expect(page).toContain('16 bytes, device-writable');
    expect(page).toContain('queue0.avail.idx [0x40001042] := 01 00');
  });

  it.each([
    ['good.json', 'bad.json', 1, 'Worse: 1 verdict worse'],
    ['bad.json', 'good.json', 0, 'Not worse: 0 verdicts worse, 1 better'],
  ])('compare %s %s exits with %i', (before, after, code, text) => {
    const { status, stdout } = virtcheck('compare', before, after);
    expect(stdout).toContain(text);
    expect(status).toBe(code);
  });

  it('draws a badge', () => {
    expect(virtcheck('badge', 'bad.json').stdout).toMatch(/^<svg[\s\S]*1 of 1 clauses broken/);
  });

  it.each([
    [['report', 'good.json'], /say what to write: --html/],
    [['report', 'godo.json', '--csv', '-'], /there is no such file[\s\S]*did you mean 'good.json'/],
    [['report', 'trace.json', '--csv', '-'], /saved trace[\s\S]*virtcheck replay trace.json/],
    [['report', 'half.json', '--csv', '-'], /half.json is not a whole result: .*required/],
    [['report', 'good.json', '--csv', '-', '--junit', '-'], /only one format can go to stdout/],
    [['report', 'good.json', '--htlm', 'x'], /--htlm[\s\S]*Did you mean --html/],
    [['compare', 'good.json'], /missing required argument 'after'/],
  ])('%j is told what is wrong', (args, text) => {
    const { status, stderr } = virtcheck(...args);
    expect(stderr).toMatch(text);
    expect(status).toBe(2);
  });
});
