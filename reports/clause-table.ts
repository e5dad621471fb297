/** Every clause of one judged combination or driver with its verdict, as a table for a terminal. */
import type { ClauseResult } from '../harness/result.ts';
import { count, ellipsis, table, type Cell, type Layout } from './text.ts';
import { isExpected } from './verdicts.ts';

/** Room that the columns before the reason take. */
const COLUMNS_BEFORE = 70;
const LEAST_REASON = 30;

export function clauseTable(title: string, clauses: readonly ClauseResult[], { style, width }: Layout): string {
  const paint = { pass: style.green, fail: style.red, warn: style.yellow, inconclusive: style.dim, skip: style.dim };
  const room = Math.max(width - COLUMNS_BEFORE, LEAST_REASON);
  const rows = clauses.map((clause): readonly Cell[] => [
    {
      text: isExpected(clause) ? 'expected' : clause.verdict,
      paint: isExpected(clause) ? style.cyan : paint[clause.verdict],
    },
    { text: clause.id },
    { text: clause.level },
    { text: clause.section },
    { text: count(clause.exercised), right: true },
    { text: ellipsis(clause.reason ?? clause.summary, room), paint: style.dim },
  ]);
  return `${style.bold(title)}\n${table(rows)}`;
}
