/** From counts to verdicts, clause by clause. */
import { CLAUSES, isMust, type Clause, type ClauseId } from '../models/clauses/catalogue.ts';
import type { Report } from '../models/report.ts';
import type { SessionInfo } from '../targets/target.ts';
import { applicableExpectations, explains, type Showing } from './expectations.ts';
import type { ClauseResult, RunResult, Verdict } from './result.ts';
import type { RunOptions } from './run-api.ts';
import type { Tally } from './tally.ts';

/** Areas that every device is judged in; its own type's area comes on top. */
const COMMON_AREAS = ['basic', 'init', 'reserved', 'split', 'mmio', 'untagged'];
const OWN_AREA = { blk: 'blk', rng: 'entropy', console: 'console' } as const;

function inScope(row: Clause, info: SessionInfo): boolean {
  if (row.party === 'driver') return false;
  if (row.area === 'untagged') {
    const type = /^untagged\.(blk|console|packed)\./.exec(row.id)?.[1];
    return type === undefined || type === info.device;
  }
  return COMMON_AREAS.includes(row.area) || row.area === OWN_AREA[info.device];
}

/** Why a clause cannot apply to this target, or undefined when it can. */
function notApplicable(row: Clause, info: SessionInfo): string | undefined {
  const legacy = info.transport === 'mmio-v1';
  if (row.testability === 'internal') return 'not visible from outside the device';
  if (row.testability === 'prose') return 'a permission or explanation: nothing to observe';
  if (row.legacy && !legacy) return 'concerns the legacy interface only';
  if (row.area === 'mmio' && legacy) return 'concerns the modern register layout only';
  if (row.area === 'init' && row.id.includes('suspend') && legacy)
    return 'SUSPEND does not exist on the legacy interface';
  return undefined;
}

export function clauseResults(
  report: Report,
  info: SessionInfo,
  options: Pick<RunOptions, 'only' | 'expectations'>,
  times?: Pick<Tally, 'ms'>,
  /** How clauses broke, as far as it was followed. */
  showings: ReadonlyMap<ClauseId, Showing> = new Map(),
): { clauses: ClauseResult[]; stale: ClauseId[] } {
  const exercised = report.exercisedTotals();
  const clauses: ClauseResult[] = [];
  const stale: ClauseId[] = [];
  const expectations = applicableExpectations(options.expectations ?? [], info);
  CLAUSES.forEach((row, index) => {
    if (!inScope(row, info)) return;
    if (options.only && !options.only.some((prefix) => row.id.startsWith(prefix))) return;
    const violated = report.violated[index] > 0;
    const showing = showings.get(row.id);
    const recorded = expectations.filter((entry) => entry.clause === row.id);
    // What was recorded of the clause may be another way to break it.
    const expectation = showing === undefined ? recorded.at(0) : recorded.find((entry) => explains(entry, showing));
    const base = {
      id: row.id,
      level: row.level,
      party: row.party,
      section: row.section,
      summary: row.summary,
      exercised: exercised[index],
      ...(times === undefined ? {} : { ms: times.ms(index) }),
    };
    if (violated) {
      const verdict: Verdict = isMust(row.level) ? 'fail' : 'warn';
      clauses.push(
        expectation ? { ...base, verdict, expected: true, reason: expectation.explanation } : { ...base, verdict },
      );
      return;
    }
    if (expectation && recorded.every(({ sometimes }) => sometimes !== true) && exercised[index] > 0)
      stale.push(row.id);
    if (exercised[index] > 0) {
      clauses.push({ ...base, verdict: 'pass' });
      return;
    }
    const reason = notApplicable(row, info);
    clauses.push(
      reason === undefined
        ? { ...base, verdict: 'inconclusive', reason: 'no scenario of this run could have broken it' }
        : { ...base, verdict: 'skip', reason },
    );
  });
  return { clauses, stale };
}

export function totalsOf(clauses: readonly ClauseResult[]): RunResult['totals'] {
  const totals = { pass: 0, fail: 0, warn: 0, inconclusive: 0, skip: 0, expected: 0 };
  for (const clause of clauses) {
    if (clause.expected) totals.expected++;
    else totals[clause.verdict]++;
  }
  return totals;
}
