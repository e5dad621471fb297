/**
 * What a scenario reached. Without instrumentation of the implementation: states of the models and the steps between
 * them, obligations exercised, what registers and rings showed, verdicts. Where its code has counters: the branches that it
 * took. Each is a 32-bit feature; what a corpus is evolved by is whether some of them are new.
 */
import type { Bench } from '../harness/perform.ts';
import { clause } from '../models/clauses/catalogue.ts';
import { lifecycleState, type LifecycleState } from '../models/lifecycle-state.ts';
import { REG } from '../models/mmio/layout.ts';
import type { Report, Voids } from '../models/report.ts';
import { EventKind, type EventLog } from '../models/trace/event-log.ts';
import { MOST_POINTS, type CodeCounters } from '../targets/code-counters/counters.ts';
import { feature, type FeatureSet } from './feature-set.ts';

/** Kinds of feature. */
const KIND = {
  state: 1,
  step: 2,
  exercised: 3,
  ready: 4,
  featureBit: 5,
  interrupt: 6,
  usedDelta: 7,
  violation: 8,
  driverFault: 9,
  outcome: 10,
  milestone: 11,
  batch: 12,
  negotiated: 13,
  code: 14,
} as const;

const VOIDS: Readonly<Record<Voids, number>> = { nothing: 0, queue: 1, device: 2 };
/** Ring features whose combinations change what a queue does: INDIRECT_DESC, EVENT_IDX, IN_ORDER, RING_RESET, SUSPEND. */
const RING_BITS = [28, 29, 35, 40, 43];
const MOST_QUEUES = 8;
const USED_INDEX_BYTES = 2;
const BYTES_IN_WORD = 4;

/** 0, 1, 2, 3-4, 5-8, ...: how often something happened, to the power of two. */
function magnitude(count: number): number {
  return count <= 0 ? 0 : 33 - Math.clz32(count - 1);
}

/** Watches one group of benches, which share a report and a set of known features. */
export class Feedback {
  /** Every feature known to the corpus. */
  readonly known: FeatureSet;
  /** Lifecycle states ever seen. */
  readonly states = new Set<LifecycleState>();
  /** States seen since somebody last took them. */
  readonly newStates: LifecycleState[] = [];
  /** Clauses ever exercised, by index: 1 where they were. */
  readonly exercised: Uint8Array;
  /** Clauses exercised for the first time since somebody last took them, by index. */
  readonly newExercised: number[] = [];
  /** Features of the last scenario that are not known. */
  readonly fresh: number[] = [];
  /** Points of the implementation's code run for the first time since somebody last took them, by what identifies them. */
  readonly newCode: number[] = [];
  readonly #code: CodeCounters | undefined;
  /** By index of the point: 1 where it was ever run, and where it is known to the corpus. */
  readonly #run: Uint8Array;
  readonly #learnt: Uint8Array;
  readonly #report: Report;
  readonly #before: Float64Array;
  #state: LifecycleState = -1;
  readonly #usedAddresses: number[] = [];
  readonly #usedValues: number[] = [];

  constructor(report: Report, known: FeatureSet, code?: CodeCounters) {
    this.#code = code;
    this.#run = new Uint8Array(code === undefined ? 0 : MOST_POINTS);
    this.#learnt = new Uint8Array(this.#run.length);
    this.#report = report;
    this.known = known;
    this.#before = report.exercised.slice();
    this.exercised = new Uint8Array(this.#before.length);
  }

  /** Listens to what a bench's models go through. */
  attach(bench: Bench): void {
    const { contract } = bench;
    contract.onStep = () => {
      const state = lifecycleState(contract.registers);
      const last = this.#state;
      if (state === last) return;
      this.#state = state;
      this.#note(feature(KIND.step, last, state));
      this.#note(feature(KIND.state, state));
      if (this.states.has(state)) return;
      this.states.add(state);
      this.newStates.push(state);
    };
  }

  /** Before a scenario is performed. */
  begin(): void {
    this.fresh.length = 0;
    this.#state = -1;
    this.#code?.clear();
  }

  /** After it was judged: collects the rest of its features. */
  collect(bench: Bench): void {
    this.#exercised();
    this.#log(bench.log);
    this.#driver(bench);
    this.#verdicts(bench);
    if (this.#code !== undefined) this.#branches(this.#code);
  }

  /** Scenarios were performed that nobody collected from: what they exercised is no news of the next. */
  skip(): void {
    this.#before.set(this.#report.exercised);
  }

  /** Takes what the last scenario reached into the set. */
  learn(features: readonly number[]): void {
    for (const one of features) this.known.add(one);
  }

  #note(hash: number): void {
    if (!this.known.has(hash) && !this.fresh.includes(hash)) this.fresh.push(hash);
  }

  /** What of the implementation's code was run. */
  #branches({ words, usedWords, hits, ids }: CodeCounters): void {
    for (let word = 0; word < usedWords; word++) {
      if (words[word] === 0) continue;
      for (let point = word * BYTES_IN_WORD; point < (word + 1) * BYTES_IN_WORD; point++) {
        if (hits[point] === 0 || this.#learnt[point] !== 0) continue;
        if (this.#run[point] === 0) {
          this.#run[point] = 1;
          this.newCode.push(ids[point]);
        }
        const one = feature(KIND.code, ids[point]);
        if (this.known.has(one)) this.#learnt[point] = 1;
        else this.fresh.push(one);
      }
    }
  }

  #exercised(): void {
    const { exercised } = this.#report;
    const before = this.#before;
    for (let i = 0; i < exercised.length; i++) {
      const count = exercised[i];
      if (count === before[i]) continue;
      this.#note(feature(KIND.exercised, i, Math.min(magnitude(count - before[i]), 6)));
      before[i] = count;
      if (this.exercised[i] !== 0) continue;
      this.exercised[i] = 1;
      this.newExercised.push(i);
    }
  }

