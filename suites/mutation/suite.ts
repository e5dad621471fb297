/** What mutants are tried on: the conformance suites, cut into slices that Stryker takes for tests. */

/** Scenarios on one implementation, always the same ones in the same order. */
export interface Slice {
  /** Unique within its suite; without blanks at its ends. */
  readonly name: string;
  /** Scenarios in it. */
  readonly count: number;
  /**
   * What a scenario breaks without any mutant is its verdict, and another one kills. Otherwise nothing may break without a
   * mutant.
   */
  readonly compares?: true;
  /** Makes the implementation and its judge anew. */
  open(): OpenSlice;
}

/**
 * Nothing that a judge looks at differs from a run without any mutant. Registered, as the suite is bundled and so has this
 * module for itself.
 */
export const SAME_RECORD: unique symbol = Symbol.for('virtcheck: same record');

export interface OpenSlice {
  /**
   * Performs and judges a scenario. What the suite would report of it; undefined where that is nothing. Where the slice has
   * records and the scenario's is `record`, it may say so instead of judging it once more: judges are pure.
   */
  run(index: number, record?: string): string | undefined | typeof SAME_RECORD;
  /** Stands for all that the judges were told of the scenario that was run last. */
  readonly record?: string;
  /** Events of the scenario that was run last: what it costs, in a unit that does not depend on the machine. */
  readonly events: number;
}

/** The default export of a suite's module. */
export type MutationSuite = readonly Slice[];
