/** Reads result files: what `run`, `trace` and `guest` write with --json, checked against their schemas. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { packageFolder } from '../harness/package-folder.ts';
import {
  GUEST_RESULT_SCHEMA,
  RESULT_SCHEMA,
  TRACE_RESULT_SCHEMA,
  type GuestResult,
  type RunResult,
  type RunSetResult,
  type TraceResult,
} from '../harness/result.ts';
import { DRIVER_TRACE_SCHEMA } from '../harness/driver-stack/trace-file.ts';
import { TRACE_SCHEMA } from '../harness/trace-file.ts';
import type { Evidence } from '../reports/html/evidence.ts';
import { judgedGuest, judgedRecording, type Judged } from '../reports/judged.ts';
import type { BrokenClause } from '../reports/verdicts.ts';
import { UsageError } from './exit-codes.ts';
import { reason } from './files.ts';
import { didYouMean } from './suggest.ts';

/** What a result file holds, and where it lies: traces are looked for from there. */
export interface ResultFile {
  readonly path: string;
  readonly runs: readonly Judged[];
}

/** Schemas of saved traces. */
const TRACES = [TRACE_SCHEMA, DRIVER_TRACE_SCHEMA];
const KINDS = "what 'virtcheck run', 'trace' or 'guest' wrote with --json";

/** Throws a UsageError that names the file, the place in it and the reason. */
export function readResultFile(path: string): ResultFile {
  const value = parse(path);
  if (Array.isArray(value)) {
    throw new UsageError(`${path}: a list is no result`, `reports are made from ${KINDS}`);
  }
  const document = (typeof value === 'object' && value !== null ? value : {}) as { schema?: unknown; runs?: unknown };
  switch (document.schema) {
    case RESULT_SCHEMA: {
      const set = document.runs !== undefined;
      check(path, document, 'run', set ? '#/$defs/set' : '#/$defs/run');
      return { path, runs: set ? (document as RunSetResult).runs : [document as unknown as RunResult] };
    }
    case TRACE_RESULT_SCHEMA:
      check(path, document, 'trace');
      return { path, runs: judgedRecording(document as unknown as TraceResult) };
    case GUEST_RESULT_SCHEMA:
      check(path, document, 'guest');
      return { path, runs: judgedGuest(document as unknown as GuestResult) };
    case TRACE_SCHEMA:
      throw new UsageError(`${path} is a saved trace, not a result`, `to see it again: virtcheck replay ${path}`);
    default: {
      const known = [RESULT_SCHEMA, TRACE_RESULT_SCHEMA, GUEST_RESULT_SCHEMA].join(', ');
      const found = document.schema === undefined ? 'has no "schema"' : `has schema ${JSON.stringify(document.schema)}`;
      throw new UsageError(`${path} ${found}; this version reads ${known}`, `reports are made from ${KINDS}`);
    }
  }
}

function parse(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const hint = (error as NodeJS.ErrnoException).code === 'ENOENT' ? nearbyFile(path) : undefined;
    throw new UsageError(`cannot read ${path}: ${reason(error)}`, hint ?? `name a file: ${KINDS}`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${path} is not JSON: ${(error as Error).message}`, `reports are made from ${KINDS}`);
  }
}

function nearbyFile(path: string): string | undefined {
  try {
    return didYouMean(basename(path), readdirSync(dirname(path)));
  } catch {
    return undefined;
  }
}

let schemas: Ajv2020 | undefined;

function check(path: string, value: unknown, name: 'run' | 'trace' | 'guest', part = ''): void {
  schemas ??= new Ajv2020({
    strict: false,
    schemas: ['run', 'trace', 'guest'].map(
      (file) => JSON.parse(readPackageFile(`reports/schemas/${file}.schema.json`)) as object,
    ),
  });
  const valid = schemas.getSchema(`https://virtcheck.invalid/schemas/${name}.schema.json${part}`) as ValidateFunction;
  if (valid(value)) return;
  const place = describe(valid.errors?.at(0));
  throw new UsageError(`${path} is not a whole result: ${place}`, `reports are made from ${KINDS}`);
}

function describe(error: ErrorObject | undefined): string {
  if (error === undefined) return 'it does not keep its schema';
  const extra = (error.params as { additionalProperty?: string }).additionalProperty;
  return `${error.instancePath || 'the document'} ${error.message ?? ''}${extra === undefined ? '' : ` (${extra})`}`;
}

/** A data file of this package. */
export function readPackageFile(path: string): string {
  return readFileSync(join(packageFolder(), path), 'utf8');
}

/**
 * Finds traces and qtest scripts of findings: where the result says, from the current folder or from that of the result,
 * else beside the result. `missing` counts the traces that are nowhere.
 */
export class EvidenceFinder {
  missing = 0;
  readonly #folders = new Map<Judged, string>();

  constructor(files: readonly ResultFile[]) {
    for (const { path, runs } of files) for (const run of runs) this.#folders.set(run, dirname(path));
  }

  of({ finding, shownFor }: BrokenClause): Evidence | undefined {
    if (finding === undefined) return undefined;
    const folder = this.#folders.get(shownFor) ?? '.';
    const trace = finding.trace === null ? undefined : nearest(finding.trace, folder);
    const qtest = finding.qtest === null ? undefined : nearest(finding.qtest, folder);
    const events = trace === undefined ? undefined : eventsOf(trace);
    if (finding.trace !== null && events === undefined) this.missing++;
    return { events, qtest };
  }
}

function nearest(path: string, folder: string): string | undefined {
  const places = isAbsolute(path) ? [path] : [path, join(folder, path)];
  for (const place of [...places, join(folder, basename(path))]) {
    try {
      return readFileSync(place, 'utf8');
    } catch {
      // The next place, then none: a report is worth having without it.
    }
  }
  return undefined;
}

function eventsOf(text: string): readonly string[] | undefined {
  try {
    const { schema, events } = JSON.parse(text) as { schema?: unknown; events?: unknown };
    const lines = TRACES.some((known) => known === schema) && Array.isArray(events) ? (events as unknown[]) : undefined;
    return lines?.every((line) => typeof line === 'string') ? lines : undefined;
  } catch {
    return undefined;
  }
}
