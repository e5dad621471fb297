/** Reads result files: what `run`, `trace` and `guest` write with --json, checked against their schemas. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { commandLine } from '../harness/command-line.ts';
import { FUZZ_SCHEMA, type FuzzResult } from '../fuzz/result.ts';
import { packageFolder } from '../harness/package-folder.ts';
import {
  GUEST_RESULT_SCHEMA,
  RESULT_SCHEMA,
  TRACE_RESULT_SCHEMA,
  type GuestResult,
  type RegressionEntry,
  type RunResult,
  type RunSetResult,
  type TraceResult,
} from '../harness/result.ts';
import { DRIVER_TRACE_SCHEMA } from '../harness/driver-stack/trace-file.ts';
import { REFERENCE_TRACE_SCHEMA } from '../harness/reference-driver/trace-file.ts';
import { TRACE_SCHEMA } from '../harness/trace-file.ts';
import type { Assets } from '../reports/html/frame.ts';
import { judgedGuest, judgedRecording, type Judged } from '../reports/judged.ts';
import { UsageError } from './exit-codes.ts';
import { neighbourOf, reason } from './files.ts';

/** What a result file holds, and where it lies: traces are looked for from there. */
export interface ResultFile {
  readonly path: string;
  readonly runs: readonly Judged[];
  readonly regressions: readonly RegressionEntry[];
  readonly campaigns: readonly FuzzResult[];
}

const KINDS = "what 'virtcheck run', 'trace', 'guest', 'regress' or 'fuzz' wrote with --json";

/** Throws a UsageError that names the file, the place in it and the reason. */
export function readResultFile(path: string): ResultFile {
  const value = parse(path);
  if (Array.isArray(value)) {
    check(path, value, 'regress');
    return { path, runs: [], regressions: value as readonly RegressionEntry[], campaigns: [] };
  }
  if ((value as { schema?: unknown } | null)?.schema === FUZZ_SCHEMA) {
    check(path, value, 'fuzz');
    return { path, runs: [], regressions: [], campaigns: [value as FuzzResult] };
  }
  return { path, runs: readRuns(path, value), regressions: [], campaigns: [] };
}

function readRuns(path: string, value: unknown): readonly Judged[] {
  const document = (typeof value === 'object' && value !== null ? value : {}) as { schema?: unknown; runs?: unknown };
  switch (document.schema) {
    case RESULT_SCHEMA: {
      const set = document.runs !== undefined;
      check(path, document, 'run', set ? '#/$defs/set' : '#/$defs/run');
      return set ? (document as RunSetResult).runs : [document as unknown as RunResult];
    }
    case TRACE_RESULT_SCHEMA:
      check(path, document, 'trace');
      return judgedRecording(document as unknown as TraceResult);
    case GUEST_RESULT_SCHEMA:
      check(path, document, 'guest');
      return judgedGuest(document as unknown as GuestResult);
    case TRACE_SCHEMA:
    case DRIVER_TRACE_SCHEMA:
    case REFERENCE_TRACE_SCHEMA:
      throw new UsageError(`${path} is a saved trace, not a result`, `to see it again: ${commandLine('replay', path)}`);
    default: {
      const known = [RESULT_SCHEMA, TRACE_RESULT_SCHEMA, GUEST_RESULT_SCHEMA, FUZZ_SCHEMA].join(', ');
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
    throw new UsageError(`cannot read ${path}: ${reason(error)}`, neighbourOf(path) ?? `name a file: ${KINDS}`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${path} is not JSON: ${(error as Error).message}`, `reports are made from ${KINDS}`);
  }
}

const SCHEMAS = ['run', 'trace', 'guest', 'regress', 'fuzz'] as const;
let schemas: Ajv2020 | undefined;

function check(path: string, value: unknown, name: (typeof SCHEMAS)[number], part = ''): void {
  schemas ??= new Ajv2020({
    strict: false,
    schemas: SCHEMAS.map((file) => JSON.parse(readPackageFile(`reports/schemas/${file}.schema.json`)) as object),
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

/** Style and behaviour of HTML pages. */
export function readAssets(): Assets {
  const asset = (name: string): string => readPackageFile(`reports/html/assets/${name}`);
  return { css: asset('page.css'), js: asset('page.js') };
}
