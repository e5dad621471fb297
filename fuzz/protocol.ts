/** What the supervisor of a campaign and its worker threads say to each other: plain data only. */
import type { PlainTargetOptions } from '../harness/parallel-protocol.ts';
import type { Expectation } from '../harness/result.ts';
import type { Scenario } from '../generators/scenario.ts';
import type { DeviceKind, Transport } from '../models/setup.ts';
import type { CorpusLine, GroupProgress, Line, SpaceCursor } from './campaign-state.ts';
import type { Reproducers } from './reproducers.ts';
import type { FuzzFinding, UnconfirmedFinding } from './result.ts';
import type { SeedSpace } from './seeds.ts';

/** Indices into `WorkerSetup.signals`. */
export const SIGNAL = {
  /** The supervisor wants the worker to end. */
  stop: 0,
  /** Moves with every scenario: a worker whose beat stands still is stuck. */
  beat: 1,
  /** Bytes of `current` that hold the scenario being performed. */
  length: 2,
  /** The worker's thread (fuzz/thread-time.ts); 0 until it has started, and where the system does not tell. */
  thread: 3,
} as const;
export const SIGNALS = 4;
/** Scenarios that are longer as JSON are not told: few are. */
export const CURRENT_BYTES = 64 * 1024;

export interface WorkerSetup {
  readonly target: string;
  readonly targetOptions: PlainTargetOptions;
  readonly against?: string;
  /** Count what of the target's code is run, where that can be. */
  readonly coverage: boolean;
  readonly devices?: readonly DeviceKind[];
  readonly transports?: readonly Transport[];
  readonly space: SeedSpace;
  readonly from: number;
  /** Scenarios to perform; absent: until told to stop. */
  readonly scenarios?: number;
  /** Folder in which reproducers will lie. */
  readonly findings: string;
  readonly expectations: readonly Expectation[];
  /** What the campaign knows already. */
  readonly corpus: readonly CorpusLine[];
  readonly known: readonly KnownForm[];
  /** Scenarios whose suspects were being followed when the campaign was cut off. */
  readonly retries: readonly Extract<Line, { k: 'suspect' }>[];
  /** `SIGNALS` numbers. */
  readonly signals: Int32Array;
  /** JSON of `Current`, as far as `signals[SIGNAL.length]` says. */
  readonly current: Uint8Array;
  /** Performs what it is told and nothing else: for scenarios that may never end. */
  readonly trial?: boolean;
}

/** A way to a finding that need not be followed again. */
export interface KnownForm {
  /** Sign and device. */
  readonly key: string;
  readonly kinds: readonly string[];
}

/** The scenario that a worker is at. */
export interface Current {
  readonly device: DeviceKind;
  readonly transport: Transport;
  readonly scenario: Scenario;
}

export type ToWorker =
  | ({ readonly kind: 'entry' } & CorpusLine)
  | ({ readonly kind: 'known' } & KnownForm)
  | ({ readonly kind: 'try' } & Current);

export type FromWorker =
  | { readonly kind: 'target'; readonly name: string; readonly version: string; readonly code: number }
  | ({ readonly kind: 'entry' } & CorpusLine)
  | ({ readonly kind: 'suspect'; readonly id: string } & Current)
  | { readonly kind: 'settled'; readonly id: string }
  | {
      readonly kind: 'finding';
      readonly finding: Omit<FuzzFinding, 'files'>;
      readonly scenario: Scenario;
      readonly files: Reproducers;
    }
  | { readonly kind: 'unconfirmed'; readonly finding: UnconfirmedFinding }
  | {
      readonly kind: 'progress';
      readonly cursor: SpaceCursor;
      readonly groups: readonly GroupProgress[];
      readonly errors: number;
      readonly firstErrors: readonly string[];
    }
  /** A trial came to its end. */
  | { readonly kind: 'tried' }
  | { readonly kind: 'done' }
  | { readonly kind: 'unavailable'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string };
