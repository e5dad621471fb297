/** Does what docs/fuzz-your-device.md says, as a newcomer with a device that has three planted bugs. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { FuzzResult } from '../fuzz/result.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGE = readFileSync(join(ROOT, 'docs/fuzz-your-device.md'), 'utf8');
const project = mkdtempSync(join(tmpdir(), 'virtcheck-newcomer-'));
afterAll(() => rmSync(project, { recursive: true }));

mkdirSync(join(project, 'node_modules'));
symlinkSync(ROOT, join(project, 'node_modules/virtcheck'));
for (const name of ['vitest', 'tsx'])
  symlinkSync(join(ROOT, 'node_modules', name), join(project, 'node_modules', name));
writeFileSync(join(project, 'package.json'), '{ "type": "module" }');

/** Runs a command of the page; `shorter` replaces a length that would make the test slow. */
function follow(
  command: string,
  shorter: readonly [string, string] = ['', ''],
): { status: number | null; output: string } {
  expect(PAGE).toContain(`\n${command}\n`);
  const line = command
    .replace(...shorter)
    .replace('npx virtcheck', `"${process.execPath}" "${join(ROOT, 'bin/virtcheck.js')}"`)
    .replace('npx vitest', `"${process.execPath}" "${join(ROOT, 'node_modules/vitest/vitest.mjs')}"`);
  const { status, stdout, stderr } = spawnSync('sh', ['-c', line], {
    cwd: project,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  return { status, output: stdout + stderr };
}

const MODULE = join(project, 'my-rng.ts');
/** What a newcomer might get wrong: a length, an interrupt that ignores the driver's wish, a missing bound. */
const BUGS: readonly (readonly [string, string])[] = [
  ['this.memory.store32(entry + 4, written, true);', 'this.memory.store32(entry + 4, written + 1, true);'],
  ['return (this.view.getUint16(available, true) & NO_INTERRUPT) === 0;', 'return false;'],
  ["if (offset < 0 || offset + length > this.memory.size) throw new DriverError('address outside memory');", ''],
];

describe('docs/fuzz-your-device.md', { timeout: 240_000 }, () => {
  it('leads from a skeleton to findings, to tests that fail, and to a device that passes them', () => {
    expect(follow('npx virtcheck new-target my-rng').status).toBe(0);
    expect(follow('npx virtcheck new-target my-rng').output).toContain('there is a my-rng.ts already');
    expect(follow('npx virtcheck run --target ./my-rng.ts', ['run ', 'run --effort quick ']).status).toBe(0);
    const good = readFileSync(MODULE, 'utf8');
    const bad = BUGS.reduce((text, [right, wrong]) => {
      expect(text).toContain(right);
      return text.replace(right, wrong);
    }, good);
    writeFileSync(MODULE, bad);
    const fuzz = 'npx virtcheck fuzz --target ./my-rng.ts --time 1m';
    expect(follow(fuzz, ['--time 1m', '--scenarios 400 --jobs 1']).status).toBe(1);
    const result = JSON.parse(readFileSync(join(project, 'virtcheck-out/fuzz/result.json'), 'utf8')) as FuzzResult;
    const kinds = new Set(result.findings.map(({ kind }) => kind));
    expect(kinds.has('clause')).toBe(true);
    expect(kinds.has('crash')).toBe(true);
    const clauses = result.findings.map(({ clause }) => clause ?? '');
    expect(clauses.some((id) => id.includes('used-ring') || id.startsWith('untagged.split'))).toBe(true);
    expect(clauses.some((id) => id.includes('used-buffer-notification'))).toBe(true);
    expect(Math.max(...result.findings.map(({ actions }) => actions))).toBeLessThanOrEqual(6);
    expect(follow(`${fuzz} --resume`, ['--time 1m', '--scenarios 20 --jobs 1']).status).toBe(1);

    const tests = 'npx vitest run --dir virtcheck-out/fuzz/findings';
    const failed = follow(tests);
    expect(failed.status).toBe(1);
    const files = readdirSync(join(project, 'virtcheck-out/fuzz/findings')).filter((name) => name.endsWith('.test.ts'));
    expect(failed.output).toContain(`${files.length} failed`);
    writeFileSync(MODULE, good);
    const passed = follow(tests);
    expect(passed.output).toContain(`${files.length} passed`);
    expect(passed.status).toBe(0);
  });

  it('shards and merges', () => {
    cpSync(join(ROOT, 'docs/examples/my-rng.ts'), MODULE);
    for (const i of [0, 1]) {
      expect(
        follow(`npx virtcheck fuzz --target ./my-rng.ts --shard ${i}/2 --corpus s${i} --scenarios 200`).status,
      ).toBe(0);
    }
    const { status, output } = follow('npx virtcheck merge s0 s1 --out all');
    expect(output).toContain('no findings in 400 scenarios');
    expect(status).toBe(0);
  });

  it('has a C program that conforms', (context) => {
    if (spawnSync('cc', ['--version']).error) context.skip('there is no C compiler here');
    expect(follow('npx virtcheck new-target my-vmm --qtest').status).toBe(0);
    expect(follow('cc -O2 -o my-vmm my-vmm.c', ['cc', 'cc -Wall -Wextra -Werror'])).toEqual({ status: 0, output: '' });
    const run = follow("npx virtcheck run --target 'qtest:exec:./my-vmm' --describe my-vmm.json", [
      'run ',
      'run --effort quick ',
    ]);
    expect(run.output).toContain('Conformant');
    const fuzz = "npx virtcheck fuzz --target 'qtest:exec:./my-vmm' --describe my-vmm.json --time 1m";
    const { status, output } = follow(fuzz, ['--time 1m', '--scenarios 100']);
    expect(output).toContain('no findings');
    expect(status).toBe(0);
  });
});
