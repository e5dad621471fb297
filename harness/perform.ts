/** Performs one scenario on an opened session and lets the contract judge what happened. */
import type { Scenario } from '../generators/scenario.ts';
import type { Contract } from '../models/contract.ts';
import { EventKind, EventLog } from '../models/trace/event-log.ts';
import type { Session } from '../targets/target.ts';
import { Arena } from './driver/arena.ts';
import { perform } from './driver/driver.ts';
import { resetDevice, type Steps } from './driver/initialise.ts';
import { BatchIo, SyncIo } from './driver/io.ts';
import { DriverState } from './driver/state.ts';

/** A session together with what judges it. One per opened combination. */
export class Bench {
  readonly session: Session;
  readonly contract: Contract;
  readonly arena: Arena;
  readonly log: EventLog;
  /** Events judged since the bench was opened. */
  events = 0;
  /** The reference driver as the last scenario left it. */
  driver: DriverState | undefined;
  /** Called with every scenario that is about to be performed. */
  beforeRun: ((scenario: Scenario) => void) | undefined;
  /** Whether the driver keeps what comes back of each request (`driver.completions`). */
  keepsCompletions = false;
  #syncIo: SyncIo | undefined;

  constructor(session: Session, contract: Contract) {
    this.session = session;
    this.contract = contract;
    this.arena = new Arena(session.info.memory);
    this.log = new EventLog();
    session.log = this.log;
    if (session.kind === 'sync') this.#syncIo = new SyncIo(session);
  }

  /**
   * Runs a scenario from a fresh log. What it found lies in `contract.report` until the next call; the events in `log`.
   * `fresh` starts the implementation anew first (always done in process, where it costs nothing).
   */
  run(scenario: Scenario, fresh = false): Promise<void> | undefined {
    this.beforeRun?.(scenario);
    this.log.clear();
    this.contract.report.clearFindings();
    if (this.session.kind === 'sync') {
      this.#runSync(scenario);
      return undefined;
    }
    return this.#runAsync(scenario, fresh);
  }

  #runSync(scenario: Scenario): void {
    const session = this.session;
    if (session.kind !== 'sync' || !this.#syncIo) return;
    session.restart();
    this.arena.rewind(true);
    const state = new DriverState(session.info, this.#syncIo, this.arena);
    if (this.keepsCompletions) state.completions = [];
    this.driver = state;
    for (const action of scenario.actions) {
      // Nothing ever pends on a synchronous target, so the steps never pause.
      perform(state, action)?.next();
      if (this.log.objects.length > 0 && this.failed()) break;
    }
    this.#judge();
  }

  async #runAsync(scenario: Scenario, fresh: boolean): Promise<void> {
    const session = this.session;
    if (session.kind !== 'async') return;
    await session.restart(fresh);
    this.arena.rewind(false);
    const io = new BatchIo(session);
    const state = new DriverState(session.info, io, this.arena);
    if (this.keepsCompletions) state.completions = [];
    this.driver = state;
    // The process lives on between scenarios, so each starts with a reset: what came before is over.
    if (scenario.actions[0]?.do !== 'init') resetDevice(state);
    let answering = true;
    for (const action of scenario.actions) {
      answering = await drive(perform(state, action), io);
      if (!answering) break;
    }
    if (answering && io.pending) await io.flush();
    this.#judge();
  }

  /** Whether the implementation died, hung or threw in what was logged so far. */
  failed(): boolean {
    const { log } = this;
    for (const object of log.objects) if ('outcome' in object) return true;
    return false;
  }

  #judge(): void {
    this.contract.judge(this.log);
    this.events += this.log.length;
  }
}

/**
 * Operations that may wait for company. What nobody needs an answer to goes along with what follows, since each round trip
 * costs as much as many operations.
 */
const MOST_PENDING = 256;

/** Takes the steps of one action, flushing at each pause. False: the implementation failed to answer. */
async function drive(steps: Steps | undefined, io: BatchIo): Promise<boolean> {
  while (steps?.next().done === false) if (!(await io.flush())) return false;
  return io.pendingCount < MOST_PENDING || io.flush();
}

/** The log rows of outcomes, for records of how the implementation failed. */
export function outcomeRows(log: EventLog): number[] {
  const rows: number[] = [];
  for (let row = 0; row < log.length; row++) if (log.kind[row] === EventKind.Outcome) rows.push(row);
  return rows;
}
