/** Names of the pages of findings. */
import type { BrokenClause } from '../verdicts.ts';

/** Paths of findings by clause. What a result calls a clause is not trusted to be a file name. */
export type FindingPaths = ReadonlyMap<string, string>;

const UNSAFE = /[^A-Za-z0-9._-]/g;

export function findingPaths(findings: readonly BrokenClause[]): FindingPaths {
  const paths = new Map<string, string>();
  const taken = new Set<string>();
  for (const { clause } of findings) {
    const stem = `finding-${clause.id.replaceAll(UNSAFE, '_')}`;
    let path = `${stem}.html`;
    // File systems that don't tell cases apart must not mix two up.
    for (let i = 2; taken.has(path.toLowerCase()); i++) path = `${stem}-${String(i)}.html`;
    taken.add(path.toLowerCase());
    paths.set(clause.id, path);
  }
  return paths;
}