  /** What crossed the boundary: interrupt status against the line, moves of the used index, bursts of device stores. */
  #log(log: EventLog): void {
    const { kind, address, size, value } = log;
    let line = 0;
    let burst = 0;
    this.#usedAddresses.length = 0;
    for (let row = 0; row < log.length; row++) {
      switch (kind[row] as EventKind) {
        case EventKind.RegRead:
          if (address[row] === REG.InterruptStatus) this.#note(feature(KIND.interrupt, value[row], line));
          break;
        case EventKind.RegWrite:
          if (burst > 0) this.#note(feature(KIND.batch, magnitude(burst), address[row]));
          burst = 0;
          break;
        case EventKind.Irq:
          line = value[row];
          break;
        case EventKind.DeviceStore:
          burst++;
          if (size[row] === USED_INDEX_BYTES) this.#moved(address[row], log.bytes, value[row]);
          break;
        case EventKind.Load:
          if (size[row] === USED_INDEX_BYTES) this.#moved(address[row], log.bytes, value[row]);
          break;
        default:
          break;
      }
    }
  }

  /** A 16-bit ring field was stored or seen: by how much it moved. */
  #moved(address: number, bytes: Uint8Array, at: number): void {
    const value = bytes[at] | (bytes[at + 1] << 8);
    const addresses = this.#usedAddresses;
    let i = addresses.indexOf(address);
    if (i < 0) {
      if (addresses.length >= MOST_QUEUES) return;
      i = addresses.push(address) - 1;
      this.#usedValues[i] = 0;
    }
    const delta = (value - this.#usedValues[i]) & 0xffff;
    this.#usedValues[i] = value;
    this.#note(feature(KIND.usedDelta, i, magnitude(delta)));
  }

  #driver({ driver }: Bench): void {
    if (driver === undefined) return;
    let ready = 0;
    for (const index of driver.rings.keys()) if (index < MOST_QUEUES) ready |= 1 << index;
    let rings = 0;
    for (let i = 0; i < RING_BITS.length; i++) if (driver.has(RING_BITS[i])) rings |= 1 << i;
    this.#note(feature(KIND.ready, driver.status, (ready << 8) | rings));
    const live = driver.live ? 1 : 0;
    const [low, high] = driver.accepted;
    for (let bits = low; bits !== 0; bits &= bits - 1) this.#note(feature(KIND.featureBit, bits & -bits, live));
    for (let bits = high; bits !== 0; bits &= bits - 1) this.#note(feature(KIND.featureBit, bits & -bits, live + 2));
    this.#note(feature(KIND.negotiated, driver.featuresOk ? 1 : 0, rings));
    const { reached } = driver;
    const passed =
      (reached.filled ? 1 : 0) | (reached.wrapped ? 2 : 0) | (reached.ringReset ? 4 : 0) | (driver.gaveUp ? 8 : 0);
    this.#note(feature(KIND.milestone, passed));
  }

  #verdicts(bench: Bench): void {
    const { violations, driverFaults } = this.#report;
    for (const { clause: id } of violations) this.#note(feature(KIND.violation, clause(id)));
    for (const { clause: id, voids } of driverFaults) {
      this.#note(feature(KIND.driverFault, id === undefined ? -1 : clause(id), VOIDS[voids]));
    }
    for (const object of bench.log.objects) {
      if ('outcome' in object) this.#note(feature(KIND.outcome, object.outcome.length));
    }
  }
}
