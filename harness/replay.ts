/** Runs a saved scenario again, on the target it was recorded on or another one. */
import { Contract } from '../models/contract.ts';
import type { ClauseId } from '../models/clauses/catalogue.ts';
import { Report, type DriverFault, type Violation } from '../models/report.ts';
import { TargetUnavailable, type Target } from '../targets/target.ts';
import { describeScenario } from './describe.ts';
import { Bench } from './perform.ts';
import { eventLines, readTraceFile, type TraceFile } from './trace-file.ts';

export interface ReplayResult {
  readonly file: TraceFile;
  /** Target and version it was replayed on. */
  readonly target: string;
  readonly version: string;
  readonly steps: readonly string[];
  /** The recorded clause broke again. */
  readonly reproduced: boolean;
  readonly clause: ClauseId;
  readonly violations: readonly Violation[];
  readonly driverFaults: readonly DriverFault[];
  readonly events: readonly string[];
}

/** Replays a trace file. Throws TraceFileError, or TargetUnavailable when the target lacks the combination. */
export async function replayFile(path: string, resolve: (file: TraceFile) => Promise<Target>): Promise<ReplayResult> {
  const file = await readTraceFile(path);
  const target = await resolve(file);
  const same = target.combinations.filter(
    (entry) => entry.device === file.target.device && entry.transport === file.target.transport,
  );
  const combination = same.find((entry) => entry.variant === file.target.variant) ?? same[0];
  if (combination === undefined) {
    throw new TargetUnavailable(`${target.name} offers no ${file.target.device} on ${file.target.transport}`);
  }
  const session = await target.open(combination);
  try {
    const bench = new Bench(session, new Contract(session.info, new Report()));
    await bench.run(file.scenario, true);
    const { violations, driverFaults } = bench.contract.report;
    return {
      file,
      target: session.info.target,
      version: session.info.version,
      steps: describeScenario(file.scenario),
      reproduced: violations.some((violation) => violation.clause === file.clause),
      clause: file.clause,
      violations: [...violations],
      driverFaults: [...driverFaults],
      events: eventLines(bench.log),
    };
  } finally {
    await session.close();
  }
}
