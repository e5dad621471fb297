/** Runs StrykerJS with our runner, on the sources that are asked for. */
import { Stryker } from '@stryker-mutator/core';
import { RUNNER_OPTIONS, type RunnerOptions } from './options.ts';
import type { Side } from './sources.ts';

export interface MutationRun {
  /** Sources, or ranges of them as `FILE:LINE:COLUMN-LINE:COLUMN`: lines from 1, columns from 0. */
  readonly mutate: readonly string[];
  readonly judge: Side;
  readonly jobs: number;
  readonly runner: Omit<RunnerOptions, 'suite'>;
}

/** Milliseconds after which a mutant that does not count as a loop is one all the same. */
const PATIENCE = 90_000;
/** Minutes that the whole suite may take without a mutant, on a machine that has other work to do. */
const DRY_RUN_MINUTES = 30;
const BUNDLE = 'dist/mutated.js';
const NOT_NEEDED = [
  'dist',
  'site',
  'docs',
  'vectors',
  'expectations',
  'coverage',
  '.ci',
  'virtcheck-out',
  '**/*.test.ts',
];

/** Resolves when all are through. Rejects where the suite fails without a mutant. */
export async function runStryker({ mutate, judge, jobs, runner }: MutationRun): Promise<void> {
  const bundle = `esbuild suites/mutation/${judge}-suite.ts --bundle --platform=node --format=esm --packages=external`;
  await new Stryker({
    mutate: [...mutate],
    testRunner: 'conformance',
    plugins: [new URL('./plugin.js', import.meta.url).pathname],
    ignorers: ['seeded-faults'],
    reporters: ['mutant-log', 'clear-text'],
    clearTextReporter: { reportTests: false, reportMutants: false },
    coverageAnalysis: 'perTest',
    concurrency: jobs,
    buildCommand: `${bundle} --outfile=${BUNDLE} --log-level=warning`,
    ignorePatterns: NOT_NEEDED,
    tempDirName: '.stryker-tmp',
    checkers: [],
    timeoutMS: PATIENCE,
    dryRunTimeoutMinutes: DRY_RUN_MINUTES,
    timeoutFactor: 1.5,
    allowEmpty: true,
    [RUNNER_OPTIONS]: { ...runner, suite: BUNDLE },
    warnings: { unknownOptions: false, preprocessorErrors: true, unserializableOptions: true, slow: true },
  } as ConstructorParameters<typeof Stryker>[0]).runMutationTest();
}
