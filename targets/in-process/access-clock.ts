/**
 * How long an access to an implementation in this thread took. A machine that is busy with other things can stop the
 * thread for seconds, which is no fault of the implementation; so what counts is the processor time of the thread.
 */
import { performance } from 'node:perf_hooks';
import { ownThread, threadTime } from './thread-time.ts';

/** An implementation that sleeps uses no processor time; after so many times its patience it hangs all the same. */
const SLEEPING_FACTOR = 20;
/** Processor time is noted as often as this, in parts of the patience; that is how exact the measurement is. */
const NOTES = 10;

export class AccessClock {
  readonly #patience: number;
  readonly #processorTime: () => number;
  #notedAt = -Infinity;
  #noted = 0;

  /** `patience` in milliseconds. `processorTime`: milliseconds that this thread has been running; for tests. */
  constructor(patience: number, processorTime: () => number = processorTimeOf(ownThread())) {
    this.#patience = patience;
    this.#processorTime = processorTime;
  }

  /** Call before an access; the result is for `exceeded`. Costs a look at the clock. */
  start(): number {
    const now = performance.now();
    if (now - this.#notedAt > this.#patience / NOTES) {
      this.#noted = this.#processorTime();
      this.#notedAt = now;
    }
    return now;
  }

  /** Milliseconds that an access took, if that is more than the patience; otherwise undefined. */
  exceeded(started: number): number | undefined {
    const elapsed = performance.now() - started;
    if (elapsed <= this.#patience) return undefined;
    const ran = this.#processorTime() - this.#noted;
    return ran > this.#patience || elapsed > this.#patience * SLEEPING_FACTOR ? Math.round(elapsed) : undefined;
  }
}

/** Milliseconds that a thread has run on a processor; where the system does not tell, those of the whole process. */
function processorTimeOf(thread: number): () => number {
  return () => {
    const ran = threadTime(thread);
    if (ran !== undefined) return ran;
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
}
