/** Checks prefixes of clause ids that come from the command line. */
import { CLAUSES } from '../models/clauses/catalogue.ts';
import { UsageError } from './exit-codes.ts';
import { beginnings, didYouMean } from './suggest.ts';

/** Throws UsageError for a prefix that no clause id starts with. */
export function checkClausePrefix(prefix: string, flag: string): void {
  if (CLAUSES.some(({ id }) => id.startsWith(prefix))) return;
  const hint = didYouMean(prefix, beginnings(CLAUSES.map(({ id }) => id))) ?? "'virtcheck clauses' lists them";
  throw new UsageError(`${flag}: no clause id starts with '${prefix}'`, hint);
}
