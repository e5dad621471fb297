/**
 * A session with an implementation behind qtest: translates operations to commands, pipelines them as far as the answers
 * aren't needed, and appends what happened to the event log in order.
 */
import { EventKind, EventLog, type HostEvent, type OutcomeEvent } from '../../models/trace/event-log.ts';
import type { AsyncSession, Op, SessionInfo } from '../target.ts';
import { fromCpu, swapBytes, toCpu } from './byte-order.ts';
import { QtestFailure, type QtestClient, type ReplySink } from './client.ts';
import { CommandBatch } from './commands.ts';

/** A running implementation with its qtest connection. */
export interface QtestConnection {
  readonly client: QtestClient;
  /** Guest-physical address of the device's register window. */
  readonly registerBase: number;
  /** Byte order of the CPU that qtest plays. */
  readonly bigEndian: boolean;
  /** Name of the device's line in `IRQ raise` messages, or null if it can't be observed. */
  readonly interruptLine: string | null;
  /** Id of the implementation's process, where it was started here. */
  readonly pid?: number;
  /** Ends the implementation if it still runs; resolves to what is known of its end: exit code, signal, last output. */
  stop(): Promise<string>;
  /**
   * Performs a host action and resolves, once it is done, to the event to be logged; to null if the host side refused
   * (nothing happened). May reject with a QtestFailure.
   */
  host?(event: HostEvent): Promise<HostEvent | null>;
  /** Undoes what host actions left behind, between two scenarios. Resolves to the host events that did so, for the log; to null if only a fresh start helps. */
  tidy?(): Promise<readonly HostEvent[] | null>;
}

export interface QtestSessionOptions {
  readonly info: SessionInfo;
  /** Starts a fresh implementation at power-on. */
  start(): Promise<QtestConnection>;
  /** Milliseconds that `wait` and `wait-register` go on. Default 2000. */
  readonly waitPatience?: number;
  /** Releases what outlives a single implementation (temporary files). */
  dispose?(): Promise<void>;
}

const DEFAULT_WAIT_PATIENCE = 2000;
/** Polling at full speed for this long, then with pauses: most devices answer at once, the others need the CPU. */
const EAGER_MILLISECONDS = 20;
/** Commands sent before a reply is awaited: bounds the memory that a long batch takes, costs no measurable speed. */
const STRETCH = 4096;
/** Round trips of a settle: an event loop that serves other sources between two commands has served each of them. */
const SETTLE_ROUND_TRIPS = 3;

const IGNORE: ReplySink = { reply() {} };

/** See `AsyncSession`. The first connection is passed in: what it found out (addresses, version) is part of `info`. */
export class QtestSession implements AsyncSession {
  readonly kind = 'async';
  readonly info: SessionInfo;
  log = new EventLog();
  private readonly options: QtestSessionOptions;
  private connection: QtestConnection | null;
  private waitPatience: number;

  constructor(options: QtestSessionOptions, connection: QtestConnection) {
    this.info = options.info;
    this.options = options;
    this.connection = connection;
    this.waitPatience = options.waitPatience ?? DEFAULT_WAIT_PATIENCE;
    this.log.push(EventKind.PowerOn, 0, 0, 0);
  }

  get processId(): number | undefined {
    return this.connection?.pid;
  }

  /** Milliseconds that later waits go on; shrinking uses a shorter one. Undefined restores the default. */
  setWaitPatience(milliseconds?: number): void {
    this.waitPatience = milliseconds ?? this.options.waitPatience ?? DEFAULT_WAIT_PATIENCE;
  }

  async perform(ops: readonly Op[]): Promise<readonly number[]> {
    const rows = new Array<number>(ops.length).fill(-1);
    const connection = this.connection;
    if (connection === null) return rows;
    let index = 0;
    try {
      while (index < ops.length) {
        const op = ops[index];
        switch (op.op) {
          case 'wait':
            rows[index++] = await this.wait(connection, op.address, op.value);
            break;
          case 'wait-register':
            rows[index++] = await this.waitRegister(connection, op);
            break;
          case 'settle':
            for (let i = 0; i < SETTLE_ROUND_TRIPS; i++) await roundTrip(connection.client);
            index++;
            break;
          case 'host':
            rows[index++] = await this.host(connection, op.event);
            break;
          default:
            index = await this.stretch(connection, ops, index, rows);
        }
      }
    } catch (error) {
      if (!(error instanceof QtestFailure)) throw error;
      await this.lost(connection, error);
    }
    return rows;
  }

