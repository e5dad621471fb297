/** Trace files of the reference driver: a scenario and the defects that it was performed with, to be performed again. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HOSTS, type ReferenceScenario } from '../../generators/reference-driver/scenario.ts';
import { findClause, type ClauseId } from '../../models/clauses/catalogue.ts';
import { DEVICE_KINDS, TRANSPORTS } from '../../models/setup.ts';
import { packageVersion } from '../../targets/package-version.ts';
import { REFERENCE_DEFECTS } from '../../targets/reference-driver/defects.ts';
import { eventLines, TraceFileError, writeWhole } from '../trace-file.ts';
import type { ReferenceJudged } from './perform.ts';

export const REFERENCE_TRACE_SCHEMA = 'virtcheck-reference-trace/1';

export interface ReferenceTraceFile {
  readonly schema: typeof REFERENCE_TRACE_SCHEMA;
  readonly virtcheck: string;
  readonly target: { readonly name: string; readonly version: string };
  /** Seeded defects of the driver that were switched on. */
  readonly faults: readonly string[];
  readonly seed: number;
  readonly clause: ClauseId;
  readonly expected: string;
  readonly seen: string;
  readonly state: string;
  readonly scenario: ReferenceScenario;
  /** What crossed the boundary, one line an event. */
  readonly events: readonly string[];
  /** Index of the event at which the clause broke. */
  readonly row?: number;
}

export interface SavedReferenceFinding extends Pick<
  ReferenceTraceFile,
  'faults' | 'seed' | 'clause' | 'expected' | 'seen' | 'state' | 'scenario'
> {
  readonly name: string;
  readonly judged: ReferenceJudged;
}

/** Writes the file into the folder; its path. */
export async function saveReferenceTrace(folder: string, finding: SavedReferenceFinding): Promise<string> {
  const { name, judged, ...rest } = finding;
  const { frontEnd, transport } = finding.scenario.machine;
  const version = packageVersion();
  const row = judged.mistakes.find(({ clause }) => clause === finding.clause)?.row;
  const file: ReferenceTraceFile = {
    schema: REFERENCE_TRACE_SCHEMA,
    virtcheck: version,
    target: { name, version },
    ...rest,
    events: eventLines(judged.machine.log),
    ...(row === undefined ? {} : { row }),
  };
  const path = join(folder, `reference-${frontEnd}-${transport}-${finding.clause}.trace.json`);
  await writeWhole(path, `${JSON.stringify(file, null, 1)}\n`);
  return path;
}

/** Undefined where it is another kind of file, which others report on. Throws TraceFileError for one that is damaged. */
export function readReferenceTrace(path: string): ReferenceTraceFile | undefined {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
  const file = value as Partial<ReferenceTraceFile> | null;
  if (typeof file !== 'object' || file === null || file.schema !== REFERENCE_TRACE_SCHEMA) return undefined;
  const wrong = (what: string) => new TraceFileError(`${path}: ${what}`);
  const { scenario, target, faults } = file;
  const machine = scenario?.machine;
  if (typeof machine?.device !== 'object' || typeof machine.driver !== 'object') {
    throw wrong('"scenario.machine" must describe the machine');
  }
  const named: readonly (readonly [string, unknown, readonly string[]])[] = [
    ['frontEnd', machine.frontEnd, DEVICE_KINDS],
    ['transport', machine.transport, TRANSPORTS],
    ['host', machine.host, HOSTS],
  ];
  for (const [field, is, known] of named) {
    if (!known.some((one) => one === is)) throw wrong(`"scenario.machine.${field}" must be one of ${known.join(', ')}`);
  }
  if (!Array.isArray(scenario?.actions) || scenario.actions.some((action) => typeof action?.do !== 'string')) {
    throw wrong('"scenario.actions" must be a list of actions, each with a "do"');
  }
  if (typeof target?.name !== 'string') throw wrong('"target.name" must name the driver');
  if (typeof file.clause !== 'string' || findClause(file.clause) === undefined) {
    throw wrong(`"clause" ${JSON.stringify(file.clause)} is not in the catalogue (virtcheck clauses lists it)`);
  }
  if (!Array.isArray(faults)) throw wrong('"faults" must be a list of names');
  const unknown = (faults as readonly unknown[]).find((name) => !REFERENCE_DEFECTS.some((known) => known === name));
  if (unknown !== undefined) throw wrong(`there is no defect '${String(unknown)}' (virtcheck faults lists them)`);
  return file as ReferenceTraceFile;
}
