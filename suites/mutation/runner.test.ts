/** The runner on a suite of a few lines, whose code is instrumented by hand as Stryker would. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StrykerOptions } from '@stryker-mutator/api/core';
import type { MutantRunOptions, MutantRunResult } from '@stryker-mutator/api/test-runner';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RUNNER_OPTIONS, type RunnerOptions } from './options.ts';
import { ConformanceRunner } from './runner.ts';

/** Line 1 of the source that the mutants of these tests are said to be in. */
const SOURCE = 'for (;;) {\n}\n';

/**
 * Mutants: `sum` is seen by scenario 1 of the slice `sums` alone, `unseen` by nobody, `loop` never ends, `dead` is executed by
 * no scenario, `loading` throws while the module loads, `healed` takes away what breaks without any mutant, and `constant`
 * acts while the module loads.
 */
const SUITE = `
const shared = globalThis.__stryker__;
function active(id) {
  const hits = shared.currentTestId === undefined ? {} : shared.mutantCoverage.perTest[shared.currentTestId];
  hits[id] = (hits[id] ?? 0) + 1;
  return shared.activeMutant === id;
}
if (active('loading')) throw new Error('cannot be loaded');
const one = active('constant') ? 2 : 1;
const sum = (a, b) => (active('sum') && a === 1 ? a - b : a + b);
const unseen = (a) => (active('unseen') ? a * 1 : a);
function count(to) {
  let n = 0;
  while (active('loop') || n < to) n++;
  return n;
}
const ran = (globalThis.ranScenarios = []);
const sums = {
  name: 'sums',
  count: 3,
  open: () => ({
    run(index) {
      ran.push('sums ' + index);
      return sum(index, one) === index + 1 && unseen(index) === index ? undefined : 'wrong sum';
    },
    events: 1,
  }),
};
const counts = {
  name: 'counts',
  count: 2,
  open: () => ({ run: (index) => (count(index) === index ? undefined : 'wrong count'), events: 1 }),
};
const compared = {
  name: 'compared',
  count: 1,
  compares: true,
  open: () => ({ run: () => (active('healed') ? undefined : 'breaks as ever'), events: 1 }),
};
export default () => [sums, counts, compared];
`;

const ALL = ['sums', 'counts', 'compared'];
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mutation-runner-'));
  writeFileSync(join(folder, 'source.ts'), SOURCE);
});

afterAll(() => rmSync(folder, { recursive: true }));

let suites = 0;

/** A runner that has done its dry run, on a suite of its own. */
async function prepared(options: Partial<RunnerOptions> = {}) {
  const suite = join(folder, `suite-${suites++}.mjs`);
  writeFileSync(suite, SUITE);
  const head = { sources: {}, judge: 'device', most: 100, mostLong: 0 };
  const runner = new ConformanceRunner({
    [RUNNER_OPTIONS]: { suite, most: 100, mostLong: 0, log: join(folder, 'none.jsonl'), head, ...options },
  } as unknown as StrykerOptions);
  return { runner, dry: await runner.dryRun() };
}

/** A mutant at the second character of the source's first line; `change` says otherwise. */
const mutant = (id: string, change: object = {}) => ({
  ...{ id, fileName: join(folder, 'source.ts'), mutatorName: 'ArithmeticOperator', replacement: id },
  location: { start: { line: 0, column: 1 }, end: { line: 0, column: 2 } },
  ...change,
});

const run = (
  { runner }: { readonly runner: ConformanceRunner },
  id: string,
  { slices = ALL, when = 'runtime', change = {} }: { slices?: string[]; when?: string; change?: object } = {},
): Promise<MutantRunResult> =>
  runner.mutantRun({
    activeMutant: mutant(id, change),
    mutantActivation: when,
    testFilter: slices,
  } as unknown as MutantRunOptions);

const scenariosRun = (): string[] => (globalThis as unknown as { ranScenarios: string[] }).ranScenarios;

describe('the dry run', () => {
  test('finds the suite sound, and which slices execute what', async () => {
    const { dry } = await prepared();
    if (dry.status !== 'complete') throw new Error(JSON.stringify(dry));
    expect(dry.tests.map(({ name, status }) => [name, status])).toEqual(ALL.map((name) => [name, 0]));
    const { perTest } = dry.mutantCoverage!;
    expect(Object.keys(perTest['sums']).sort()).toEqual(['sum', 'unseen']);
    expect(perTest['counts']).toEqual({ loop: 3 });
    expect(Object.keys(perTest['compared'])).toEqual(['healed']);
  });

  test('reports a suite that fails by itself', async () => {
    const suite = join(folder, 'failing.mjs');
    writeFileSync(suite, SUITE.replace('index + 1 &&', 'index + 2 &&'));
    const { dry } = await prepared({ suite });
    if (dry.status !== 'complete') throw new Error(JSON.stringify(dry));
    expect(dry.tests[0]).toMatchObject({ status: 1, failureMessage: 'scenario 0: wrong sum' });
  });
});

