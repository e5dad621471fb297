/** Results as JSON text (schema: reports/schemas/run.schema.json). */
import { RESULT_SCHEMA, type RunResult, type RunSetResult } from '../harness/result.ts';

/**
 * One combination is written as itself, any other number as a set under `runs`; a run that was interrupted before the
 * first one ended has none. `virtcheck` is the version of this package.
 */
export function resultDocument(runs: readonly RunResult[], virtcheck: string): RunResult | RunSetResult {
  if (runs.length === 1) return runs[0];
  return { schema: RESULT_SCHEMA, virtcheck, runs };
}

export function resultJson(runs: readonly RunResult[], virtcheck: string): string {
  return `${JSON.stringify(resultDocument(runs, virtcheck), null, 2)}\n`;
}
