/** Trace files of driver stacks: a scenario and the profile that it was performed on, to be performed again. */
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import type { DriverTransport } from '../../models/attach/setup.ts';
import { findClause, type ClauseId } from '../../models/clauses/catalogue.ts';
import { packageVersion } from '../../targets/package-version.ts';
import { HOST_NAMES } from '../../targets/driver-stack/byte-orders.ts';
import { CHILD_NAMES, type ChildName, type ProfileSpec } from '../../targets/driver-stack/machine.ts';
import { checkProfile } from '../../targets/driver-stack/profile-name.ts';
import { TraceFileError, writeWhole } from '../trace-file.ts';
import type { Judged, Scenario } from './perform.ts';
import { sequenceOf } from './sequence.ts';
import { DRIVER_TRANSPORTS } from './space.ts';

export const DRIVER_TRACE_SCHEMA = 'virtcheck-driver-trace/1';

export interface DriverTraceFile {
  readonly schema: typeof DRIVER_TRACE_SCHEMA;
  readonly virtcheck: string;
  readonly target: {
    readonly name: string;
    readonly version: string;
    readonly child: ChildName;
    readonly transport: DriverTransport;
  };
  /** What the stack behaved like: revisions that differ from the newest readable ones, defects and repairs. */
  readonly profile: ProfileSpec;
  readonly seed: number;
  readonly clause: ClauseId;
  readonly expected: string;
  readonly seen: string;
  readonly state: string;
  readonly scenario: Scenario;
  /** What happened, one line each: who did what, and where an obligation broke. */
  readonly events: readonly string[];
}

/** A run as lines: who, and what. */
export function driverLines({ events, findings }: Judged): string[] {
  return sequenceOf(events, findings, { syncs: true }).map(({ lane, text, broke }) =>
    broke === undefined
      ? `${lane.padEnd(6)} ${text}`
      : `BROKEN ${broke.clause}: ${broke.expected}; seen: ${broke.seen}`,
  );
}

export interface SavedFinding extends Pick<
  DriverTraceFile,
  'profile' | 'seed' | 'clause' | 'expected' | 'seen' | 'state' | 'scenario'
> {
  readonly name: string;
  readonly judged: Judged;
}

/** Writes the file into the folder; its path. */
export async function saveDriverTrace(folder: string, finding: SavedFinding): Promise<string> {
  const { name, judged, ...rest } = finding;
  const { child, transport } = finding.scenario.machine;
  const version = packageVersion();
  const file: DriverTraceFile = {
    schema: DRIVER_TRACE_SCHEMA,
    virtcheck: version,
    target: { name, version, child, transport },
    ...rest,
    events: driverLines(judged),
  };
  const path = join(folder, `${child}-${transport}-${finding.clause}.trace.json`);
  await writeWhole(path, `${JSON.stringify(file, null, 1)}\n`);
  return path;
}

/** Undefined where it is another kind of file, which others report on. Throws TraceFileError for one that is damaged. */
export function readDriverTrace(path: string): DriverTraceFile | undefined {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
  const file = value as Partial<DriverTraceFile> | null;
  if (typeof file !== 'object' || file === null || file.schema !== DRIVER_TRACE_SCHEMA) return undefined;
  const wrong = (what: string) => new TraceFileError(`${path}: ${what}`);
  const { scenario, target, profile } = file;
  const machine = scenario?.machine;
  if (machine === undefined || typeof machine.device !== 'object' || typeof machine.diagnostic !== 'boolean') {
    throw wrong('"scenario.machine" must describe the machine');
  }
  const named: readonly (readonly [string, unknown, readonly string[]])[] = [
    ['child', machine.child, CHILD_NAMES],
    ['transport', machine.transport, DRIVER_TRANSPORTS],
    ['host', machine.host, HOST_NAMES],
  ];
  for (const [field, is, known] of named) {
    if (!known.some((one) => one === is)) throw wrong(`"scenario.machine.${field}" must be one of ${known.join(', ')}`);
  }
  if (!Array.isArray(scenario?.actions) || scenario.actions.some((action) => typeof action?.do !== 'string')) {
    throw wrong('"scenario.actions" must be a list of actions, each with a "do"');
  }
  if (typeof target?.name !== 'string') throw wrong('"target.name" must name the profile');
  if (typeof file.clause !== 'string' || findClause(file.clause) === undefined) {
    throw wrong(`"clause" ${JSON.stringify(file.clause)} is not in the catalogue (virtcheck clauses lists it)`);
  }
  if (!Array.isArray(file.events)) throw wrong('"events" must be a list of lines');
  try {
    const { revisions, switches } = checkProfile(path, profile);
    return { ...(file as DriverTraceFile), profile: { name: target.name, revisions, switches } };
  } catch (error) {
    throw new TraceFileError((error as Error).message);
  }
}
