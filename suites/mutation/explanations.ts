/** Why mutants survive: suites/strength/mutation-survivors.json, written by hand. */
import type { MutationResults } from './results.ts';

/**
 * `equivalent`: nothing that crosses the boundary between driver and device differs, whatever the driver does.
 * `allowed`: something differs, and the specification leaves it to the device. No conforming judge may object.
 * `open`: it could be seen, and is not. Counts against the score.
 */
export const KINDS = ['equivalent', 'allowed', 'open'] as const;
export type Kind = (typeof KINDS)[number];

export interface Explanation {
  readonly file: string;
  readonly kind: Kind;
  readonly why: string;
  /** Names of mutants (mutants.ts). */
  readonly mutants: readonly string[];
}

/** By file and mutant. Throws Error where a mutant is explained twice. */
export function indexOf(explanations: readonly Explanation[]): ReadonlyMap<string, Explanation> {
  const index = new Map<string, Explanation>();
  for (const explanation of explanations) {
    for (const mutant of explanation.mutants) {
      const key = `${explanation.file} ${mutant}`;
      if (index.has(key)) throw new Error(`explained twice: ${key}`);
      index.set(key, explanation);
    }
  }
  return index;
}

/** What is explained and has not survived, or is not there any more. */
export function staleOf(explanations: readonly Explanation[], results: readonly MutationResults[]): readonly string[] {
  const alive = new Set<string>();
  for (const { files } of results) {
    for (const [file, { survivors }] of Object.entries(files)) {
      for (const { mutant } of survivors) alive.add(`${file} ${mutant}`);
    }
  }
  return [...indexOf(explanations).keys()].filter((key) => !alive.has(key));
}
