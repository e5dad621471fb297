/** Finds the files beside a result that show more of its findings: traces, qtest scripts, recordings. */
import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { DRIVER_TRACE_SCHEMA, type DriverTraceFile } from '../harness/driver-stack/trace-file.ts';
import { REFERENCE_TRACE_SCHEMA, type ReferenceTraceFile } from '../harness/reference-driver/trace-file.ts';
import { TRACE_SCHEMA, type TraceFile } from '../harness/trace-file.ts';
import type { EndiannessModeName } from '../models/setup.ts';
import { EventLog } from '../models/trace/event-log.ts';
import { parseEvent } from '../models/trace/text.ts';
import type { Evidence, TraceEvidence } from '../reports/html/evidence.ts';
import type { Judged } from '../reports/judged.ts';
import type { SavedScenario } from '../reports/vitest-source.ts';
import type { BrokenClause } from '../reports/verdicts.ts';
import type { ResultFile } from './result-files.ts';

/** Larger files are no reproducers; nobody would read what is made of them. */
const LARGEST = 64 * 1024 * 1024;
const MODES: readonly string[] = ['le', 'be-modern', 'be-legacy', 'aarch64eb', 'armeb', 'be-swapping-bus'];

/**
 * Looks where the result says, from the current folder or from that of the result, else beside the result. `missing`
 * counts the traces that are nowhere.
 */
export class EvidenceFinder {
  missing = 0;
  readonly #folders = new Map<Judged, string>();

  constructor(files: readonly Pick<ResultFile, 'path' | 'runs'>[]) {
    for (const { path, runs } of files) for (const run of runs) this.#folders.set(run, dirname(path));
  }

  of({ clause, finding, shownFor }: BrokenClause): Evidence | undefined {
    if (finding === undefined) return undefined;
    const folder = this.#folders.get(shownFor) ?? '.';
    if (shownFor.recording !== undefined) return { trace: this.#recorded(clause.id, shownFor, folder) };
    const text = finding.trace === null ? undefined : nearest(finding.trace, folder);
    const trace = text === undefined ? undefined : savedTrace(text);
    const calls = text === undefined ? undefined : driverCalls(text);
    if (finding.trace !== null && trace === undefined && calls === undefined) this.missing++;
    if (calls !== undefined) return { calls };
    return { trace, qtest: finding.qtest === null ? undefined : nearest(finding.qtest, folder) };
  }

  /** Recordings in our own notation; others are judged by rules of their own and have no event lines. */
  #recorded(clause: string, run: Judged, folder: string): TraceEvidence | undefined {
    const line = run.recording?.lines.get(clause);
    const text = run.recording === undefined ? undefined : nearest(run.recording.path, folder);
    if (line === undefined || text === undefined) return undefined;
    const saved = savedTrace(text);
    if (saved !== undefined) return { ...saved, brokeAt: line - 1, scenario: undefined };
    const events = text.split('\n').slice(0, line).filter(isEvent);
    if (events.length === 0 || !isEvent(text.split('\n')[line - 1])) return undefined;
    return { events, mode: usualMode(run), brokeAt: events.length - 1 };
  }
}

function usualMode({ target }: Judged): EndiannessModeName {
  if (target.byteOrder === 'little') return 'le';
  return target.transport === 'mmio-v1' ? 'be-legacy' : 'be-modern';
}

function nearest(path: string, folder: string): string | undefined {
  const places = isAbsolute(path) ? [path] : [path, join(folder, path)];
  for (const place of [...places, join(folder, basename(path))]) {
    try {
      if (statSync(place).size <= LARGEST) return readFileSync(place, 'utf8');
    } catch {
      // The next place, then none: a report is worth having without it.
    }
  }
  return undefined;
}

/** What the files of both kinds have in common with what they should be: the schema alone. */
type SavedTrace =
  (Pick<TraceFile, 'schema'> & Partial<TraceFile>) | (Pick<ReferenceTraceFile, 'schema'> & Partial<ReferenceTraceFile>);

/** A trace file as evidence; undefined if it is none, or not whole. */
function savedTrace(text: string): TraceEvidence | undefined {
  let file: SavedTrace | null;
  try {
    file = JSON.parse(text) as SavedTrace | null;
  } catch {
    return undefined;
  }
  if (typeof file !== 'object' || file === null) return undefined;
  if (file.schema !== TRACE_SCHEMA && file.schema !== REFERENCE_TRACE_SCHEMA) return undefined;
  const { events, row } = file;
  if (!Array.isArray(events) || !events.every((line) => typeof line === 'string' && isEvent(line))) return undefined;
  // On a machine of the reference driver, a byte order goes by the name of its mode.
  const name = file.schema === TRACE_SCHEMA ? file.target?.mode : file.scenario?.machine?.host;
  const mode = name !== undefined && MODES.includes(name) ? (name as EndiannessModeName) : 'le';
  const brokeAt = Number.isInteger(row) && row! >= 0 && row! < events.length ? row : undefined;
  return { events, mode, brokeAt, scenario: file.schema === TRACE_SCHEMA ? scenarioOf(file) : undefined };
}

/** The events of a driver stack's trace, to the one at which an obligation broke; undefined if the text is no such file. */
function driverCalls(text: string): readonly string[] | undefined {
  let file: Partial<DriverTraceFile>;
  try {
    file = JSON.parse(text) as Partial<DriverTraceFile>;
  } catch {
    return undefined;
  }
  if (typeof file !== 'object' || file === null || file.schema !== DRIVER_TRACE_SCHEMA) return undefined;
  const { events } = file;
  if (!Array.isArray(events) || !events.every((line) => typeof line === 'string')) return undefined;
  const broke = events.findIndex((line) => line.startsWith('BROKEN '));
  return broke < 0 ? events : events.slice(0, broke + 1);
}

function scenarioOf({ target, scenario }: Partial<TraceFile>): SavedScenario | undefined {
  if (target === undefined || scenario === undefined) return undefined;
  const { name, device, transport, variant, faults = [] } = target;
  // The emulator's name lists its faults; they are switched on by themselves.
  const spec = faults.length > 0 ? 'emulator' : name;
  return { target: spec, faults, device, transport, variant, actions: scenario.actions };
}

const SCRATCH = new EventLog();

function isEvent(line: string): boolean {
  SCRATCH.clear();
  try {
    parseEvent(line, SCRATCH);
    return true;
  } catch {
    return false;
  }
}
