/** The seeded-fault matrix as a page for people: docs/fault-matrix.md. */
import { deviceFaults, openDeviceFaults } from '../../emulator/faults/catalogue.ts';
import type { SeededFault } from '../../emulator/faults/fault.ts';
import type { Effort } from '../../harness/result.ts';
import type { MeasuredFault } from './matrix-file.ts';

/** A fault counts as caught when at least this share of the seeds caught it. */
const CAUGHT_SHARE = 0.9;
/** Shrunk findings are meant to have at most so many driver actions in the median over the faults. */
const GOAL_ACTIONS = 8;
/** Seeds that a claim about nine in ten needs. */
const ENOUGH_SEEDS = 10;

/** What a matrix is about. */
export interface Subject {
  readonly faults: readonly Pick<SeededFault, 'name' | 'clauses'>[];
  readonly open: readonly { readonly name: string; readonly open: string }[];
  /** Title and preface, a line each. */
  readonly intro: readonly string[];
}

/** The conformance suite against the emulated device. */
export function deviceSubject(effort: Effort): Subject {
  return {
    faults: deviceFaults,
    open: openDeviceFaults,
    intro: [
      '# Seeded faults and the clauses that catch them',
      '',
      `Made by \`npm run strength\`: the conformance suite at effort \`${effort}\` against the in-tree emulator, one fault at a`,
      'time. A seed catches a fault when a clause that its entry names breaks; "scenarios" counts those run until then,',
      'over all combinations of device and transport before it. "Actions" are the driver actions of the shrunk finding.',
    ],
  };
}

interface Row {
  readonly name: string;
  readonly detectedBy: readonly string[];
  readonly seeds: number;
  readonly caught: number;
  readonly median: number;
  readonly worst: number;
  /** Driver actions of the longest of its shrunk findings. */
  readonly actions: number | undefined;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0 ? 0 : sorted[sorted.length >>> 1];
}

function rowOf({ name, detectedBy, hunts }: MeasuredFault): Row {
  const scenarios = hunts.filter(({ caught }) => caught).map((one) => one.scenarios);
  const actions = hunts.flatMap((one) => one.actions ?? []);
  return {
    name,
    detectedBy,
    seeds: hunts.length,
    caught: scenarios.length,
    median: median(scenarios),
    worst: Math.max(0, ...scenarios),
    actions: actions.length === 0 ? undefined : Math.max(...actions),
  };
}

/** The figures, a line each. */
export function summaryOf(matrix: ReadonlyMap<string, MeasuredFault>, { faults }: Pick<Subject, 'faults'>): string[] {
  const rows = faults.flatMap(({ name }) => matrix.get(name) ?? []).map(rowOf);
  const caught = rows.filter((row) => row.caught >= CAUGHT_SHARE * row.seeds);
  const enough = rows.filter((row) => row.seeds >= ENOUGH_SEEDS);
  const hunts = rows.reduce((sum, row) => sum + row.seeds, 0);
  const found = rows.reduce((sum, row) => sum + row.caught, 0);
  const slowest = rows.reduce<Row | undefined>(
    (worst, row) => (row.worst > (worst?.worst ?? -1) ? row : worst),
    undefined,
  );
  const shrunk = rows.flatMap((row) => row.actions ?? []);
  const longest = rows.reduce<Row | undefined>(
    (worst, row) => ((row.actions ?? 0) > (worst?.actions ?? 0) ? row : worst),
    undefined,
  );
  return [
    `${rows.length} of ${faults.length} listed faults were measured, ${enough.length} of them from ${ENOUGH_SEEDS} seeds or more.`,
    `${caught.length} are caught from at least nine in ten of their seeds; ${found} of ${hunts} hunts caught their fault.`,
    `Scenarios until a fault is caught: ${median(rows.map((row) => row.median))} in the median over the faults, ` +
      `${slowest?.worst ?? 0} at worst (${slowest?.name ?? 'none'}).`,
    `Driver actions of the shrunk finding: ${median(shrunk)} in the median over ${shrunk.length} faults ` +
      `(the goal is ${GOAL_ACTIONS} or fewer), ${longest?.actions ?? 0} at worst (${longest?.name ?? 'none'}).`,
  ];
}

export function pageOf(matrix: ReadonlyMap<string, MeasuredFault>, subject: Subject): string {
  const lines = [
    ...subject.intro,
    '',
    ...summaryOf(matrix, subject).map((line) => `- ${line}`),
    '',
    '| fault | seeds | scenarios: median | worst | actions | named clauses that caught it | other clauses that broke |',
    '|---|---|---|---|---|---|---|',
  ];
  for (const { name, clauses } of subject.faults) {
    const measured = matrix.get(name);
    if (measured === undefined) {
      lines.push(`| ${name} | not measured | | | | | |`);
      continue;
    }
    const row = rowOf(measured);
    const own = row.detectedBy.filter((id) => clauses.some((clause) => clause === id));
    const others = row.detectedBy.filter((id) => !clauses.some((clause) => clause === id));
    lines.push(
      `| ${name} | ${row.caught}/${row.seeds} | ${row.median} | ${row.worst} | ${row.actions ?? ''} | ${own.join(', ')} | ${others.join(', ')} |`,
    );
  }
  lines.push(
    '',
    '## Faults that are not counted',
    '',
    'They can be switched on and the suite does not catch them under a clause that they break.',
    '',
    '| fault | why |',
    '|---|---|',
    ...subject.open.map((fault) => `| ${fault.name} | ${fault.open} |`),
  );
  return `${lines.join('\n')}\n`;
}
