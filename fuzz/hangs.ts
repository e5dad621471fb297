/**
 * Scenarios that never end cannot be shrunk where they are performed. Here they are performed in worker threads that may
 * be lost, one after the other.
 */
import type { Scenario } from '../generators/scenario.ts';
import { shrinkScenario } from '../generators/shrink.ts';
import type { Current } from './protocol.ts';
import { Slot, type SlotSetup } from './slot.ts';

/** Executions that shrinking may cost, and how many of them may hang. */
const MOST_TRIES = 60;
const MOST_HANGS = 10;
/** Starting a worker may take so long, in milliseconds. */
const START_MS = 60_000;

type Heard = 'target' | 'tried' | 'ended';

/** Performs scenarios in threads of its own until one hangs. */
class TrialRunner {
  readonly #setup: SlotSetup;
  readonly #patience: number;
  #slot: Slot | undefined;
  #heard: ((what: Heard) => void) | undefined;

  constructor(setup: SlotSetup, patience: number) {
    this.#setup = setup;
    this.#patience = patience;
  }

  /** Whether it does not end within the patience, or takes the thread with it. */
  async hangs(current: Current): Promise<boolean> {
    this.#slot ??= await this.#start();
    const slot = this.#slot;
    const tried = this.#next('tried', this.#patience);
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
    const started = this.#next('target', START_MS);
    const slot = new Slot({ ...this.#setup, trial: true, corpus: [], retries: [] }, Infinity, ({ kind }) => {
      if (kind === 'target' || kind === 'tried') this.#heard?.(kind);
    });
    void slot.ended.then(() => this.#heard?.('ended'));
    await started;
    return slot;
  }

  /** True when the thread says so within the time, and has not ended before. */
  #next(what: Heard, ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), ms);
      this.#heard = (heard) => {
        if (heard !== what && heard !== 'ended') return;
        clearTimeout(timer);
        resolve(heard === what);
      };
    });
  }
}

/** The shortest scenario found that still hangs, or undefined if it does not hang again: then it was the machine. */
export async function shrinkHang(
  setup: SlotSetup,
  patience: number,
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
