/**
 * Scenarios that never end cannot be shrunk where they are performed. Here they are performed in worker threads that may
 * be lost, one after the other.
 */
import type { Scenario } from '../generators/scenario.ts';
import { shrinkScenario } from '../generators/shrink.ts';
import type { Current } from './protocol.ts';
import { Slot, type SlotSetup } from './slot.ts';
import { Standstill, type Patience } from './standstill.ts';

/** Executions that shrinking may cost, and how many of them may hang. */
const MOST_TRIES = 60;
const MOST_HANGS = 6;
/** Starting a worker may take so long. */
const STARTING: Patience = { milliseconds: 60_000, busy: false };
/** How often the thread is looked at, as parts of the patience. */
const LOOKS = 8;

type Heard = 'target' | 'tried' | 'ended';

/** Performs scenarios in threads of its own until one hangs. */
class TrialRunner {
  readonly #setup: SlotSetup;
  readonly #patience: Patience;
  #slot: Slot | undefined;
  #heard: ((what: Heard) => void) | undefined;

  constructor(setup: SlotSetup, patience: Patience) {
    this.#setup = setup;
    this.#patience = patience;
  }

  /** Whether it does not end within the patience, or takes the thread with it. */
  async hangs(current: Current): Promise<boolean> {
    this.#slot ??= await this.#start();
    const slot = this.#slot;
    const tried = this.#next('tried', this.#patience, () => slot.thread);
    slot.send({ kind: 'try', ...current });
    if (await tried) return false;
    await this.close();
    return true;
  }

  async close(): Promise<void> {
    await this.#slot?.kill();
    this.#slot = undefined;
  }

  async #start(): Promise<Slot> {
    const started = this.#next('target', STARTING, () => 0);
    const slot = new Slot({ ...this.#setup, trial: true, corpus: [], retries: [] }, undefined, ({ kind }) => {
      if (kind === 'target' || kind === 'tried') this.#heard?.(kind);
    });
    void slot.ended.then(() => this.#heard?.('ended'));
    await started;
    return slot;
  }

  /** True when the thread says so within the patience, and has not ended before. */
  #next(what: Heard, patience: Patience, thread: () => number): Promise<boolean> {
    const standstill = new Standstill(patience);
    standstill.moved(thread());
    return new Promise((resolve) => {
      const end = (heard: boolean): void => {
        clearInterval(watch);
        resolve(heard);
      };
      const watch = setInterval(() => {
        if (standstill.tooLong(thread())) end(false);
      }, patience.milliseconds / LOOKS);
      this.#heard = (heard) => {
        if (heard === what || heard === 'ended') end(heard === what);
      };
    });
  }
}

/** The shortest scenario found that still hangs, or undefined if it does not hang again: then it was the machine. */
export async function shrinkHang(
  setup: SlotSetup,
  patience: Patience,
  { device, transport, scenario }: Current,
  stop: () => boolean,
): Promise<Scenario | undefined> {
  const runner = new TrialRunner(setup, patience);
  try {
    if (!(await runner.hangs({ device, transport, scenario }))) return undefined;
    let shortest = scenario;
    let tries = 0;
    let hangs = 0;
    for (let progress = true; progress;) {
      progress = false;
      for (const candidate of shrinkScenario(shortest)) {
        if (stop() || tries++ >= MOST_TRIES || hangs >= MOST_HANGS) return shortest;
        if (!(await runner.hangs({ device, transport, scenario: candidate }))) continue;
        hangs++;
        shortest = candidate;
        progress = true;
        break;
      }
    }
    return shortest;
  } finally {
    await runner.close();
  }
}
