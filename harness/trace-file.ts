/** Trace files: a scenario with what it was seen to do, saved by a run and read by `virtcheck replay`. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Scenario } from '../generators/scenario.ts';
import { findClause, type ClauseId } from '../models/clauses/catalogue.ts';
import type { DeviceKind, Transport } from '../models/setup.ts';
import { EventLog } from '../models/trace/event-log.ts';
import { formatEvent, parseEvent, TraceSyntaxError } from '../models/trace/text.ts';

export const TRACE_SCHEMA = 'virtcheck-trace/1';

export interface TraceFile {
  readonly schema: typeof TRACE_SCHEMA;
  readonly virtcheck: string;
  readonly target: {
    readonly name: string;
    readonly version: string;
    readonly device: DeviceKind;
    readonly transport: Transport;
    readonly variant: string;
    readonly mode: string;
    /** Seeded faults that were on (in-tree emulator). */
    readonly faults: readonly string[];
  };
  readonly seed: number;
  readonly clause: ClauseId;
  readonly expected: string;
  readonly seen: string;
  readonly state: string;
  /** Number of the event, from 0, at which the obligation was seen broken. */
  readonly row?: number;
  readonly scenario: Scenario;
  /** What happened, one line an event (models/trace/text.ts). */
  readonly events: readonly string[];
}

export function eventLines(log: EventLog): string[] {
  const lines: string[] = [];
  for (let row = 0; row < log.length; row++) lines.push(formatEvent(log, row));
  return lines;
}

/** A trace file cannot be used; the message names the file, the place and the reason. Exit code 2. */
export class TraceFileError extends Error {
  override readonly name = 'TraceFileError';
}

/** Writes a file whole or not at all: into a neighbour first, then renamed. */
export async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.${process.pid}.partial`;
  await writeFile(partial, text);
  await rename(partial, path);
}

const LARGEST = 256 * 1024 * 1024;

/** Reads and checks a trace file. Throws TraceFileError. */
export async function readTraceFile(path: string): Promise<TraceFile> {
  let text: string;
  try {
    const bytes = await readFile(path);
    if (bytes.length > LARGEST) throw new Error(`larger than ${LARGEST} bytes`);
    text = bytes.toString('utf8');
  } catch (error) {
    throw new TraceFileError(`${path}: cannot be read: ${(error as Error).message}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new TraceFileError(`${path}: not a trace file of virtcheck: ${(error as Error).message}`);
  }
  const file = value as Partial<TraceFile> | null;
  const wrong = (what: string) => new TraceFileError(`${path}: ${what}`);
  if (typeof file !== 'object' || file === null) throw wrong('a JSON object was expected');
  if (file.schema !== TRACE_SCHEMA) {
    throw wrong(`"schema" is ${JSON.stringify(file.schema)}; this version reads ${JSON.stringify(TRACE_SCHEMA)}`);
  }
  const { target, scenario } = file;
  if (typeof target?.name !== 'string' || typeof target.device !== 'string' || typeof target.transport !== 'string') {
    throw wrong('"target" must name the target, device and transport');
  }
  if (!Array.isArray(scenario?.actions) || scenario.actions.some((action) => typeof action?.do !== 'string')) {
    throw wrong('"scenario.actions" must be a list of actions, each with a "do"');
  }
  if (typeof file.clause !== 'string' || findClause(file.clause) === undefined) {
    throw wrong(`"clause" ${JSON.stringify(file.clause)} is not in the catalogue (virtcheck clauses lists it)`);
  }
  if (!Array.isArray(file.events)) throw wrong('"events" must be a list of lines');
  checkEvents(path, file.events);
  return file as TraceFile;
}

function checkEvents(path: string, events: readonly unknown[]): void {
  const log = new EventLog();
  events.forEach((line, i) => {
    try {
      if (typeof line !== 'string') throw new TraceSyntaxError('a string expected');
      parseEvent(line, log);
    } catch (error) {
      throw new TraceFileError(`${path}: events[${i}]: ${(error as Error).message}`);
    }
    if (log.length > 10_000) log.clear();
  });
}
