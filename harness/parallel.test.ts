import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Share } from './parallel-protocol.ts';
import { runParallel, type ParallelOptions, type ParallelProgress } from './parallel.ts';
import type { RunResult } from './result.ts';

/** A runner whose behaviour depends on the transport (`mmio-v1` misbehaves) and on the name of the target. */
const RUNNER = `
export const resolveTarget = (name) => {
  if (name === 'missing') throw Object.assign(new Error('install it'), { name: 'TargetUnavailable' });
  return { name };
};
export async function runTarget({ target, devices: [device], transports: [transport], seed, signal, onProgress }) {
  const progress = { combination: device, scenariosDone: 1, scenarios: 2, events: 3, phase: 'running', broken: 0 };
  onProgress(progress);
  const result = (interrupted) => [{ target: { name: target.name, device, transport }, seed, scenarios: 2, interrupted, outcomes: [] }];
  if (transport === 'mmio-v2') return result(false);
  switch (target.name) {
    case 'exits': process.exit(7);
    case 'throws': throw new Error('a mistake in the harness');
    case 'crashes': setImmediate(() => { throw new Error('a stray exception'); }); return new Promise(() => undefined);
    case 'spins': for (;;);
    case 'stoppable':
      // Never yields: learns of the stop from the shared flag alone.
      while (!signal.aborted) onProgress(progress);
      return result(true);
  }
  return result(false);
}
`;

const folder = mkdtempSync(join(tmpdir(), 'virtcheck-parallel-'));
const runner = pathToFileURL(join(folder, 'runner.mjs')).href;
beforeAll(() => writeFileSync(join(folder, 'runner.mjs'), RUNNER));
afterAll(() => rmSync(folder, { recursive: true }));

const SHARES: readonly Share[] = [
  { device: 'blk', transport: 'mmio-v2' },
  { device: 'blk', transport: 'mmio-v1' },
  { device: 'rng', transport: 'mmio-v2' },
];

function run(target: string, change: Partial<ParallelOptions> = {}): Promise<readonly RunResult[]> {
  return runParallel({ target, runner, run: { seed: 5, effort: 'quick' }, shares: SHARES, jobs: 2, ...change });
}

const names = (runs: readonly RunResult[]): readonly string[] =>
  runs.map((result) => `${result.target.device} ${result.target.transport}`);

// Workers from source take seconds to start on a busy machine.
describe('runParallel', { timeout: 60_000 }, () => {
  it.each([1, 2, 8])('gives results in the order of the shares, with %i workers', async (jobs) => {
    const seen: ParallelProgress[] = [];
    const runs = await run('sound', { jobs, onProgress: (progress) => seen.push(progress) });
    expect(names(runs)).toEqual(['blk mmio-v2', 'blk mmio-v1', 'rng mmio-v2']);
    expect(runs.every((result) => result.seed === 5)).toBe(true);
    expect(seen.filter((progress) => progress.results !== undefined).map((progress) => progress.sharesDone)).toEqual([
      1, 2, 3,
    ]);
    expect(seen.some((progress) => progress.progress?.events === 3)).toBe(true);
  });

  it.each([
    ['exits', 'died', 'code 7'],
    ['throws', 'threw', 'a mistake in the harness'],
    ['crashes', 'died', 'a stray exception'],
    ['spins', 'hung', 'reported nothing for'],
  ])('a worker that %s costs its own share only', async (target, outcome, evidence) => {
    const runs = await run(target, { jobs: 1, stallMs: target === 'spins' ? 8000 : undefined });
    expect(names(runs)).toEqual(['blk mmio-v2', 'blk mmio-v1', 'rng mmio-v2']);
    expect(runs[1].outcomes[0].outcome).toBe(outcome);
    expect(runs[1].outcomes[0].evidence).toContain(evidence);
    expect(runs[1].scenarios).toBe(0);
    expect(runs[2].outcomes).toEqual([]);
  });

  it('rejects when the target cannot be started at all', async () => {
    await expect(run('missing')).rejects.toMatchObject({ name: 'TargetUnavailable', message: 'install it' });
  });

  it('keeps what was judged when stopped, also by a worker that never yields', async () => {
    const controller = new AbortController();
    const runs = await run('stoppable', {
      jobs: 1,
      signal: controller.signal,
      onProgress: ({ share }) => {
        if (share.transport === 'mmio-v1') controller.abort();
      },
    });
    expect(names(runs)).toEqual(['blk mmio-v2', 'blk mmio-v1']);
    expect(runs[1].interrupted).toBe(true);
  });

  it('ends a worker that does not stop in time', async () => {
    const controller = new AbortController();
    const runs = await run('spins', {
      jobs: 1,
      graceMs: 200,
      signal: controller.signal,
      onProgress: ({ share }) => {
        if (share.transport === 'mmio-v1') controller.abort();
      },
    });
    expect(runs[1].outcomes[0].evidence).toContain('did not end within 0.2 s');
    expect(runs[1].interrupted).toBe(true);
  });
});