  async restart(always = false): Promise<void> {
    if (this.connection !== null && !always) {
      try {
        const undone = this.connection.tidy ? await this.connection.tidy() : [];
        if (undone !== null) {
          for (const event of undone) this.log.pushHost(event);
          return;
        }
      } catch (error) {
        if (!(error instanceof QtestFailure)) throw error;
      }
    }
    const old = this.connection;
    this.connection = null;
    await old?.stop();
    this.connection = await this.options.start();
    this.log.push(EventKind.PowerOn, 0, 0, 0);
  }

  async close(): Promise<void> {
    const connection = this.connection;
    this.connection = null;
    await connection?.stop();
    await this.options.dispose?.();
  }

  /**
   * Performs operations from `from` on that need no answer from each other; returns the index after the last one. A wait
   * that follows them gets its first try along with them, and is over if that succeeds.
   */
  private async stretch(
    connection: QtestConnection,
    ops: readonly Op[],
    from: number,
    rows: number[],
  ): Promise<number> {
    const batch = new CommandBatch();
    const base = connection.registerBase;
    let to = from;
    let tries = false;
    for (; to < ops.length && batch.length < STRETCH && !tries; to++) {
      const op = ops[to];
      if (op.op === 'read') {
        batch.read(base + op.offset, op.size);
      } else if (op.op === 'write') {
        const { high, low } = toCpu(op.value, op.size, connection.bigEndian);
        batch.write(base + op.offset, op.size, high, low);
      } else if (op.op === 'store') {
        if (op.bytes.length > 0) batch.store(op.address, op.bytes);
      } else if (op.op === 'load') {
        if (op.size > 0) batch.load(op.address, op.size);
      } else if (op.op === 'interrupt') {
        batch.endianness();
      } else if (op.op === 'wait') {
        batch.load(op.address, 2);
        tries = true;
      } else if (op.op === 'wait-register') {
        batch.read(base + op.offset, op.size);
        tries = true;
      } else {
        break;
      }
    }
    const recorder = new Recorder(this.log, connection, ops, from, to, rows);
    try {
      await connection.client.run(batch, recorder);
    } catch (error) {
      recorder.logUnanswered();
      throw error;
    }
    recorder.finish();
    return tries && rows[to - 1] < 0 ? to - 1 : to;
  }

  /** One load per round trip: commands that arrive together are answered before the device gets to run. */
  private async wait(connection: QtestConnection, address: number, value: number): Promise<number> {
    const seen = new Uint8Array(2);
    const sink: ReplySink = { reply: (_high, _low, data) => seen.set(data.subarray(0, 2)) };
    const matched = await this.poll(async () => {
      const batch = new CommandBatch();
      batch.load(address, 2);
      await connection.client.run(batch, sink);
      return (seen[0] | (seen[1] << 8)) === value;
    });
    const row = this.log.pushBytes(EventKind.Load, address, seen, 0, 2);
    if (!matched) this.log.push(EventKind.Settled, 0, 0, 0);
    return row;
  }

  private async waitRegister(connection: QtestConnection, op: Op & { op: 'wait-register' }): Promise<number> {
    let value = 0;
    const sink: ReplySink = {
      reply: (high, low) => {
        value = fromCpu(high, low, op.size, connection.bigEndian);
      },
    };
    const matched = await this.poll(async () => {
      const batch = new CommandBatch();
      batch.read(connection.registerBase + op.offset, op.size);
      await connection.client.run(batch, sink);
      return (value & op.mask) >>> 0 === op.want >>> 0;
    });
    const row = this.log.push(EventKind.RegRead, op.offset, op.size, value);
    if (!matched) this.log.push(EventKind.Settled, 0, 0, 0);
    return row;
  }

