/** Checks prefixes of clause ids that come from the command line. */
import { CLAUSES } from '../models/clauses/catalogue.ts';
import { UsageError } from './exit-codes.ts';
import { didYouMean } from './suggest.ts';

/** Every id and everything before a dot in one: what a person may mean by a prefix. */
function knownPrefixes(): ReadonlySet<string> {
  const known = new Set<string>();
  for (const { id } of CLAUSES) {
    known.add(id);
    for (let dot = id.indexOf('.'); dot !== -1; dot = id.indexOf('.', dot + 1)) known.add(id.slice(0, dot));
  }
  return known;
}

/** Throws a UsageError for a prefix that no clause id starts with. */
export function checkClausePrefix(prefix: string, flag: string): void {
  if (CLAUSES.some(({ id }) => id.startsWith(prefix))) return;
  const hint = didYouMean(prefix, knownPrefixes()) ?? "'virtcheck clauses' lists them";
  throw new UsageError(`${flag}: no clause id starts with '${prefix}'`, hint);
}
