/**
 * Counts what instrumented code executes. Stryker ends a mutant that loops by how often it was executed itself, or by a
 * clock; this counts all that is executed, so that every loop ends after the same number of steps on any machine.
 */

/** Executions by id of the mutant. */
export type Hits = Record<string, number>;

/** The name under which instrumented code looks its counters up while it is metered. */
export const METERED = 'metered';

export class Meter {
  #hits: Hits = {};
  #steps = 0;
  #limit = Infinity;
  /** The limit was reached since the last restart. */
  exceeded = false;
  /** Stands where Stryker's instrumented code expects its counters. */
  readonly coverage: { readonly static: Hits; readonly perTest: Record<string, Hits> };

  constructor() {
    const look = (): Hits => this.#step();
    const perTest = Object.defineProperty({}, METERED, { get: look, set: () => undefined });
    this.coverage = { static: {}, perTest: perTest as Record<string, Hits> };
  }

  #step(): Hits {
    if (++this.#steps > this.#limit) {
      this.exceeded = true;
      throw new Error(`more than ${this.#limit} steps`);
    }
    return this.#hits;
  }

  restart(limit: number): void {
    this.#steps = 0;
    this.#limit = limit;
    this.exceeded = false;
  }

  /** What was executed since the last call. */
  take(): { readonly hits: Hits; readonly steps: number } {
    const taken = { hits: this.#hits, steps: this.#steps };
    this.#hits = {};
    this.#steps = 0;
    return taken;
  }
}
