/** Which clauses of which faults are still to be shown to break, after the hunts that stop at the first one. */
import { deviceFaults } from '../../emulator/faults/catalogue.ts';
import type { Hunt } from './fault-hunt.ts';

/** A fault and a clause that its entry names. */
export type Pair = readonly [fault: string, clause: string];

/** Clauses that caught faults name and under which none was caught, with every caught fault that names them. */
export function openPairs(hunts: readonly Hunt[]): Pair[] {
  const covered = new Set(hunts.flatMap((one) => one.named));
  const caught = new Set(hunts.filter((one) => one.named.length > 0).map((one) => one.fault));
  return deviceFaults
    .filter((fault) => caught.has(fault.name))
    .flatMap((fault) => fault.clauses.filter((id) => !covered.has(id)).map((id): Pair => [fault.name, id]));
}

/** The pairs of each clause together: one that breaks it is enough. */
export function byClause(pairs: readonly Pair[]): Pair[][] {
  const groups = new Map<string, Pair[]>();
  for (const pair of pairs) groups.set(pair[1], [...(groups.get(pair[1]) ?? []), pair]);
  return [...groups.values()];
}
