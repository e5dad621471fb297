/**
 * When requests finish. A device may use buffers in any order and as late as it likes (2.7.9); the emulator can do so
 * on purpose, repeatably, so that a driver or a judge that counts on more is found out.
 */

type Order = 'immediate' | 'fifo' | 'lifo' | 'shuffled';

interface Work {
  readonly queue: number;
  readonly run: () => void;
}

/** Work may schedule work; a defect that never stops doing so must not take the process with it. */
const MOST_PER_RUN = 1 << 20;

export class WorkList {
  private readonly order: Order;
  private pending: Work[] = [];
  private random: number;

  constructor(order: Order, seed: number) {
    this.order = order;
    this.random = seed >>> 0;
  }

  schedule(queue: number, run: () => void): void {
    if (this.order === 'immediate') run();
    else this.pending.push({ queue, run });
  }

  /** Finishes everything. True if anything was done. */
  runAll(): boolean {
    let done = 0;
    while (this.pending.length > 0 && done++ < MOST_PER_RUN) this.next().run();
    return done > 0;
  }

  has(queue: number): boolean {
    return this.pending.some((work) => work.queue === queue);
  }

  /** Forgets the work of one queue. */
  drop(queue: number): void {
    if (this.pending.length > 0) this.pending = this.pending.filter((work) => work.queue !== queue);
  }

  clear(): void {
    // To empty what is empty is not free either.
    if (this.pending.length > 0) this.pending.length = 0;
  }

  private next(): Work {
    if (this.order === 'lifo') return this.pending.pop()!;
    if (this.order !== 'shuffled') return this.pending.shift()!;
    // xorshift32: any generator will do as long as a seed fixes it; 0 is its one dead state.
    let x = this.random || 0x9e3779b9;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.random = x >>> 0;
    return this.pending.splice(this.random % this.pending.length, 1)[0];
  }
}
