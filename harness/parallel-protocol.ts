/** What the supervisor of a run and its worker threads say to each other: plain data only. */
import type { DriverTransport } from '../models/attach/setup.ts';
import type { DeviceKind, Transport } from '../models/setup.ts';
import type { Target } from '../targets/target.ts';
import type { Effort, Expectation, JudgedDevice, RunResult } from './result.ts';
import type { Progress, RunTarget } from './run-api.ts';

/** The part of a run that one worker does at a time: everything a target offers for a device on a transport. */
export interface Share {
  readonly device: JudgedDevice;
  readonly transport: Transport | DriverTransport;
}

/** A share of a target that is a device. */
export type DeviceShare = { readonly device: DeviceKind; readonly transport: Transport };

/** Options of a target that can cross a thread boundary. */
export interface PlainTargetOptions {
  /** Seeded faults to switch on (emulator only). */
  readonly faults?: readonly string[];
  /** File that describes a qtest endpoint. */
  readonly describe?: string;
}

/** Options of a run that can cross a thread boundary. */
export interface PlainRunOptions {
  readonly only?: readonly string[];
  readonly strict?: boolean;
  readonly seed: number;
  readonly effort: Effort;
  readonly outDir?: string;
  readonly expectations?: readonly Expectation[];
  readonly shrinkBudget?: number;
}

/** What a worker starts with. */
export interface WorkerSetup {
  readonly target: string;
  readonly targetOptions: PlainTargetOptions;
  readonly run: PlainRunOptions;
  /** Becomes 1 when the run is to stop. Shared, because a judging worker may not get to its messages for a while. */
  readonly stop: Int32Array;
  /** URL of a module with `resolveTarget` and `runTarget` to use instead of the real ones. For tests. */
  readonly runner?: string;
}

export interface Runner {
  readonly resolveTarget: (spec: string, options: PlainTargetOptions) => Promise<Target> | Target;
  readonly runTarget: RunTarget;
}

/** Supervisor to worker. */
export type ToWorker = { readonly kind: 'share'; readonly share: Share } | { readonly kind: 'stop' };

/** Worker to supervisor. */
export type FromWorker =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'done'; readonly results: readonly RunResult[] }
  | { readonly kind: 'unavailable'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string };
