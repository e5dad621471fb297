/** What Stryker loads: the runner, what is not mutated, and a log of results as they come. */
import { declareClassPlugin, declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin';
import { seededFaults } from './ignored.ts';
import { LogReporter } from './log-reporter.ts';
import { ConformanceRunner } from './runner.ts';

export const strykerPlugins = [
  declareClassPlugin(PluginKind.TestRunner, 'conformance', ConformanceRunner),
  declareClassPlugin(PluginKind.Reporter, 'mutant-log', LogReporter),
  declareValuePlugin(PluginKind.Ignore, 'seeded-faults', seededFaults),
];
