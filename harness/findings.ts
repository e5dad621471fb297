/** From a scenario that broke a clause to a finding: shrunk, described, saved. */
import { join } from 'node:path';
import { commandLine } from './command-line.ts';
import { actionKinds } from './action-kinds.ts';
import { headOf, scriptOf, traceOf } from './trace-of.ts';
import { writeWhole } from './trace-file.ts';
import { describeScenario } from './describe.ts';
import { counterexample } from './attribution.ts';
import type { Showing } from './expectations.ts';
import type { Bench } from './perform.ts';
import type { Finding, Unconfirmed } from './result.ts';
import type { RunOptions } from './run-api.ts';
import { patiently } from './patience.ts';
import { breaks, shrink } from './shrink.ts';
import type { Scenario } from '../generators/scenario.ts';
import { CLAUSES, clause as clauseIndex, type ClauseId } from '../models/clauses/catalogue.ts';
import type { Violation } from '../models/report.ts';

export interface Suspect {
  readonly bench: Bench;
  readonly scenario: Scenario;
  readonly violation: Violation;
}

const DEFAULT_BUDGET = { sync: 600, async: 150 } as const;
/** Time that shrinking one finding may take, in milliseconds: where each try hangs, executions are no measure. */
const LONGEST_SHRINK_MS = 20_000;

export interface Findings {
  readonly findings: Finding[];
  readonly unconfirmed: Unconfirmed[];
  /** How each clause of a finding broke. */
  readonly showings: Map<ClauseId, Showing>;
}

/**
 * Shrinks every suspect, confirms it on a freshly started implementation that is given all its time, and saves its
 * reproducers where the run has a folder for them. What does not hold there is no finding: it may be this machine's load
 * or a state that an earlier scenario left behind.
 */
export async function makeFindings(
  suspects: readonly Suspect[],
  options: RunOptions,
  onProgress: () => void,
): Promise<Findings> {
  const findings: Finding[] = [];
  const unconfirmed: Unconfirmed[] = [];
  const showings = new Map<ClauseId, Showing>();
  const minimal: { bench: Bench; scenario: Scenario }[] = [];
  // Short ones first: what they shrink to often breaks other clauses too and need not be found again.
  const ordered = [...suspects].sort((a, b) => a.scenario.actions.length - b.scenario.actions.length);
  const report = ordered[0]?.bench.contract.report;
  if (!report) return { findings, unconfirmed, showings };
  // Shrinking counts neither as exercise nor as violation: the verdicts are those of the run itself.
  const exercised = report.exercised.slice();
  const violated = report.violated.slice();
  for (const suspect of ordered) {
    onProgress();
    const { bench } = suspect;
    const { clause } = suspect.violation;
    let start = suspect.scenario;
    for (const other of minimal) {
      if (other.bench !== bench || other.scenario.actions.length >= start.actions.length) continue;
      if (await breaks(bench, other.scenario, clause)) start = other.scenario;
    }
    const budget = options.shrinkBudget ?? budgetFor(bench, clause);
    const latest = performance.now() + LONGEST_SHRINK_MS;
    const stop = () => {
      onProgress();
      return options.signal?.aborted === true || performance.now() > latest;
    };
    const shrunk = await shrink(bench, start, clause, budget, stop);
    const scenario = await confirmed(bench, [shrunk.scenario, start, suspect.scenario], clause);
    if (scenario === undefined) {
      const { expected, seen } = suspect.violation;
      unconfirmed.push({ clause, expected, seen, steps: describeScenario(shrunk.scenario) });
      violated[clauseIndex(clause)] = 0;
      continue;
    }
    const violation = bench.contract.report.violations.find((entry) => entry.clause === clause) ?? suspect.violation;
    const plain = await counterexample(bench, scenario, violation);
    if (plain !== undefined) {
      // Counted for the wrong clause. The right one has a suspect of its own, or gets one now.
      violated[clauseIndex(clause)] = 0;
      const right = violation.unexplained!;
      if (!ordered.some((other) => other.violation.clause === right)) {
        violated[clauseIndex(right)]++;
        ordered.push({ bench, scenario: plain, violation: { ...violation, clause: right, unexplained: undefined } });
      }
      continue;
    }
    minimal.push({ bench, scenario });
    const kinds = actionKinds(scenario);
    showings.set(clause, { clause, seen: violation.seen, kinds });
    findings.push(await finding(bench, scenario, violation, options));
  }
  report.exercised.set(exercised);
  report.violated.set(violated);
  findings.sort((a, b) => clauseIndex(a.clause) - clauseIndex(b.clause));
  return { findings, unconfirmed, showings };
}

/** Executions that shrinking may cost. A death or hang costs the watchdog and a new process each time. */
function budgetFor(bench: Bench, clause: ClauseId): number {
  if (bench.session.kind === 'async' && clause === 'untagged.live.2') return 12;
  return DEFAULT_BUDGET[bench.session.kind];
}

/** The first of the scenarios that breaks the clause on a fresh implementation with all its patience; its log is the last. */
async function confirmed(
  bench: Bench,
  scenarios: readonly Scenario[],
  clause: ClauseId,
): Promise<Scenario | undefined> {
  return patiently(bench.session, async () => {
    for (const scenario of new Set(scenarios)) if (await breaks(bench, scenario, clause, true)) return scenario;
    return undefined;
  });
}

async function finding(bench: Bench, scenario: Scenario, violation: Violation, options: RunOptions): Promise<Finding> {
  const { info } = bench.session;
  const row = CLAUSES[clauseIndex(violation.clause)];
  const steps = describeScenario(scenario);
  const result: Finding = {
    clause: violation.clause,
    title: row.summary,
    expected: violation.expected,
    seen: violation.seen,
    state: violation.state,
    steps,
    actions: scenario.actions.length,
    trace: null,
    qtest: null,
    replay: null,
  };
  if (options.outDir === undefined) return result;
  const stem = `${info.device}-${info.transport}-${violation.clause}`;
  const trace = join(options.outDir, `${stem}.trace.json`);
  await writeWhole(trace, traceOf(bench, scenario, violation, options.seed));
  const script = scriptOf(bench, headOf(scenario, violation));
  const qtest = script === undefined ? null : join(options.outDir, `${stem}.qtest`);
  if (qtest !== null) await writeWhole(qtest, script!);
  return { ...result, trace, qtest, replay: commandLine('replay', trace) };
}
