/**
 * Runs the combinations of a target on worker threads, also when there is but one: the caller's thread stays free to draw
 * progress and to hear Ctrl-C whatever the implementation does, and a worker that dies or stops answering costs its own
 * share only. Verdicts do not depend on the number of workers.
 */
import type { Worker } from 'node:worker_threads';
import { packageVersion } from '../targets/package-version.ts';
import { TargetUnavailable } from '../targets/target.ts';
import type {
  FromWorker,
  PlainRunOptions,
  PlainTargetOptions,
  Share,
  ToWorker,
  WorkerSetup,
} from './parallel-protocol.ts';
import { RESULT_SCHEMA, SPECIFICATION, type OutcomeRecord, type RunResult } from './result.ts';
import type { Progress } from './run-api.ts';
import { startWorker } from './start-worker.ts';

export interface ParallelOptions {
  /** The target as `--target` names it; every worker resolves it for itself. */
  readonly target: string;
  readonly targetOptions?: PlainTargetOptions;
  readonly run: PlainRunOptions;
  readonly shares: readonly Share[];
  /** Number of workers, at least 1. */
  readonly jobs: number;
  /** Ends the run after the current scenarios; what was judged so far is kept. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ParallelProgress) => void;
  /** A worker that reports no progress for so long is taken for hung. Default five minutes. */
  readonly stallMs?: number;
  /** After the signal, workers that have not ended by themselves are stopped. Default ten seconds. */
  readonly graceMs?: number;
  /** For tests: see WorkerSetup. */
  readonly runner?: string;
}

/** The latest report of a share, and how far the run is as a whole. */
export interface ParallelProgress {
  readonly share: Share;
  readonly shares: number;
  readonly sharesDone: number;
  /** Absent when the share has just ended. */
  readonly progress?: Progress;
  /** The share's results, when it has just ended. */
  readonly results?: readonly RunResult[];
}

const STALL_MS = 300_000;
const GRACE_MS = 10_000;
/** Enough of a stack to find the place. */
const EVIDENCE_LINES = 8;

/**
 * Results in the order of the shares. A share that could not be judged has one result without clauses whose outcome says
 * why. Throws TargetUnavailable when that is so for all of them because the target cannot be started.
 */
export async function runParallel(options: ParallelOptions): Promise<readonly RunResult[]> {
  const supervisor = new Supervisor(options);
  const jobs = Math.max(1, Math.min(options.jobs, options.shares.length));
  await Promise.all(Array.from({ length: jobs }, () => supervisor.work()));
  return supervisor.results();
}

type Ending =
  | { readonly kind: 'done'; readonly results: readonly RunResult[] }
  | { readonly kind: 'unavailable'; readonly message: string }
  | { readonly kind: 'lost'; readonly outcome: OutcomeRecord['outcome']; readonly message: string };

class Supervisor {
  readonly #options: ParallelOptions;
  readonly #stop = new Int32Array(new SharedArrayBuffer(4));
  readonly #endings: (Ending | undefined)[];
  #next = 0;
  #done = 0;

