/** Reads what proves the suite: the fault catalogue, the fault matrix and the waivers (suites/strength/). */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SeededFault } from '../emulator/faults/fault.ts';
import { packageFolder } from '../harness/package-folder.ts';
import { clauseCoverage, type ClauseCoverage, type FaultMatrix, type Waivers } from '../reports/coverage.ts';
import { UsageError } from './exit-codes.ts';

export const FAULT_MATRIX_SCHEMA = 'virtcheck-fault-matrix/1';

/** Every seeded fault there is. */
export async function loadFaults(): Promise<readonly SeededFault[]> {
  const [{ deviceFaults }, { driverFaults }] = await Promise.all([
    import('../emulator/faults/catalogue.ts'),
    import('../emulator/faults/driver-catalogue.ts'),
  ]);
  return [...deviceFaults, ...driverFaults];
}

/** What was measured of each party's faults. */
const MATRICES = [
  { file: 'fault-matrix.json', party: 'device' },
  { file: 'driver-fault-matrix.json', party: 'driver' },
] as const;

/** What the fault matrix and the waivers say, and what is missing. */
export interface Strength {
  readonly matrix: FaultMatrix;
  readonly waivers: Waivers;
  /** A line about a file that is not there. */
  readonly notes: readonly string[];
}

export function loadStrength(folder = join(packageFolder(), 'suites', 'strength')): Strength {
  const notes: string[] = [];
  const waiversPath = join(folder, 'waivers.json');
  const matrix = new Map<string, readonly string[]>();
  for (const { file, party } of MATRICES) {
    const path = join(folder, file);
    const parsed = readJson(path);
    if (parsed === undefined) {
      notes.push(
        `The fault matrix has not been measured yet (${path} is missing): no ${party} clause counts as covered.`,
      );
    } else for (const [name, ids] of parseMatrix(parsed, path)) matrix.set(name, ids);
  }
  return {
    matrix,
    waivers: parseWaivers(readJson(waiversPath) ?? {}, waiversPath),
    notes,
  };
}

/** Coverage of every clause as the files and the fault catalogue have it. */
export async function loadCoverage(): Promise<Strength & { readonly rows: readonly ClauseCoverage[] }> {
  const strength = loadStrength();
  return { ...strength, rows: clauseCoverage(await loadFaults(), strength.matrix, strength.waivers) };
}

function readJson(path: string): unknown {
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`${path}: ${(error as Error).message}`);
  }
}

function parseMatrix(parsed: unknown, path: string): FaultMatrix {
  const { schema, faults } = (parsed ?? {}) as { readonly schema?: unknown; readonly faults?: unknown };
  if (schema !== FAULT_MATRIX_SCHEMA || !Array.isArray(faults)) {
    throw new UsageError(`${path} is no fault matrix: its schema must be ${FAULT_MATRIX_SCHEMA}`, 'measure it anew');
  }
  const rows = faults as readonly { readonly name: string; readonly detectedBy: readonly string[] }[];
  return new Map(rows.map(({ name, detectedBy }) => [name, detectedBy]));
}

function parseWaivers(parsed: unknown, path: string): Waivers {
  const isTable = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
  const wrong = isTable
    ? Object.entries(parsed).find(([, reason]) => typeof reason !== 'string' || reason === '')
    : [''];
  if (wrong !== undefined) throw new UsageError(`${path}: every waiver needs a reason in words ${wrong[0]}`);
  return parsed as Waivers;
}
