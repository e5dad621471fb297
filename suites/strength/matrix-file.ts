/**
 * What was measured of each seeded fault, as a file: suites/strength/fault-matrix.json. Measuring takes long, so it is
 * done in pieces that are merged here.
 */
import { existsSync, readFileSync } from 'node:fs';
import { deviceFaults } from '../../emulator/faults/catalogue.ts';
import type { Effort } from '../../harness/result.ts';
import type { Hunt } from './fault-hunt.ts';

export const MATRIX_SCHEMA = 'virtcheck-fault-matrix/1';

export interface MeasuredHunt {
  readonly seed: number;
  /** A clause that the fault's entry names broke. */
  readonly caught: boolean;
  /** Scenarios until then, or all of the run. */
  readonly scenarios: number;
  /** Driver actions of the shrunk finding, where it was shrunk. */
  readonly actions?: number;
}

export interface MeasuredFault {
  readonly name: string;
  /** Clauses under which it was caught, in any hunt. */
  readonly detectedBy: readonly string[];
  /** By seed. */
  readonly hunts: readonly MeasuredHunt[];
}

export interface Matrix {
  readonly schema: typeof MATRIX_SCHEMA;
  readonly effort: Effort;
  readonly faults: readonly MeasuredFault[];
}

/** The file as it is, less what the catalogue does not list any more; empty where it was measured at another effort. */
export function readMatrix(
  path: string,
  effort: Effort,
  faults: readonly { readonly name: string }[] = deviceFaults,
): Map<string, MeasuredFault> {
  if (!existsSync(path)) return new Map();
  const matrix = JSON.parse(readFileSync(path, 'utf8')) as Partial<Matrix>;
  if (matrix.schema !== MATRIX_SCHEMA || matrix.effort !== effort) return new Map();
  const listed = new Set<string>(faults.map(({ name }) => name));
  const usable = (matrix.faults ?? []).filter(({ name, hunts }) => listed.has(name) && Array.isArray(hunts));
  return new Map(usable.map((fault) => [fault.name, fault]));
}

/** Adds a hunt. One that was for a single clause shows what breaks and does not count as a try. */
export function addHunt(matrix: Map<string, MeasuredFault>, one: Hunt, counts: boolean): void {
  const before = matrix.get(one.fault) ?? { name: one.fault, detectedBy: [], hunts: [] };
  const detectedBy = [...new Set([...before.detectedBy, ...one.detectedBy])].sort();
  const { seed, scenarios, actions } = one;
  const caught = one.named.length > 0;
  const measured: MeasuredHunt = { seed, caught, scenarios, ...(actions === undefined ? {} : { actions }) };
  const others = before.hunts.filter((entry) => entry.seed !== seed);
  const hunts = counts ? [...others, measured].sort((a, b) => a.seed - b.seed) : before.hunts;
  matrix.set(one.fault, { name: one.fault, detectedBy, hunts });
}

/** In the order of the catalogue, a fault to a line. */
export function matrixText(
  matrix: ReadonlyMap<string, MeasuredFault>,
  effort: Effort,
  faults: readonly { readonly name: string }[] = deviceFaults,
): string {
  const rows = faults.flatMap(({ name }) => matrix.get(name) ?? []);
  const lines = rows.map((row) => JSON.stringify(row)).join(',\n');
  return `{"schema":${JSON.stringify(MATRIX_SCHEMA)},"effort":${JSON.stringify(effort)},"faults":[\n${lines}\n]}\n`;
}
