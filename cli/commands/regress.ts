/** `virtcheck regress`: NetBSD's problem reports, reproduced. */
import type { RegressionEntry, RegressionReport } from '../../harness/result.ts';
import { regressionTable, regressionText } from '../../reports/regressions.ts';
import { findRegressions, namesOf, REGRESSIONS } from '../../suites/regressions/index.ts';
import { runRegression } from '../../suites/regressions/run.ts';
import { EXIT, UsageError, type ExitCode } from '../exit-codes.ts';
import { checkWritableFile, writeWhole } from '../files.ts';
import { layoutFor, write, type GlobalOptions } from '../output.ts';
import { didYouMean } from '../suggest.ts';

export interface RegressFlags extends GlobalOptions {
  readonly json?: string;
  readonly seed: number;
  /** False with --no-search. */
  readonly search: boolean;
}

/** Without a name, or with `all`, every case in a line; with a name, the whole story. */
export async function regress(name: string | undefined, flags: RegressFlags): Promise<ExitCode> {
  const cases = findRegressions(name ?? 'all');
  if (cases.length === 0) {
    const known = REGRESSIONS.flatMap(namesOf);
    const list = "'virtcheck regress all --no-search' lists the cases";
    // Every problem report is near another one by its digits: a guess alone would not help who has one that is not here.
    const guess = didYouMean(name!, known);
    throw new UsageError(`there is no regression case '${name}'`, guess === undefined ? list : `${guess}\n  ${list}`);
  }
  const toFile = flags.json !== undefined && flags.json !== '-';
  if (toFile) checkWritableFile('--json', flags.json!);
  const quietText = flags.json === '-';
  const layout = layoutFor(process.stdout, flags);
  const stories = name !== undefined && name !== 'all' && !flags.quiet;
  const reports: RegressionReport[] = [];
  for (const regression of cases) {
    const report = runRegression(regression, { seed: flags.seed, search: flags.search });
    reports.push(report);
    if (quietText) continue;
    const text =
      stories || flags.verbose
        ? `${regressionText(report, layout, flags.verbose)}\n`
        : regressionTable([report], layout);
    await write(process.stdout, `${text}\n`);
  }
  const entries: readonly RegressionEntry[] = reports.map(({ result, ...shown }) => ({ ...result, ...shown }));
  const json = `${JSON.stringify(entries, null, 2)}\n`;
  if (toFile) writeWhole(flags.json!, json);
  else if (quietText) await write(process.stdout, json);
  return reports.some(({ broken }) => broken.length > 0) ? EXIT.deviations : EXIT.conformant;
}
