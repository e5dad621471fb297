/** Tells a thread that hangs, in a loop without an end, from one that a busy machine does not let run. */
import { threadTime } from '../targets/in-process/thread-time.ts';

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
