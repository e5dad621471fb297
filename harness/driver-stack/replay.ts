/** Performs a saved scenario of a driver stack again, on the profile that it was saved for or on another one. */
import { CLAUSES, clause as clauseIndex, type ClauseId } from '../../models/clauses/catalogue.ts';
import type { Violation } from '../../models/report.ts';
import { packageVersion } from '../../targets/package-version.ts';
import type { DriverProfile } from '../../targets/driver-stack/profile-name.ts';
import { describeScenario } from './describe.ts';
import { perform } from './perform.ts';
import { driverLines, type DriverTraceFile } from './trace-file.ts';

/** Also what is kept of the replay of a device. */
export interface DriverReplay {
  readonly target: string;
  readonly version: string;
  readonly clause: ClauseId;
  /** The recorded clause broke again. */
  readonly reproduced: boolean;
  readonly steps: readonly string[];
  /** The first time that each clause broke. */
  readonly violations: readonly Omit<Violation, 'row'>[];
  readonly events: readonly string[];
}

/** `other` is another profile of the same child. */
export function replayDriver(file: DriverTraceFile, other?: DriverProfile): DriverReplay {
  const { scenario, clause } = file;
  const profile = other?.profile ?? file.profile;
  const judged = perform(scenario, profile);
  const violations = (judged.violated as readonly ClauseId[]).map((id) => {
    const found = judged.findings.find((one) => one.clause === id);
    const mistake = judged.mistakes.find((one) => one.clause === id);
    const { summary } = CLAUSES[clauseIndex(id)];
    return {
      clause: id,
      expected: found?.expected ?? summary,
      seen: found?.seen ?? mistake?.what ?? 'broken',
      state: found?.state ?? '',
    };
  });
  return {
    target: profile.name,
    version: packageVersion(),
    clause,
    reproduced: judged.violated.includes(clause),
    steps: describeScenario(scenario),
    violations,
    events: driverLines(judged),
  };
}
