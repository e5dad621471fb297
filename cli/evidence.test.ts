import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { momentOf } from '../reports/memory/replay.ts';
import { gather } from '../reports/verdicts.ts';
import { EvidenceFinder } from './evidence.ts';
import { readResultFile } from './result-files.ts';

const BIN = fileURLToPath(new URL('../bin/virtcheck.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'virtcheck-evidence-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Breaks with a request in a queue, so that there is a ring to show. */
const CLAUSE = 'blk.driver.device-operation.4';

beforeAll(() => {
  const run = ['run', '--target', 'driver:reference-blk', '--transport', 'mmio-v2', '--fault', 'flush-with-sector'];
  spawnSync(process.execPath, [BIN, ...run, '--only', CLAUSE, '--json', 'result.json', '-q'], { cwd: folder });
}, 120_000);

function evidence(): ReturnType<EvidenceFinder['of']> {
  const file = readResultFile(join(folder, 'result.json'));
  const [broken] = gather(file.runs, ({ verdict }) => verdict === 'fail');
  return new EvidenceFinder([file]).of(broken);
}

it('of a finding of the reference driver has the queue at the moment it broke', () => {
  const { trace } = evidence()!;
  expect(trace).toMatchObject({ mode: expect.any(String) as string, brokeAt: expect.any(Number) as number });
  expect(trace!.scenario).toBeUndefined();
  const { queues } = momentOf(trace!, 'mmio-v2');
  expect(queues).not.toEqual([]);
});

it('is missing where the trace is damaged', () => {
  const file = readResultFile(join(folder, 'result.json'));
  const [broken] = gather(file.runs, ({ verdict }) => verdict === 'fail');
  const path = join(folder, broken.finding!.trace!);
  const whole = readFileSync(path, 'utf8');
  const finder = new EvidenceFinder([file]);
  for (const damaged of [whole.slice(0, 200), '[]', 'null', whole.replace('"events": [', '"events": [ 7, ')]) {
    writeFileSync(path, damaged);
    expect(finder.of(broken)?.trace).toBeUndefined();
  }
  expect(finder.missing).toBe(4);
  writeFileSync(path, whole);
});
