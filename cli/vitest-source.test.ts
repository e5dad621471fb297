import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { RunResult } from '../harness/result.ts';
import { vitestSource } from '../reports/vitest-source.ts';
import { EvidenceFinder } from './evidence.ts';
import { readResultFile } from './result-files.ts';
import { gather } from '../reports/verdicts.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CLAUSE = 'untagged.mmio.7';

// Inside the package, so that the test finds vitest and `virtcheck/vitest` as it would where both are installed.
mkdirSync(join(ROOT, 'virtcheck-out'), { recursive: true });
const folder = mkdtempSync(join(ROOT, 'virtcheck-out', 'test-'));
// Not the settings of this project.
writeFileSync(join(folder, 'vitest.config.js'), 'export default {};\n');
afterAll(() => rmSync(folder, { recursive: true }));

describe('a test that a report offers for copying', { timeout: 120_000 }, () => {
  it('fails on the device with the defect and passes on the one without', async () => {
    const bin = join(ROOT, 'bin', 'virtcheck.js');
    const args = ['run', '--target', 'emulator', '--fault', 'status-hides-driver-ok', '--device', 'rng'];
    const more = ['--transport', 'mmio-v2', '--effort', 'quick', '--only', CLAUSE, '--json', 'result.json', '-q'];
    spawnSync(process.execPath, [bin, ...args, ...more], { cwd: folder });
    const result = JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8')) as RunResult;
    const { findings } = result;
    expect(findings.map(({ clause }) => clause)).toEqual([CLAUSE]);

    const file = readResultFile(join(folder, 'result.json'));
    const [broken] = gather(file.runs, ({ verdict }) => verdict === 'fail');
    const evidence = new EvidenceFinder([file]).of(broken)!.trace!;
    // The moment is known: the last event that counts is a read of Status.
    expect(evidence.events[evidence.brokeAt!]).toMatch(/^r 070 4/);
    const source = vitestSource(CLAUSE, findings[0].title, evidence.scenario!);
    writeFileSync(join(folder, 'faulty.test.ts'), source);
    writeFileSync(join(folder, 'clean.test.ts'), source.replace('"status-hides-driver-ok"', ''));
    expect(vitest('faulty')).toMatchObject({ status: 1, output: expect.stringContaining(CLAUSE) as string });
    expect(vitest('clean')).toMatchObject({ status: 0 });
  });
});

function vitest(name: string): { readonly status: number | null; readonly output: string } {
  const entry = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [entry, 'run', '--root', folder, name], {
    encoding: 'utf8',
    cwd: folder,
    env: { ...process.env, VITEST: undefined },
  });
  return { status, output: stdout + stderr };
}
