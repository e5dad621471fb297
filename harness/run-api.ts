/** What a caller (CLI, tests, fuzzer) asks the harness to do, and what it hears while it runs. */
import type { DeviceKind, Transport } from '../models/setup.ts';
import type { Target } from '../targets/target.ts';
import type { Effort, Expectation, RunResult } from './result.ts';

export interface RunOptions {
  readonly target: Target;
  readonly devices?: readonly DeviceKind[];
  readonly transports?: readonly Transport[];
  /** Judge only clauses whose id starts with one of these. */
  readonly only?: readonly string[];
  readonly strict?: boolean;
  readonly seed: number;
  readonly effort: Effort;
  /** Folder for traces and qtest scripts; absent: nothing is saved. */
  readonly outDir?: string;
  /** Recorded deviations; absent or empty: none expected. */
  readonly expectations?: readonly Expectation[];
  /** Stop as soon as possible with what was judged so far. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Draw only from these families (names of generators/families). */
  readonly families?: readonly string[];
  /**
   * End a combination as soon as one of these clauses is broken: for measuring detection. Only these are shrunk then, and
   * only where `shrinkBudget` is given.
   */
  readonly stopOn?: readonly string[];
  /** Bound on executions while shrinking one finding. */
  readonly shrinkBudget?: number;
}

export interface Progress {
  readonly combination: string;
  /** Combinations done and to do in all. */
  readonly combinationsDone: number;
  readonly combinations: number;
  /** Scenarios done and to do within this combination. */
  readonly scenariosDone: number;
  readonly scenarios: number;
  readonly events: number;
  readonly phase: 'running' | 'shrinking';
  /** Clauses seen broken so far in this combination. */
  readonly broken: number;
}

/** Runs every requested combination of a target. Throws TargetUnavailable when it cannot be started. */
export type RunTarget = (options: RunOptions) => Promise<readonly RunResult[]>;