  constructor(options: ParallelOptions) {
    this.#options = options;
    this.#endings = options.shares.map(() => undefined);
    const stop = (): void => void Atomics.store(this.#stop, 0, 1);
    if (options.signal?.aborted) stop();
    else options.signal?.addEventListener('abort', stop, { once: true });
  }

  /** Takes shares until none is left, with a fresh worker after each one that was lost. */
  async work(): Promise<void> {
    let worker: Worker | undefined;
    while (this.#next < this.#options.shares.length && !this.#options.signal?.aborted) {
      const index = this.#next++;
      const share = this.#options.shares[index];
      worker ??= this.#start();
      const ending = await this.#judge(worker, share);
      if (ending.kind === 'lost') {
        await worker.terminate();
        worker = undefined;
      }
      this.#endings[index] = ending;
      this.#done++;
      this.#report(share, { results: this.#resultsOf(index) });
    }
    await worker?.terminate();
  }

  results(): readonly RunResult[] {
    const ended = this.#endings.filter((ending) => ending !== undefined);
    const first = ended.at(0);
    if (first?.kind === 'unavailable' && ended.every((ending) => ending.kind === 'unavailable')) {
      throw new TargetUnavailable(first.message);
    }
    return this.#options.shares.flatMap((_, index) => this.#resultsOf(index));
  }

  #resultsOf(index: number): readonly RunResult[] {
    const ending = this.#endings[index];
    if (ending === undefined) return [];
    if (ending.kind === 'done') return ending.results;
    const outcome = ending.kind === 'lost' ? ending.outcome : 'died';
    return [this.#unjudged(this.#options.shares[index], { outcome, evidence: ending.message, scenario: 'start' })];
  }

  #start(): Worker {
    const { target, targetOptions = {}, run, runner } = this.#options;
    const workerData: WorkerSetup = { target, targetOptions, run, stop: this.#stop, runner };
    return startWorker('./parallel-worker', import.meta.url, { workerData });
  }

  /** Has a worker judge a share; resolves however that ends. */
  #judge(worker: Worker, share: Share): Promise<Ending> {
    const { signal, stallMs = STALL_MS, graceMs = GRACE_MS } = this.#options;
    return new Promise((resolve) => {
      let stall: NodeJS.Timeout;
      let grace: NodeJS.Timeout | undefined;
      const end = (ending: Ending): void => {
        clearTimeout(stall);
        clearTimeout(grace);
        signal?.removeEventListener('abort', stop);
        worker.off('message', hear).off('error', crash).off('exit', gone);
        // A worker that is idle between two shares may still fail: the next share hears of its exit.
        worker.on('error', () => undefined);
        resolve(ending);
      };
      const lost = (outcome: OutcomeRecord['outcome'], message: string): void =>
        end({ kind: 'lost', outcome, message });
      const watch = (): void => {
        clearTimeout(stall);
        stall = setTimeout(() => lost('hung', `the worker reported nothing for ${stallMs / 1000} s`), stallMs);
      };
      const stop = (): void => {
        worker.postMessage({ kind: 'stop' } satisfies ToWorker);
        grace = setTimeout(() => lost('hung', `the scenario did not end within ${graceMs / 1000} s`), graceMs);
      };
      const hear = (message: FromWorker): void => {
        watch();
        if (message.kind === 'progress') this.#report(share, { progress: message.progress });
        else if (message.kind === 'failed') lost('threw', head(message.message));
        else end(message);
      };
      const crash = (error: Error): void => lost('died', head(error.stack ?? error.message));
      const gone = (code: number): void => lost('died', `the worker thread ended with code ${code}`);
      worker.on('message', hear).on('error', crash).on('exit', gone);
      signal?.addEventListener('abort', stop, { once: true });
      watch();
      worker.postMessage({ kind: 'share', share } satisfies ToWorker);
    });
  }

  #report(share: Share, what: { progress?: Progress; results?: readonly RunResult[] }): void {
    this.#options.onProgress?.({ share, shares: this.#options.shares.length, sharesDone: this.#done, ...what });
  }

  #unjudged({ device, transport }: Share, outcome: OutcomeRecord): RunResult {
    const { target, run, signal } = this.#options;
    return {
      schema: RESULT_SCHEMA,
      virtcheck: packageVersion(),
      spec: SPECIFICATION,
      target: { name: target, version: 'unknown', device, transport, byteOrder: 'little', variants: [] },
      seed: run.seed,
      effort: run.effort,
      durationMs: 0,
      scenarios: 0,
      events: 0,
      interrupted: signal?.aborted === true,
      clauses: [],
      findings: [],
      outcomes: [outcome],
      unconfirmed: [],
      staleExpectations: [],
      totals: { pass: 0, fail: 0, warn: 0, inconclusive: 0, skip: 0, expected: 0 },
    };
  }
}

function head(stack: string): string {
  return stack.split('\n').slice(0, EVIDENCE_LINES).join('\n');
}