describe('a mutant', () => {
  test('is killed by the first scenario that sees it, and is off again afterwards', async () => {
    const one = await prepared();
    expect(await run(one, 'sum')).toMatchObject({ status: 'killed', killedBy: ['sums'], nrOfTests: 2 });
    expect(await run(one, 'unseen')).toMatchObject({ status: 'survived', nrOfTests: 3 });
  });

  test('survives where the budget ends before that scenario', async () => {
    expect(await run(await prepared({ most: 1 }), 'sum')).toMatchObject({ status: 'survived', nrOfTests: 1 });
  });

  test('is tried on no scenario that does not execute it', async () => {
    const one = await prepared();
    scenariosRun().length = 0;
    expect(await run(one, 'dead')).toMatchObject({ status: 'survived', nrOfTests: 0 });
    expect(await run(one, 'loop', { slices: ['counts'] })).toMatchObject({ status: 'timeout' });
    expect(scenariosRun()).toEqual([]);
  });

  test('that never ends is stopped after a number of steps, the same every time', async () => {
    const reasons = [await run(await prepared(), 'loop'), await run(await prepared(), 'loop')];
    const stopped = { status: 'timeout', reason: 'counts, scenario 0: more than 1000000 steps' };
    expect(reasons).toEqual([stopped, stopped]);
  });

  test('is killed where nothing breaks that breaks without it', async () => {
    const killed = { status: 'killed', killedBy: ['compared'], failureMessage: 'scenario 0: nothing breaks any more' };
    expect(await run(await prepared(), 'healed')).toMatchObject(killed);
  });

  test('that acts while modules load is tried on every scenario of a fresh process', async () => {
    const { runner } = await prepared();
    // Another runner, as in another process: the suite is loaded anew, under another name, with the mutant active.
    const suite = join(folder, 'fresh.mjs');
    writeFileSync(suite, SUITE);
    const options = { suite, most: 100, mostLong: 0, log: join(folder, 'none.jsonl') };
    const fresh = new ConformanceRunner({ [RUNNER_OPTIONS]: options } as unknown as StrykerOptions);
    expect(await run({ runner: fresh }, 'constant', { when: 'static' })).toMatchObject({ status: 'killed' });
    // Loaded before, the suite that has not seen it active shows nothing.
    expect(await run({ runner }, 'constant')).toMatchObject({ status: 'survived' });
  });

  test('that keeps modules from loading is killed', async () => {
    const suite = join(folder, 'broken.mjs');
    writeFileSync(suite, SUITE);
    const options = { suite, most: 100, mostLong: 0, log: join(folder, 'none.jsonl') };
    const fresh = new ConformanceRunner({ [RUNNER_OPTIONS]: options } as unknown as StrykerOptions);
    expect(await run({ runner: fresh }, 'loading', { when: 'static' })).toMatchObject({
      status: 'killed',
      killedBy: ['loading'],
    });
  });

  test('that empties a loop without an end is not even tried', async () => {
    const change = {
      ...{ mutatorName: 'BlockStatement', replacement: '{}' },
      location: { start: { line: 0, column: 9 }, end: { line: 1, column: 1 } },
    };
    const result = await run(await prepared(), 'unseen', { change });
    expect(result).toEqual({ status: 'timeout', reason: 'an empty loop without an end' });
  });

  test.each(['Killed', 'Survived', 'Timeout'])('that the log knows as %s is not tried again', async (status) => {
    const log = join(folder, `known-${status}.jsonl`);
    const path = join(folder, 'emulator/device/known.ts');
    const line = {
      ...{ fileName: 'emulator/device/known.ts', mutatorName: 'ArithmeticOperator', replacement: 'sum', status },
      // A log counts lines and columns from 1.
      location: { start: { line: 1, column: 2 }, end: { line: 1, column: 3 } },
      coveredBy: 1,
    };
    writeFileSync(log, `${JSON.stringify({ sources: {}, judge: 'device' })}\n${JSON.stringify(line)}\n`);
    const one = await prepared({ log });
    scenariosRun().length = 0;
    expect((await run(one, 'sum', { change: { fileName: path } })).status).toBe(status.toLowerCase());
    expect(scenariosRun()).toEqual([]);
    // The same place in another file is another mutant.
    expect(await run(one, 'sum')).toMatchObject({ status: 'killed', failureMessage: 'scenario 1: wrong sum' });
  });
});
