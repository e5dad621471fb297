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
