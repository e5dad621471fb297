/** From a scenario that broke a clause to a finding: shrunk, described, saved. */
import { join } from 'node:path';
import { eventLines, TRACE_SCHEMA, writeWhole, type TraceFile } from './trace-file.ts';
import { describeScenario } from './describe.ts';
import { qtestScript } from './qtest-script.ts';
import type { Bench } from './perform.ts';
import type { Finding } from './result.ts';
import type { RunOptions } from './run-api.ts';
import { breaks, shrink } from './shrink.ts';
import type { Scenario } from '../generators/scenario.ts';
import { CLAUSES, clause as clauseIndex } from '../models/clauses/catalogue.ts';
import type { Violation } from '../models/report.ts';
import { packageVersion } from '../targets/package-version.ts';

export interface Suspect {
  readonly bench: Bench;
  readonly scenario: Scenario;
  readonly violation: Violation;
}

const DEFAULT_BUDGET = { sync: 600, async: 150 } as const;

/** Shrinks every suspect and saves its reproducers where the run has a folder for them. */
export async function makeFindings(
  suspects: readonly Suspect[],
  options: RunOptions,
  onProgress: () => void,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const minimal: { bench: Bench; scenario: Scenario }[] = [];
  // Short ones first: what they shrink to often breaks other clauses too and need not be found again.
  const ordered = [...suspects].sort((a, b) => a.scenario.actions.length - b.scenario.actions.length);
  // Shrinking runs count neither as exercises nor as violations: the verdicts are those of the run itself.
  const report = ordered[0]?.bench.contract.report;
  const exercised = report?.exercised.slice();
  const violated = report?.violated.slice();
  for (const suspect of ordered) {
    onProgress();
    const { bench } = suspect;
    const { clause } = suspect.violation;
    let start = suspect.scenario;
    for (const other of minimal) {
      if (other.bench !== bench || other.scenario.actions.length >= start.actions.length) continue;
      if (await breaks(bench, other.scenario, clause)) start = other.scenario;
    }
    const budget = options.shrinkBudget ?? DEFAULT_BUDGET[bench.session.kind];
    const stop = () => options.signal?.aborted === true;
    const { scenario } = await shrink(bench, start, clause, budget, stop);
    // Once more on a fresh implementation: this is the recording that is saved.
    const holds = await breaks(bench, scenario, clause, true);
    const violation = bench.contract.report.violations.find((entry) => entry.clause === clause) ?? suspect.violation;
    minimal.push({ bench, scenario });
    findings.push(await finding(bench, scenario, violation, holds, options));
  }
  if (report && exercised && violated) {
    report.exercised.set(exercised);
    report.violated.set(violated);
  }
  return findings.sort((a, b) => clauseIndex(a.clause) - clauseIndex(b.clause));
}

async function finding(
  bench: Bench,
  scenario: Scenario,
  violation: Violation,
  holds: boolean,
  options: RunOptions,
): Promise<Finding> {
  const { info } = bench.session;
  const row = CLAUSES[clauseIndex(violation.clause)];
  const steps = describeScenario(scenario);
  if (!holds) steps.push('(did not show again on a freshly started implementation; it depends on what ran before)');
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
  const file: TraceFile = {
    schema: TRACE_SCHEMA,
    virtcheck: packageVersion(),
    target: {
      name: info.target,
      version: info.version,
      device: info.device,
      transport: info.transport,
      variant: info.variant,
      mode: info.mode.name,
      faults: info.faults ?? [],
    },
    seed: options.seed,
    clause: violation.clause,
    expected: violation.expected,
    seen: violation.seen,
    state: violation.state,
    scenario,
    events: eventLines(bench.log),
  };
  await writeWhole(trace, `${JSON.stringify(file, null, 1)}\n`);
  let qtest: string | null = null;
  if (info.registerBase !== undefined) {
    qtest = join(options.outDir, `${stem}.qtest`);
    const head = [
      `${violation.clause} (${row.section}): ${row.summary}`,
      `expected: ${violation.expected}`,
      `seen: ${violation.seen}`,
      ...steps.map((step, i) => `${i + 1}. ${step}`),
    ];
    await writeWhole(qtest, `${qtestScript(bench.log, info, head).join('\n')}\n`);
  }
  return { ...result, trace, qtest, replay: `virtcheck replay ${trace}` };
}
