/**
 * Processor time of worker threads, as Linux tells it. A machine that is busy with other things can stop a thread for many
 * seconds; only one that ran all the while hangs.
 */
import { readFileSync, readlinkSync } from 'node:fs';

/** PID/task/TID of the thread that reads it. */
const OWN_THREAD = '/proc/thread-self';

/** The number of the calling thread, or 0 where the system does not tell. */
export function ownThread(): number {
  try {
    return Number(readlinkSync(OWN_THREAD).split('/').at(-1));
  } catch {
    return 0;
  }
}

/** Milliseconds that a thread of this process has run on a processor; undefined where the system does not tell. */
export function threadTime(thread: number): number | undefined {
  if (thread === 0) return undefined;
  try {
    return Number(readFileSync(`/proc/self/task/${thread}/schedstat`, 'latin1').split(' ', 1)[0]) / 1e6;
  } catch {
    return undefined;
  }
}

/** How long something may stand still. */
export interface Patience {
  /** Of the thread's processor time where the target is `busy` while it works, otherwise of the clock. */
  readonly milliseconds: number;
  /** The target runs in the thread itself, so that the thread works whenever the target does. */
  readonly busy: boolean;
}

/** A target that sleeps in its thread uses no processor time; after so many times the patience it hangs all the same. */
const SLEEPING_FACTOR = 12;

/** Watches a thread from one sign of life to the next. */
export class Standstill {
  readonly #patience: Patience;
  #since = performance.now();
  #ran: number | undefined;

  constructor(patience: Patience) {
    this.#patience = patience;
  }

  /** The thread has moved. */
  moved(thread: number): void {
    this.#since = performance.now();
    this.#ran = this.#patience.busy ? threadTime(thread) : undefined;
  }

  /** It has stood still for too long. */
  tooLong(thread: number): boolean {
    const { milliseconds, busy } = this.#patience;
    const stood = performance.now() - this.#since;
    if (stood <= milliseconds) return false;
    const ran = busy ? threadTime(thread) : undefined;
    if (ran === undefined || this.#ran === undefined || stood > milliseconds * SLEEPING_FACTOR) return true;
    return ran - this.#ran > milliseconds;
  }
}
