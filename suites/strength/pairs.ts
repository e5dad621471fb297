/** Which clauses are still to be shown to break: hunts stop at the first clause, so others may hide behind it. */
import { deviceFaults } from '../../emulator/faults/catalogue.ts';
import type { MeasuredFault } from './matrix-file.ts';

/** A clause that no hunt was ended by, and the faults that are caught and name it: one that breaks it is enough. */
export interface OpenClause {
  readonly clause: string;
  readonly faults: readonly string[];
}

export function openClauses(matrix: ReadonlyMap<string, MeasuredFault>): OpenClause[] {
  const covered = new Set<string>();
  const open = new Map<string, string[]>();
  const caught = deviceFaults.filter(({ name }) => matrix.get(name)?.hunts.some((one) => one.caught));
  for (const { name, clauses } of caught) {
    const seen = matrix.get(name)?.detectedBy ?? [];
    for (const clause of clauses) if (seen.includes(clause)) covered.add(clause);
  }
  for (const { name, clauses } of caught) {
    for (const clause of clauses) if (!covered.has(clause)) open.set(clause, [...(open.get(clause) ?? []), name]);
  }
  return [...open].map(([clause, faults]) => ({ clause, faults }));
}
