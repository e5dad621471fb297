/** What a report is made of: everything that the named result files hold. */
import type { FuzzResult } from '../fuzz/result.ts';
import type { RegressionEntry } from '../harness/result.ts';
import type { Judged } from './judged.ts';
import { plural, printable } from './text.ts';

export interface ReportInput {
  readonly runs: readonly Judged[];
  readonly regressions?: readonly RegressionEntry[];
  readonly campaigns?: readonly FuzzResult[];
}

/** Of a regression case: as it is recorded, or not. `open` is what the newest readable code still has. */
export type RegressionStanding = 'shown and fixed' | 'open' | 'not as recorded';

export function regressionStanding({ broken = [], status, fixed }: RegressionEntry): RegressionStanding {
  if (broken.length > 0 || fixed.violated.length > 0) return 'not as recorded';
  return status === 'open' ? 'open' : 'shown and fixed';
}

/** `46 cases, 29 shown and fixed, 17 open`. */
export function regressionCounts(cases: readonly RegressionEntry[]): string {
  const standings: readonly RegressionStanding[] = ['shown and fixed', 'open', 'not as recorded'];
  const counts = standings.flatMap((standing) => {
    const n = cases.filter((entry) => regressionStanding(entry) === standing).length;
    return n === 0 ? [] : [`${String(n)} ${standing}`];
  });
  return [plural(cases.length, 'case'), ...counts].join(', ');
}

/** `emulator: 12,345 scenarios, 2 new findings, 1 known`. */
export function campaignCounts({ target, scenarios, findings }: FuzzResult): string {
  const news = findings.filter(({ explanation }) => explanation === undefined).length;
  return `${printable(target.name)}: ${plural(scenarios, 'scenario')}, ${plural(news, 'new finding')}, ${String(findings.length - news)} known`;
}
