import { Stryker } from '@stryker-mutator/core';
import { parseArgs } from 'node:util';
const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    suite: { type: 'string', default: 'device' },
    log: { type: 'string' },
    most: { type: 'string', default: '300' },
    long: { type: 'string', default: '0' },
    jobs: { type: 'string', default: '1' },
  },
});
const results = await new Stryker({
  mutate: values.only,
  testRunner: 'conformance',
  plugins: [new URL('./plugin.js', import.meta.url).pathname],
  ignorers: ['seeded-faults'],
  reporters: ['mutant-log', 'clear-text'],
  clearTextReporter: { reportTests: false },
  coverageAnalysis: 'perTest',
  concurrency: Number(values.jobs),
  buildCommand: `esbuild suites/mutation/${values.suite}-suite.ts --bundle --platform=node --format=esm --packages=external --outfile=dist/mutated.js --log-level=warning`,
  ignorePatterns: [
    'dist',
    'site',
    'docs',
    'vectors',
    'expectations',
    'coverage',
    '.ci',
    'virtcheck-out',
    '**/*.test.ts',
  ],
  tempDirName: '.stryker-tmp',
  checkers: [],
  timeoutMS: 90_000,
  timeoutFactor: 1.5,
  allowEmpty: true,
  conformance: { suite: 'dist/mutated.js', most: Number(values.most), mostLong: Number(values.long), log: values.log },
  warnings: { unknownOptions: false },
} as never).runMutationTest();
console.log(results.length);
