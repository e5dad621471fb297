/**
 * Which clauses the suite covers, and by what proof. A clause counts as covered only when a seeded fault that is said to
 * break it is caught under that very clause: a check that cannot fail covers nothing.
 */
import {
  CLAUSES,
  type Clause,
  type ClauseId,
  type Level,
  type Party,
  type Testability,
} from '../models/clauses/catalogue.ts';

export type CoverageState = 'covered' | 'waived' | 'open';
export const COVERAGE_STATES: readonly CoverageState[] = ['covered', 'waived', 'open'];

/** A row of `virtcheck clauses --json` (schema: reports/schemas/clauses.schema.json). */
export interface ClauseCoverage {
  readonly id: ClauseId;
  readonly area: string;
  readonly party: Party;
  readonly level: Level;
  readonly testability: Testability;
  readonly coverage: CoverageState;
  /** Seeded faults that prove it. */
  readonly provenBy: readonly string[];
  /** Why it is waived. */
  readonly reason?: string;
}

/** What coverage needs to know of a seeded fault. */
export interface FaultClaim {
  readonly name: string;
  /** The clauses that the fault breaks, by its entry in the catalogue. */
  readonly clauses: readonly string[];
}

/** Clause ids under which each fault was caught, by name (suites/strength/fault-matrix.json). */
export type FaultMatrix = ReadonlyMap<string, readonly string[]>;

/** Reasons by clause id or by prefix with a trailing `*` (suites/strength/waivers.json). */
export type Waivers = Readonly<Record<string, string>>;

export function clauseCoverage(
  faults: readonly FaultClaim[],
  matrix: FaultMatrix,
  waivers: Waivers,
): readonly ClauseCoverage[] {
  const proofs = new Map<string, string[]>();
  for (const { name, clauses } of faults) {
    for (const id of matrix.get(name) ?? []) {
      if (clauses.includes(id)) proofs.set(id, [...(proofs.get(id) ?? []), name]);
    }
  }
  return CLAUSES.map((clause) => {
    const { id, area, party, level, testability } = clause;
    const provenBy = proofs.get(id) ?? [];
    const reason = provenBy.length > 0 ? undefined : waiverOf(id, waivers);
    const coverage = provenBy.length > 0 ? 'covered' : reason !== undefined ? 'waived' : 'open';
    return { id, area, party, level, testability, coverage, provenBy, ...(reason !== undefined ? { reason } : {}) };
  });
}

/** The reason for an exact id, else that of the longest prefix that fits. */
function waiverOf(id: string, waivers: Waivers): string | undefined {
  if (Object.hasOwn(waivers, id)) return waivers[id];
  const prefixes = Object.keys(waivers).filter((key) => key.endsWith('*') && id.startsWith(key.slice(0, -1)));
  const longest = prefixes.sort((a, b) => b.length - a.length).at(0);
  return longest === undefined ? undefined : waivers[longest];
}

/** Waivers that excuse nothing: their key fits no clause, or only clauses that are covered by now. */
export function idleWaivers(rows: readonly ClauseCoverage[], waivers: Waivers): readonly string[] {
  return Object.keys(waivers).filter((key) => {
    const fits = (id: string): boolean => (key.endsWith('*') ? id.startsWith(key.slice(0, -1)) : id === key);
    return !rows.some((row) => row.coverage === 'waived' && fits(row.id));
  });
}

/** Covered, waived and open clauses of each area, areas in catalogue order. */
export function coverageByArea(rows: readonly ClauseCoverage[]): ReadonlyMap<string, Record<CoverageState, number>> {
  const areas = new Map<string, Record<CoverageState, number>>();
  for (const row of rows) {
    const tally = areas.get(row.area) ?? { covered: 0, waived: 0, open: 0 };
    tally[row.coverage]++;
    areas.set(row.area, tally);
  }
  return areas;
}

/** Areas that the suite sets out to cover, of devices and of drivers. */
const GOAL_AREAS: ReadonlySet<string> = new Set([
  'basic',
  'init',
  'reserved',
  'split',
  'mmio',
  'entropy',
  'console',
  'blk',
]);

/** Driver clauses that are about zoned block devices (5.2.5.1, and 5.2.6.1 from the zone requests on). */
const DRIVER_INITIALIZATION_ZONED = 5;
const DRIVER_OPERATION_ZONED = 17;

/** Whether a clause is about zoned block devices (5.2.5.2 and 5.2.6.2 from there on), which are left out for now. */
function isZoned(id: string): boolean {
  const [, step, of] = /^blk\.driver\.device-(initialization|operation)\.(\d+)/.exec(id) ?? [];
  if (step !== undefined) {
    return Number(of) >= (step === 'initialization' ? DRIVER_INITIALIZATION_ZONED : DRIVER_OPERATION_ZONED);
  }
  const [, part, number] = /^blk\.device\.device-(initialization|operation)\.(\d+)$/.exec(id) ?? [];
  if (part === 'initialization') return Number(number) >= 7;
  return part === 'operation' && Number(number) >= 19;
}

/**
 * The clauses that the suite sets out to cover: those on devices that can be observed, in the areas of MMIO, split
 * virtqueues and the three device types, less those that only zoned block devices have to keep.
 */
export function inGoal(row: ClauseCoverage): boolean {
  return (
    GOAL_AREAS.has(row.area) && row.party !== 'driver' && row.testability === 'device-observable' && !isZoned(row.id)
  );
}

/** The same of drivers: what of their clauses can be observed, with the zoned ones left out. */
export function inDriverGoal(row: ClauseCoverage): boolean {
  return (
    GOAL_AREAS.has(row.area) && row.party !== 'device' && row.testability === 'driver-observable' && !isZoned(row.id)
  );
}

export interface Goal extends Record<CoverageState, number> {
  readonly party: 'device' | 'driver';
  readonly total: number;
}

/** How far the suite has come with what it sets out to cover. */
export function goals(rows: readonly ClauseCoverage[]): readonly Goal[] {
  const goal = (party: Goal['party'], members: readonly ClauseCoverage[]): Goal => {
    const tally = (state: CoverageState): number => members.filter((row) => row.coverage === state).length;
    const states = { covered: tally('covered'), waived: tally('waived'), open: tally('open') };
    return { party, total: members.length, ...states };
  };
  return [goal('device', rows.filter(inGoal)), goal('driver', rows.filter(inDriverGoal))];
}

/** The catalogue row of a coverage row, for its section and summary. */
export function clauseOf(row: ClauseCoverage): Clause {
  return byId.get(row.id)!;
}

const byId = new Map<string, Clause>(CLAUSES.map((clause) => [clause.id, clause]));
