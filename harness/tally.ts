/** What the scenarios of a run reached and how long they took, counted as they go by. */
import type { AttachModel } from '../models/attach/attach-model.ts';
import { CLAUSES, type ClauseIndex } from '../models/clauses/catalogue.ts';
import { umbrellasOf } from '../models/clauses/umbrellas.ts';
import type { Contract } from '../models/contract.ts';
import { deviceState } from '../models/lifecycle/states.ts';
import type { Coverage, Lifecycle } from './result.ts';

/** States right after power-on. */
const DEVICE_START = 'RESET';
const QUEUE_START = 'not-ready';

/** Steps between the states of one lifecycle, with how often each was taken. */
class Steps {
  readonly #times = new Map<string, Map<string, number>>();

  add(from: string, to: string): void {
    let row = this.#times.get(from);
    if (row === undefined) {
      row = new Map();
      this.#times.set(from, row);
    }
    row.set(to, (row.get(to) ?? 0) + 1);
  }

  list(): Lifecycle['steps'] {
    return [...this.#times].flatMap(([from, row]) => [...row].map(([to, times]) => ({ from, to, times })));
  }
}

export class Tally {
  readonly #device = new Steps();
  readonly #queue = new Steps();
  readonly #attach = new Steps();
  readonly #ms = new Float64Array(CLAUSES.length);
  readonly #before = new Float64Array(CLAUSES.length);
  readonly #fresh = new Set<number>();
  /** Puts every watched contract back to power-on. */
  readonly #restarts = new WeakMap<Contract, () => void>();

  /** Follows the lifecycle of a contract's device and of its queue 0 from power-on. */
  watch(contract: Contract): void {
    let state: string = DEVICE_START;
    let life: string = QUEUE_START;
    const { registers } = contract;
    contract.onStep = () => {
      const [newState, newLife] = [deviceState(registers), registers.queueLife(0)];
      if (newState !== state) this.#device.add(state, newState);
      if (newLife !== life) this.#queue.add(life, newLife);
      state = newState;
      life = newLife;
    };
    this.#restarts.set(contract, () => {
      state = DEVICE_START;
      life = QUEUE_START;
    });
  }

  /** The next event of a watched contract is power-on. */
  restart(contract: Contract): void {
    this.#restarts.get(contract)?.();
  }

  /** Follows the life of a child driver. */
  watchAttach(model: AttachModel): void {
    model.onPhase = (from, to) => this.#attach.add(from, to);
  }

  /** A scenario that took `ms` milliseconds was judged. `exercised` counts up from scenario to scenario, by clause. */
  scenario(exercised: Float64Array, ms: number): void {
    const before = this.#before;
    const fresh = this.#fresh;
    fresh.clear();
    for (let i = 0; i < exercised.length; i++) {
      if (exercised[i] === before[i]) continue;
      before[i] = exercised[i];
      fresh.add(i);
      for (const parent of umbrellasOf(i as ClauseIndex)) fresh.add(parent);
    }
    const share = ms / fresh.size;
    for (const index of fresh) this.#ms[index] += share;
  }

  /** Milliseconds of a clause: its share in every scenario that exercised it. */
  ms(index: number): number {
    return Math.round(this.#ms[index] * 1000) / 1000;
  }

  coverage(): Coverage {
    const lifecycles: readonly Lifecycle[] = [
      { model: 'device', steps: this.#device.list() },
      { model: 'queue', steps: this.#queue.list() },
      { model: 'attach', steps: this.#attach.list() },
    ];
    return { lifecycles: lifecycles.filter(({ steps }) => steps.length > 0) };
  }
}
