/** Shrinks a scenario that breaks a clause to the fewest and simplest actions that still break it. */
import type { Scenario } from '../generators/scenario.ts';
import { shrinkScenario } from '../generators/shrink.ts';
import type { ClauseId } from '../models/clauses/catalogue.ts';
import type { Bench } from './perform.ts';

export interface Shrunk {
  readonly scenario: Scenario;
  readonly executions: number;
}

/** Whether the scenario breaks the clause on this bench. */
export async function breaks(bench: Bench, scenario: Scenario, clause: ClauseId, fresh = false): Promise<boolean> {
  await bench.run(scenario, fresh);
  return bench.contract.report.violations.some((violation) => violation.clause === clause);
}

/** Shrinks a scenario that breaks a clause. */
export function shrink(
  bench: Bench,
  scenario: Scenario,
  clause: ClauseId,
  budget: number,
  stop: () => boolean,
): Promise<Shrunk> {
  return shrinkWhile(scenario, (candidate) => breaks(bench, candidate, clause), budget, stop);
}

/**
 * Greedy descent: the first smaller candidate that still shows what is looked for becomes the new origin, until none does
 * or the budget of executions is used up.
 */
export async function shrinkWhile(
  scenario: Scenario,
  shows: (candidate: Scenario) => Promise<boolean>,
  budget: number,
  stop: () => boolean,
): Promise<Shrunk> {
  let current = scenario;
  let executions = 0;
  for (let progress = true; progress && executions < budget && !stop();) {
    progress = false;
    for (const candidate of shrinkScenario(current)) {
      if (executions >= budget || stop()) break;
      executions++;
      if (await shows(candidate)) {
        current = candidate;
        progress = true;
        break;
      }
    }
  }
  return { scenario: current, executions };
}
