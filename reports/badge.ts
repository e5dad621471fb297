/** A badge for a README: how many of the clauses that were exercised the implementation keeps. */
import { makeBadge } from 'badge-maker';
import type { Judged } from './judged.ts';
import { count, plural } from './text.ts';
import { conclude, isDeviation } from './verdicts.ts';

/**
 * An SVG image. Green where nothing is broken, yellow where only recorded deviations or broken SHOULDs remain, red where
 * a clause is broken, grey where nothing was judged.
 */
export function badgeSvg(runs: readonly Judged[], strict = false): string {
  const label = runs.at(0)?.spec.replace(/ CS\d+$/, '') ?? 'VIRTIO';
  const clauses = runs.flatMap((run) => run.clauses);
  const broken = new Set(clauses.filter((clause) => isDeviation(clause, strict)).map((clause) => clause.id)).size;
  const exercised = new Set(clauses.filter((clause) => clause.exercised > 0).map((clause) => clause.id)).size;
  const blemished = clauses.some((clause) => clause.verdict === 'fail' || clause.verdict === 'warn');
  switch (conclude(runs, strict)) {
    case 'not-run':
      return makeBadge({ label, message: 'not judged', color: 'lightgrey' });
    case 'deviations': {
      const message = broken === 0 ? 'stale expectations' : `${count(broken)} of ${count(exercised)} clauses broken`;
      return makeBadge({ label, message, color: 'red' });
    }
    case 'conformant': {
      const message = `${plural(exercised, 'clause')} ${blemished ? 'as expected' : 'kept'}`;
      return makeBadge({ label, message, color: blemished ? 'yellow' : 'brightgreen' });
    }
  }
}
