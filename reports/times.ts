/** How long each clause took: what remains of a run's time when it is divided among the clauses. */
import type { Judged } from './judged.ts';

/**
 * Milliseconds by clause, in their order. The time of a scenario belongs in equal parts to the clauses that it exercised
 * (`ClauseResult.ms`). Where that was not measured (recordings), the time of the whole is divided by how often each clause
 * was exercised.
 */
export function clauseTimes({ clauses, durationMs }: Judged): readonly number[] {
  if (clauses.some(({ ms }) => ms !== undefined)) return clauses.map(({ ms = 0 }) => ms);
  const all = clauses.reduce((sum, { exercised }) => sum + exercised, 0);
  return clauses.map(({ exercised }) => (all === 0 ? 0 : (durationMs * exercised) / all));
}
