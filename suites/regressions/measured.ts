/**
 * How soon random search finds each regression, over several seeds, as a file (suites/strength/regressions.json) and as a
 * page for people (docs/regressions.md). Measuring takes long, so it is done in pieces that are merged here.
 */
import { existsSync, readFileSync } from 'node:fs';
import type { RegressionCase } from './case.ts';
import { REGRESSIONS } from './index.ts';

export const MEASURED_SCHEMA = 'virtcheck-regression-search/1';

/** Scenarios in the median over the seeds, at most, until a defect of history is found. */
export const GOAL_SCENARIOS = 200;
/** The same for defects that only some schedules of two threads show. */
export const GOAL_SCHEDULES = 2000;
/** Actions of the shrunk scenario, in the median over the seeds. */
export const GOAL_ACTIONS = 10;
/** Seeds that a claim about medians needs. */
export const ENOUGH_SEEDS = 10;

/** One search. Nulls: it found nothing before it gave up. */
export interface MeasuredSearch {
  readonly seed: number;
  readonly scenarios: number | null;
  readonly actions: number | null;
}

export type Measured = Map<string, readonly MeasuredSearch[]>;

/** The file as it is, less the cases that are not listed any more. */
export function readMeasured(path: string): Measured {
  if (!existsSync(path)) return new Map();
  const file = JSON.parse(readFileSync(path, 'utf8')) as {
    readonly schema?: string;
    readonly cases?: readonly { readonly id: string; readonly searches: readonly MeasuredSearch[] }[];
  };
  if (file.schema !== MEASURED_SCHEMA) return new Map();
  const listed = new Set(searchable().map(({ id }) => id));
  return new Map((file.cases ?? []).filter(({ id }) => listed.has(id)).map(({ id, searches }) => [id, searches]));
}

/** In the order of the catalogue, a case to a line. */
export function measuredText(measured: Measured): string {
  const lines = searchable().flatMap(({ id, status }) => {
    const searches = measured.get(id);
    return searches === undefined ? [] : [JSON.stringify({ id, status, searches })];
  });
  return `{"schema":${JSON.stringify(MEASURED_SCHEMA)},"cases":[\n${lines.join(',\n')}\n]}\n`;
}

export function searchable(): readonly RegressionCase[] {
  return REGRESSIONS.filter(({ noSearch }) => noSearch === undefined);
}

export function addSearch(measured: Measured, id: string, one: MeasuredSearch): void {
  const others = (measured.get(id) ?? []).filter(({ seed }) => seed !== one.seed);
  measured.set(
    id,
    [...others, one].sort((a, b) => a.seed - b.seed),
  );
}

export interface Figures {
  readonly regression: RegressionCase;
  readonly seeds: number;
  /** Searches that found nothing. */
  readonly missed: number;
  /** Over the seeds; infinite where half of the searches or more found nothing. */
  readonly median: number;
  readonly worst: number;
  /** Of the shrunk scenarios, in the median. */
  readonly actions: number;
  /** Scenarios that the median may come to; open findings have no bound. */
  readonly bound: number | null;
  readonly kept: boolean;
}

/** The mean of the two in the middle where there are two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >>> 1;
  if (sorted.length === 0) return 0;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function figuresOf(measured: Measured): readonly Figures[] {
  return searchable().flatMap((regression) => {
    const searches = measured.get(regression.id);
    if (searches === undefined) return [];
    const scenarios = searches.map((one) => one.scenarios ?? Infinity);
    const middle = median(scenarios);
    const actions = median(searches.map((one) => one.actions ?? Infinity));
    const bound = regression.status === 'open' ? null : regression.race === true ? GOAL_SCHEDULES : GOAL_SCENARIOS;
    return [
      {
        regression,
        seeds: searches.length,
        missed: scenarios.filter((count) => count === Infinity).length,
        median: middle,
        worst: Math.max(...scenarios),
        actions,
        bound,
        kept: bound === null || (middle <= bound && actions <= GOAL_ACTIONS),
      },
    ];
  });
}

/** The figures, a line each. */
export function summaryOf(figures: readonly Figures[]): readonly string[] {
  const bounded = figures.filter(({ bound }) => bound !== null);
  const slowest = bounded.reduce<Figures | undefined>(
    (worst, one) => (one.bound === GOAL_SCENARIOS && one.median > (worst?.median ?? -1) ? one : worst),
    undefined,
  );
  const least = figures.reduce((fewest, { seeds }) => Math.min(fewest, seeds), Infinity);
  return [
    `${figures.length} of ${searchable().length} cases that can be searched for were measured, each from ${least} seeds or more.`,
    `${bounded.filter(({ kept }) => kept).length} of ${bounded.length} historical ones keep their bound: ` +
      `a median of at most ${GOAL_SCENARIOS} scenarios (races: ${GOAL_SCHEDULES}), shrunk to at most ${GOAL_ACTIONS} actions.`,
    `The slowest historical one without a race takes ${number(slowest?.median ?? 0)} in the median (${slowest?.regression.id ?? 'none'}).`,
    `Shrunk scenarios have ${number(median(figures.map(({ actions }) => actions)))} actions in the median over the cases, ` +
      `${number(Math.max(0, ...figures.map(({ actions }) => actions).filter(Number.isFinite)))} at most.`,
  ];
}

const number = (value: number): string =>
  value === Infinity ? 'not found' : Number.isInteger(value) ? `${value}` : value.toFixed(1);

export function pageOf(measured: Measured): string {
  const figures = figuresOf(measured);
  const rows = figures.map(({ regression: { id, title, status }, seeds, missed, kept, ...row }) => {
    const verdict =
      row.bound === null ? 'open, no bound' : kept ? `at most ${row.bound}: kept` : `at most ${row.bound}: **missed**`;
    const found = missed === 0 ? `${seeds}` : `${seeds - missed} of ${seeds}`;
    return `| ${id} | ${title} | ${status} | ${found} | ${number(row.median)} | ${number(row.worst)} | ${number(row.actions)} | ${verdict} |`;
  });
  const unsearched = REGRESSIONS.filter(({ noSearch }) => noSearch !== undefined);
  return [
    '# How soon random search finds each regression',
    '',
    'Written by `npm run regressions`; do not edit. The figures behind it are in `suites/strength/regressions.json`.',
    '',
    'Scenarios are drawn without any knowledge of the case: machine, bus, byte order, kernel, device and what happens to',
    'them (`generators/driver/arbitrary.ts`). A case counts as found when one of its clauses breaks with the defect and none',
    'of them breaks, in the same scenario, without. For races a scenario is a schedule of two threads and all that led there.',
    '_Actions_ are what the shrunk scenario asks for (attach, transfer, settle, detach, ...), attaching included.',
    '',
    ...summaryOf(figures).map((line) => `- ${line}`),
    '',
    '| case | what | status | seeds | median scenarios | worst | median actions, shrunk | bound |',
    '| ---- | ---- | ------ | ----: | ---------------: | ----: | ---------------------: | ----- |',
    ...rows,
    ...(unsearched.length === 0
      ? []
      : ['', '## Not searched for', '', ...unsearched.map(({ id, noSearch }) => `- ${id}: ${noSearch}`)]),
    '',
  ].join('\n');
}
