/** Results as CSV (RFC 4180, with a heading): one row a clause and implementation. */
import { stringify } from 'csv-stringify/sync';
import { publishedSection } from '../models/clauses/published.ts';
import type { Judged } from './judged.ts';
import { standingOf } from './verdicts.ts';

export function resultCsv(runs: readonly Judged[]): string {
  const rows = runs.flatMap((run) =>
    run.clauses.map((clause) => {
      const { name, version, device, transport, byteOrder } = run.target;
      const finding = run.findings.find((candidate) => candidate.clause === clause.id);
      return {
        target: name,
        version,
        device,
        transport,
        byteOrder,
        clause: clause.id,
        level: clause.level,
        party: clause.party,
        section: clause.section,
        verdict: standingOf(clause),
        exercised: clause.exercised,
        requirement: clause.summary,
        reason: clause.reason ?? '',
        expected: finding?.expected ?? '',
        seen: finding?.seen ?? '',
        replay: finding?.replay ?? '',
        specification: publishedSection(clause.section).url,
      };
    }),
  );
  const columns = [
    'target',
    'version',
    'device',
    'transport',
    'byteOrder',
    'clause',
    'level',
    'party',
    'section',
    'verdict',
    'exercised',
    'requirement',
    'reason',
    'expected',
    'seen',
    'replay',
    'specification',
  ];
  // What an implementation prints must not become a formula in somebody's spreadsheet.
  return stringify(rows, { header: true, columns, escape_formulas: true });
}
