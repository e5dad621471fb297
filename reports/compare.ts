/** What changed between two results: the regression view of `virtcheck compare`. */
import type { Level, Party } from '../models/clauses/catalogue.ts';
import type { Judged } from './judged.ts';
import { plural, table, wrap, type Cell, type Layout } from './text.ts';
import { combinationName, isLost, standingOf, type Standing } from './verdicts.ts';

export const COMPARE_SCHEMA = 'virtcheck-compare/1';

/**
 * `worse`: newly broken, or no longer excused. `better`: no longer broken. `unknown`: it was exercised and is not any
 * more, which says nothing about the implementation. `other`: the rest, such as a deviation that is recorded by now.
 */
export type Direction = 'worse' | 'better' | 'unknown' | 'other';

export interface Change {
  readonly clause: string;
  readonly level: Level;
  readonly party: Party;
  readonly section: string;
  readonly summary: string;
  readonly combination: string;
  readonly before: Standing;
  readonly after: Standing;
  readonly direction: Direction;
  /** What was seen, where it is broken now. */
  readonly seen?: string;
  readonly replay?: string;
}

/** What `virtcheck compare --json` writes (schema: reports/schemas/compare.schema.json). */
export interface Comparison {
  readonly schema: typeof COMPARE_SCHEMA;
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly changes: readonly Change[];
  /** Combinations that only one of the two has, or that could not be judged the second time. */
  readonly gone: readonly string[];
  readonly added: readonly string[];
  readonly lost: readonly string[];
  /** Clauses of combinations on both sides that stand as they stood. */
  readonly unchanged: number;
  readonly worse: boolean;
}

export function compareResults(before: readonly Judged[], after: readonly Judged[]): Comparison {
  // Where both sides judge one implementation, its name may have changed (another branch, a fault switched on).
  const names = (runs: readonly Judged[]): number => new Set(runs.map((run) => run.target.name)).size;
  const byName = names(before) > 1 || names(after) > 1;
  const key = (run: Judged): string => (byName ? `${run.target.name} ${combinationName(run)}` : combinationName(run));
  const old = new Map(before.map((run) => [key(run), run]));
  const now = new Map(after.map((run) => [key(run), run]));
  const changes: Change[] = [];
  const lost: string[] = [];
  let unchanged = 0;
  for (const [combination, run] of now) {
    const past = old.get(combination);
    if (past === undefined) continue;
    if (isLost(run) && !isLost(past)) lost.push(combination);
    const found = changesOf(combination, past, run);
    changes.push(...found.changes);
    unchanged += found.unchanged;
  }
  changes.sort((a, b) => DIRECTIONS.indexOf(a.direction) - DIRECTIONS.indexOf(b.direction));
  return {
    schema: COMPARE_SCHEMA,
    before: [...new Set(before.map(versionName))],
    after: [...new Set(after.map(versionName))],
    changes,
    gone: [...old.keys()].filter((combination) => !now.has(combination)),
    added: [...now.keys()].filter((combination) => !old.has(combination)),
    lost,
    unchanged,
    worse: lost.length > 0 || changes.some((change) => change.direction === 'worse'),
  };
}

function versionName(run: Judged): string {
  return `${run.target.name} ${run.target.version}`.trim();
}

function changesOf(combination: string, past: Judged, run: Judged): { changes: readonly Change[]; unchanged: number } {
  const stood = new Map(past.clauses.map((clause) => [clause.id, standingOf(clause)]));
  const changes: Change[] = [];
  let unchanged = 0;
  for (const clause of run.clauses) {
    const { id, level, party, section, summary } = clause;
    const after = standingOf(clause);
    // A clause that one version of virtcheck did not know yet was not exercised by it.
    const before = stood.get(id) ?? 'inconclusive';
    if (before === after) {
      unchanged++;
      continue;
    }
    const finding = run.findings.find((candidate) => candidate.clause === id);
    changes.push({
      clause: id,
      level,
      party,
      section,
      summary,
      combination,
      before,
      after,
      direction: directionOf(before, after),
      ...(finding === undefined ? {} : { seen: finding.seen }),
      ...(finding?.replay === undefined || finding.replay === null ? {} : { replay: finding.replay }),
    });
  }
  return { changes, unchanged };
}

function directionOf(before: Standing, after: Standing): Direction {
  const broken = (standing: Standing): boolean => standing === 'fail' || standing === 'warn';
  if (after === 'fail') return 'worse';
  if (after === 'warn') return before === 'fail' ? 'better' : 'worse';
  if (after === 'expected') return 'other';
  if (after === 'pass') return broken(before) || before === 'expected' ? 'better' : 'other';
  return before === 'skip' || before === 'inconclusive' ? 'other' : 'unknown';
}

/** In the order in which they are told. */
export const DIRECTIONS: readonly Direction[] = ['worse', 'better', 'unknown', 'other'];

export const HEADINGS: Readonly<Record<Direction, string>> = {
  worse: 'Worse',
  better: 'Better',
  unknown: 'Not exercised any more',
  other: 'Otherwise changed',
};

export function of(comparison: Comparison, direction: Direction): readonly Change[] {
  return comparison.changes.filter((change) => change.direction === direction);
}

/** The comparison for people, ending with a newline. */
export function comparisonText(comparison: Comparison, layout: Layout & { readonly quiet?: boolean }): string {
  const { style, width, quiet } = layout;
  const sections: string[] = [];
  if (!quiet)
    sections.push(`${style.bold(comparison.before.join(', '))} -> ${style.bold(comparison.after.join(', '))}`);
  const paint = { worse: style.red, better: style.green, unknown: style.yellow, other: style.dim };
  for (const direction of DIRECTIONS) {
    const rows = of(comparison, direction);
    if (rows.length === 0 || (quiet && direction !== 'worse')) continue;
    sections.push([paint[direction](style.bold(HEADINGS[direction])), ...lines(rows, direction, layout)].join('\n'));
  }
  const list = (what: string, names: readonly string[]): void => {
    if (names.length > 0) sections.push(wrap(`${what}: ${names.join(', ')}`, width));
  };
  list('Could not be judged any more', comparison.lost);
  if (!quiet) list('Only in the first', comparison.gone);
  if (!quiet) list('Only in the second', comparison.added);
  const verdict = comparison.worse ? style.red('Worse') : style.green('Not worse');
  sections.push(
    `${style.bold(verdict)}: ${plural(of(comparison, 'worse').length, 'verdict')} worse, ${of(comparison, 'better').length} better, ${of(comparison, 'unknown').length} not exercised any more, ${comparison.unchanged} unchanged.`,
  );
  return `${sections.join('\n\n')}\n`;
}

function lines(changes: readonly Change[], direction: Direction, { style, width }: Layout): readonly string[] {
  if (direction !== 'worse') {
    const rows = changes.map((change): readonly Cell[] => [
      { text: change.clause },
      { text: `${change.before} -> ${change.after}` },
      { text: change.combination, paint: style.dim },
    ]);
    return [table(rows)];
  }
  return changes.flatMap((change) => [
    `  ${style.bold(change.clause)}  ${change.level}  section ${change.section}  ${change.before} -> ${change.after}  ${style.dim(change.combination)}`,
    wrap(change.summary, width, '    '),
    ...(change.seen === undefined ? [] : [wrap(change.seen, width, '    Seen:   ')]),
    ...(change.replay === undefined ? [] : [`    Replay: ${change.replay}`]),
  ]);
}
