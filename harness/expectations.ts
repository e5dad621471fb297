/**
 * Recorded deviations of real implementations: `expectations/TARGET.json` (schema: reports/schemas/expectations.schema.json).
 * They stand outside the tests, so that a new version of an implementation is a change of data.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findClause, type ClauseId } from '../models/clauses/catalogue.ts';
import { DEVICE_KINDS, TRANSPORTS, type JudgedKind, type Transport } from '../models/setup.ts';
import { packageFolder } from './package-folder.ts';
import type { Expectation } from './result.ts';

export const EXPECTATIONS_SCHEMA = 'virtcheck-expectations/1';

/** An expectations file that cannot be used. The message names the file and the entry. */
export class ExpectationsError extends Error {
  override readonly name = 'ExpectationsError';
}

/** What an expectation is matched against. */
export interface ExpectationSubject {
  readonly device: JudgedKind;
  readonly transport: Transport;
  /** Version of the implementation. */
  readonly version: string;
}

/** The file in which the deviations of a target are recorded, whether it exists or not. */
export function expectationsFile(targetName: string, folder = join(packageFolder(), 'expectations')): string {
  return join(folder, `${targetName.replaceAll(/[^A-Za-z0-9._+-]/g, '-')}.json`);
}

/** The recorded deviations of a target; none when there is no file. Throws ExpectationsError for a file that is wrong. */
export function loadExpectations(targetName: string, folder?: string): readonly Expectation[] {
  const path = expectationsFile(targetName, folder);
  return existsSync(path) ? loadExpectationsFile(path, targetName) : [];
}

/** The deviations that a file records, which must be for the target. Throws ExpectationsError for a file that is wrong. */
export function loadExpectationsFile(path: string, targetName: string): readonly Expectation[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ExpectationsError(`${path}: ${(error as Error).message}`);
  }
  return parseExpectations(parsed, path, targetName);
}

/** The expectations that apply to one combination of a version. */
export function applicableExpectations(
  expectations: readonly Expectation[],
  subject: ExpectationSubject,
): readonly Expectation[] {
  return expectations.filter(
    (expectation) =>
      isVersionOf(expectation.version, subject.version) &&
      (expectation.devices === undefined || expectation.devices.includes(subject.device)) &&
      (expectation.transports === undefined || expectation.transports.includes(subject.transport)),
  );
}

/** What broke, and how. */
export interface Showing {
  readonly clause: ClauseId | null;
  readonly seen: string;
  /** Kinds of action of the scenario. */
  readonly kinds: readonly string[];
}

/** Whether an expectation that applies to the combination is about this. */
export function explains(expectation: Expectation, { clause, seen, kinds }: Showing): boolean {
  return (
    expectation.clause === clause &&
    (expectation.seen === undefined || seen.includes(expectation.seen)) &&
    (expectation.actions?.some((kind) => kinds.includes(kind)) ?? true)
  );
}

/** Prefix match that stops at a whole number: `7.2` fits `7.2` and `7.2.22`, not `7.20`. */
function isVersionOf(prefix: string, version: string): boolean {
  if (!version.startsWith(prefix)) return false;
  const next = version.at(prefix.length);
  return prefix === '' || next === undefined || !/[0-9]/.test(next) || !/[0-9]$/.test(prefix);
}

/** Checks the content of an expectations file. `path` is only used in messages. */
export function parseExpectations(parsed: unknown, path: string, targetName?: string): readonly Expectation[] {
  const fail = (message: string): never => {
    throw new ExpectationsError(`${path}: ${message}`);
  };
  if (!isObject(parsed)) return fail('must be an object {schema, target, expectations}');
  if (parsed.schema !== EXPECTATIONS_SCHEMA) {
    return fail(
      `schema is ${JSON.stringify(parsed.schema)}, this version reads ${JSON.stringify(EXPECTATIONS_SCHEMA)}`,
    );
  }
  if (typeof parsed.target !== 'string') return fail('target must be a string');
  if (targetName !== undefined && parsed.target !== targetName) {
    return fail(`is for target ${parsed.target}, not for ${targetName}`);
  }
  onlyKeys(parsed, ['schema', 'target', 'expectations'], fail);
  if (!Array.isArray(parsed.expectations)) return fail('expectations must be a list');
  return parsed.expectations.map((entry: unknown, i) =>
    parseExpectation(entry, (message) => fail(`expectations[${i}]: ${message}`)),
  );
}

type Fail = (message: string) => never;

const OPTIONAL_TEXTS = ['source', 'reproducer', 'seen'] as const;
const KEYS = ['clause', 'devices', 'transports', 'version', 'explanation', 'sometimes', 'actions', ...OPTIONAL_TEXTS];

function parseExpectation(entry: unknown, fail: Fail): Expectation {
  if (!isObject(entry)) return fail('must be an object');
  onlyKeys(entry, KEYS, fail);
  const { clause, version, explanation } = entry;
  if (typeof clause !== 'string') return fail('clause must be a string');
  if (findClause(clause) === undefined) return fail(`there is no clause ${clause} (see 'virtcheck clauses')`);
  if (typeof version !== 'string' || version === '') return fail('version must say what it was verified against');
  if (typeof explanation !== 'string' || explanation.trim() === '') {
    return fail('explanation is missing: an expected deviation has to say why it is one');
  }
  for (const key of OPTIONAL_TEXTS) {
    if (entry[key] !== undefined && typeof entry[key] !== 'string') return fail(`${key} must be a string`);
  }
  if (entry.sometimes !== undefined && typeof entry.sometimes !== 'boolean')
    return fail('sometimes must be true or false');
  const { actions } = entry;
  const kinds =
    Array.isArray(actions) && actions.length > 0 && actions.every((one) => typeof one === 'string' && one !== '');
  if (actions !== undefined && !kinds) fail('actions must be a list of kinds of action, or absent for any');
  listOf(entry.devices, [...DEVICE_KINDS, 'other'], 'devices', fail);
  listOf(entry.transports, TRANSPORTS, 'transports', fail);
  return entry as unknown as Expectation;
}

function listOf(value: unknown, allowed: readonly string[], key: string, fail: Fail): void {
  if (value === undefined) return;
  if (!Array.isArray(value) || value.length === 0) fail(`${key} must be a non-empty list, or absent for all`);
  for (const item of value as unknown[]) {
    if (!allowed.includes(item as string)) fail(`${key}: ${JSON.stringify(item)} is none of ${allowed.join(', ')}`);
  }
}

function onlyKeys(value: Record<string, unknown>, keys: readonly string[], fail: Fail): void {
  for (const key of Object.keys(value)) {
    if (!keys.includes(key)) fail(`unknown key ${JSON.stringify(key)} (known: ${keys.join(', ')})`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
