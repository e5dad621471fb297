/** What a result amounts to: which clauses count against an implementation, and whether the whole run is conformant. */
import type { ClauseResult, Finding } from '../harness/result.ts';
import type { Judged } from './judged.ts';

/** A broken MUST always counts; a broken SHOULD only under `--strict`. Recorded deviations never do. */
export function isDeviation(clause: ClauseResult, strict: boolean): boolean {
  if (clause.expected === true) return false;
  return clause.verdict === 'fail' || (strict && clause.verdict === 'warn');
}

/** A broken SHOULD that does not fail the run. */
export function isWarning(clause: ClauseResult, strict: boolean): boolean {
  return clause.verdict === 'warn' && clause.expected !== true && !strict;
}

/** A recorded deviation that showed up. */
export function isExpected(clause: ClauseResult): boolean {
  return clause.expected === true && (clause.verdict === 'fail' || clause.verdict === 'warn');
}

/** The run could not judge anything: its worker or the implementation was lost before the first scenario ended. */
export function isLost(run: Judged): boolean {
  return run.scenarios === 0 && run.outcomes.length > 0;
}

export type Conclusion = 'conformant' | 'deviations' | 'not-run';

/** The one answer for several combinations. Deviations outweigh a combination that could not be judged. */
export function conclude(runs: readonly Judged[], strict: boolean): Conclusion {
  const deviates = (run: Judged): boolean =>
    run.staleExpectations.length > 0 || run.clauses.some((clause) => isDeviation(clause, strict));
  if (runs.some(deviates)) return 'deviations';
  return runs.length === 0 || runs.some(isLost) ? 'not-run' : 'conformant';
}

/** `blk mmio-v2`, and the byte order where it is not the usual one. */
export function combinationName(run: Judged): string {
  const { device, transport, byteOrder } = run.target;
  return byteOrder === 'little' ? `${device} ${transport}` : `${device} ${transport} big-endian`;
}

/** A clause that is broken in one or more combinations. */
export interface BrokenClause {
  readonly clause: ClauseResult;
  readonly runs: readonly Judged[];
  /** The finding with the fewest driver actions over all combinations; undefined when none was kept. */
  readonly finding: Finding | undefined;
  /** The combination that finding comes from, else the first one. */
  readonly shownFor: Judged;
}

/** Gathers what `select` picks over all combinations: one entry a clause, in the order of appearance. */
export function gather(runs: readonly Judged[], select: (clause: ClauseResult) => boolean): readonly BrokenClause[] {
  const byId = new Map<string, BrokenClause>();
  for (const run of runs) {
    for (const clause of run.clauses) {
      if (!select(clause)) continue;
      const finding = smallest(run.findings.filter((candidate) => candidate.clause === clause.id));
      const known = byId.get(clause.id);
      if (known === undefined) {
        byId.set(clause.id, { clause, runs: [run], finding, shownFor: run });
        continue;
      }
      const better = finding !== undefined && (!known.finding || finding.actions < known.finding.actions);
      byId.set(clause.id, {
        clause: known.clause,
        runs: [...known.runs, run],
        finding: better ? finding : known.finding,
        shownFor: better ? run : known.shownFor,
      });
    }
  }
  return [...byId.values()];
}

function smallest(findings: readonly Finding[]): Finding | undefined {
  return findings.reduce<Finding | undefined>(
    (best, candidate) => (best === undefined || candidate.actions < best.actions ? candidate : best),
    undefined,
  );
}

/** How a clause stands for one implementation: its verdict, or that the deviation is a recorded one. */
export type Standing = ClauseResult['verdict'] | 'expected';

/** All of them, worst first. */
export const STANDINGS: readonly Standing[] = ['fail', 'warn', 'expected', 'pass', 'inconclusive', 'skip'];

export function standingOf(clause: ClauseResult): Standing {
  return isExpected(clause) ? 'expected' : clause.verdict;
}
