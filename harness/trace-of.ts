/** The trace file that a showing of a broken clause is saved as, and the script that shows it without this project. */
import type { Scenario } from '../generators/scenario.ts';
import { CLAUSES, clause as clauseIndex, type ClauseId } from '../models/clauses/catalogue.ts';
import { packageVersion } from '../targets/package-version.ts';
import { describeScenario } from './describe.ts';
import type { Bench } from './perform.ts';
import { qtestScript } from './qtest-script.ts';
import { eventLines, TRACE_SCHEMA, type TraceFile } from './trace-file.ts';

/** What broke, in the scenario that the bench ran last. */
export interface Broken {
  readonly clause: ClauseId;
  readonly expected: string;
  readonly seen: string;
  readonly state: string;
  /** Row of the log in which it broke; absent where the log is lost. */
  readonly row?: number;
}

/** `logged`: the bench's log is that of the scenario. */
export function traceOf(bench: Bench, scenario: Scenario, broken: Broken, seed: number, logged = true): string {
  const { target, version, device, transport, variant, mode, faults = [] } = bench.session.info;
  const { clause, expected, seen, state, row } = broken;
  const file: TraceFile = {
    schema: TRACE_SCHEMA,
    virtcheck: packageVersion(),
    target: { name: target, version, device, transport, variant, mode: mode.name, faults },
    seed,
    clause,
    expected,
    seen,
    state,
    ...(row === undefined || !logged ? {} : { row }),
    scenario,
    events: logged ? eventLines(bench.log) : [],
  };
  return `${JSON.stringify(file, null, 1)}\n`;
}

/** What broke and the steps to it, a line each. `title` stands where no clause broke. */
export function headOf(
  scenario: Scenario,
  broken: Omit<Broken, 'clause'> & { readonly clause: ClauseId | null },
  title = '',
): string[] {
  const { clause, expected, seen } = broken;
  const row = clause === null ? undefined : CLAUSES[clauseIndex(clause)];
  return [
    row === undefined ? title : `${row.id} (${row.section}): ${row.summary}`,
    `expected: ${expected}`,
    ...`seen: ${seen}`.split('\n'),
    ...describeScenario(scenario).map((step, i) => `${i + 1}. ${step}`),
  ];
}

/** The log as a script for a stock qtest endpoint; undefined where the target has none. */
export function scriptOf({ log, session: { info } }: Bench, head: readonly string[]): string | undefined {
  return info.registerBase === undefined ? undefined : `${qtestScript(log, info, head).join('\n')}\n`;
}