  /** Repeats `attempt` until it holds (true) or the patience ran out (false). */
  private async poll(attempt: () => Promise<boolean>): Promise<boolean> {
    const started = performance.now();
    for (;;) {
      if (await attempt()) return true;
      const elapsed = performance.now() - started;
      if (elapsed >= this.waitPatience) return false;
      if (elapsed > EAGER_MILLISECONDS) await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  private async host(connection: QtestConnection, event: HostEvent): Promise<number> {
    if (!this.info.hostActions.includes(event.action)) {
      throw new RangeError(`${this.info.target} (${this.info.device}) has no host action ${event.action}`);
    }
    const done = await connection.host?.(event);
    return done ? this.log.pushHost(done) : -1;
  }

  private async lost(connection: QtestConnection, failure: QtestFailure): Promise<void> {
    this.connection = null;
    const evidence = [failure.message, await connection.stop()].filter((part) => part !== '').join('; ');
    this.log.pushOutcome({ outcome: OUTCOMES[failure.kind], evidence });
  }
}

const OUTCOMES: Record<QtestFailure['kind'], OutcomeEvent['outcome']> = {
  ended: 'died',
  hung: 'hung',
  protocol: 'protocol-error',
};

/** Turns the replies of a stretch into events. Operations without bytes have no command and are logged in passing. */
class Recorder implements ReplySink {
  private readonly log: EventLog;
  private readonly connection: QtestConnection;
  private readonly ops: readonly Op[];
  private readonly to: number;
  private readonly rows: number[];
  private index: number;

  constructor(
    log: EventLog,
    connection: QtestConnection,
    ops: readonly Op[],
    from: number,
    to: number,
    rows: number[],
  ) {
    this.log = log;
    this.connection = connection;
    this.ops = ops;
    this.index = from;
    this.to = to;
    this.rows = rows;
  }

  reply(high: number, low: number, data: Uint8Array): void {
    this.logEmpty();
    const index = this.index++;
    this.rows[index] = this.record(this.ops[index], high, low, data);
  }

  /** After the last reply: operations without bytes at the end. */
  finish(): void {
    this.logEmpty();
  }

  /** What the driver did last before the connection was lost belongs in the trace; a read has no value to show. */
  logUnanswered(): void {
    this.logEmpty();
    const op = this.ops[this.index];
    if (this.index < this.to && (op.op === 'write' || op.op === 'store')) {
      this.rows[this.index] = this.record(op, 0, 0, EMPTY);
    }
  }

  private record(op: Op, high: number, low: number, data: Uint8Array): number {
    const log = this.log;
    switch (op.op) {
      case 'read':
        return log.push(EventKind.RegRead, op.offset, op.size, fromCpu(high, low, op.size, this.connection.bigEndian));
      case 'write':
        return log.push(EventKind.RegWrite, op.offset, op.size, op.value);
      case 'store':
        return log.pushBytes(EventKind.Store, op.address, op.bytes, 0, op.bytes.length);
      case 'load':
        return log.pushBytes(EventKind.Load, op.address, data, 0, data.length);
      case 'interrupt': {
        const line = this.connection.interruptLine;
        if (line === null) return -1;
        return log.push(EventKind.Irq, 0, 0, this.connection.client.interruptLevel(line));
      }
      case 'wait':
        if ((data[0] | (data[1] << 8)) !== op.value) return -1;
        return log.pushBytes(EventKind.Load, op.address, data, 0, 2);
      case 'wait-register': {
        const value = fromCpu(high, low, op.size, this.connection.bigEndian);
        if ((value & op.mask) >>> 0 !== op.want >>> 0) return -1;
        return log.push(EventKind.RegRead, op.offset, op.size, value);
      }
      default:
        return -1;
    }
  }

  private logEmpty(): void {
    for (; this.index < this.to; this.index++) {
      const op = this.ops[this.index];
      const empty = (op.op === 'store' && op.bytes.length === 0) || (op.op === 'load' && op.size === 0);
      if (!empty) return;
      this.rows[this.index] = this.record(op, 0, 0, EMPTY);
    }
  }
}

const EMPTY = new Uint8Array(0);

/** Sends a command that touches no device and waits for its answer. */
export async function roundTrip(client: QtestClient): Promise<void> {
  const batch = new CommandBatch();
  batch.endianness();
  await client.run(batch, IGNORE);
}

/** What `probe` finds out of a fresh connection. */
export interface Probe {
  readonly bigEndian: boolean;
  /** The register values asked for, by index, as logged values. */
  readonly values: readonly number[];
}

/** Asks for the byte order and reads 32-bit registers at absolute addresses. Rejects with a QtestFailure. */
export async function probe(client: QtestClient, addresses: readonly number[]): Promise<Probe> {
  let order = '';
  const ask = new CommandBatch();
  ask.endianness();
  await client.run(ask, { reply: (_high, _low, data) => (order = Buffer.from(data).toString('latin1')) });
  if (order !== 'little' && order !== 'big') {
    throw new QtestFailure('protocol', `endianness answers "${order}" instead of little or big`);
  }
  const bigEndian = order === 'big';
  const values: number[] = [];
  const batch = new CommandBatch();
  for (const address of addresses) batch.read(address, 4);
  await client.run(batch, { reply: (_high, low) => values.push(bigEndian ? swapBytes(low, 4) : low) });
  return { bigEndian, values };
}
