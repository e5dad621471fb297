/** What the plugin is told in Stryker's options, under `RUNNER_OPTIONS`. */
import type { LogHead } from './log.ts';

export const RUNNER_OPTIONS = 'conformance';

export interface RunnerOptions {
  /** The suite, bundled, in the sandbox. */
  readonly suite: string;
  /** Scenarios that a mutant is tried on at most, before it counts as one that survives. */
  readonly most: number;
  /** The same for scenarios that cost as much as hundreds of others. */
  readonly mostLong: number;
  /** Part of the names of the slices that are run; absent: all. */
  readonly slices?: string;
  /** Absolute path: the reporter writes a line of JSON for every mutant as soon as it is through; what is in it is not tried again. */
  readonly log: string;
  /** The first line of a new log. */
  readonly head: LogHead;
}
