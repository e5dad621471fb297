/**
 * How long an access to an implementation in this thread took. A machine that is busy with other things can stop the
 * thread for seconds, which is no fault of the implementation; so what counts is the processor time of the thread.
 */
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

/** Linux: nanoseconds on a processor, nanoseconds waiting for one, and time slices of the thread that reads it. */
const THREAD_SCHEDULE = '/proc/thread-self/schedstat';
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
  constructor(patience: number, processorTime: () => number = threadProcessorTime) {
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

/** Milliseconds that this thread has run on a processor; where the system does not tell, those of the whole process. */
function threadProcessorTime(): number {
  try {
    return Number(readFileSync(THREAD_SCHEDULE, 'latin1').split(' ', 1)[0]) / 1e6;
  } catch {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  }
}
