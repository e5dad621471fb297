/** Performs a saved scenario of the reference driver again, with the defects that it was saved with or without any. */
import { CLAUSES, clause as clauseIndex } from '../../models/clauses/catalogue.ts';
import { packageVersion } from '../../targets/package-version.ts';
import type { DriverReplay } from '../driver-stack/replay.ts';
import { eventLines } from '../trace-file.ts';
import { describeReference } from './describe.ts';
import { performReference } from './perform.ts';
import type { ReferenceTraceFile } from './trace-file.ts';

/** `faults`: defects to be switched on instead of the saved ones. */
export function replayReference(file: ReferenceTraceFile, faults: readonly string[] = file.faults): DriverReplay {
  const { scenario, clause, target } = file;
  const { machine, mistakes, violated } = performReference(scenario, faults);
  const violations = violated.map((id) => {
    const { summary } = CLAUSES[clauseIndex(id)];
    const seen = mistakes.find((one) => one.clause === id)?.what ?? 'broken';
    return { clause: id, expected: summary, seen, state: '' };
  });
  return {
    target: faults.length === 0 ? target.name : `${target.name} with ${faults.join(', ')}`,
    version: packageVersion(),
    clause,
    reproduced: violated.includes(clause),
    steps: describeReference(scenario),
    violations,
    events: eventLines(machine.log),
  };
}
