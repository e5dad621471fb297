/** All regression cases, in the order in which they are reported. */
import type { RegressionCase } from './case.ts';
import { pr58555 } from './cases/pr-58555.ts';

export const REGRESSIONS: readonly RegressionCase[] = [pr58555];

/** Names under which a case can be asked for: kern/58555, PR58555, 58555, its name, its aliases. */
export function namesOf({ id, aliases = [] }: RegressionCase): readonly string[] {
  const number = /^kern\/(\d+)(.*)$/.exec(id);
  return number === null ? [id, ...aliases] : [id, `${number[1]}${number[2]}`, `PR${number[1]}${number[2]}`, ...aliases];
}

/** The cases that a name stands for; `all` for every one. A report that has several cases gives them all. */
export function findRegressions(name: string): readonly RegressionCase[] {
  const wanted = name.trim().toLowerCase().replace(/^pr\s*(kern\/)?/, '').replace(/^kern\//, '');
  if (wanted === 'all') return REGRESSIONS;
  const plain = (text: string): string => text.toLowerCase().replace(/^pr\s*/, '').replace(/^kern\//, '');
  const exact = REGRESSIONS.filter((each) => namesOf(each).some((known) => plain(known) === wanted));
  if (exact.length > 0) return exact;
  return /^\d+$/.test(wanted) ? REGRESSIONS.filter(({ id }) => plain(id).startsWith(`${wanted}-`)) : [];
}
