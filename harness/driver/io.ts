/**
 * How the reference driver touches an implementation, written once for synchronous and batched targets.
 *
 * The driver calls an operation, gets a reference, and may look at its result only after the batch was flushed: it says
 * `if (io.pending) yield;`. On a synchronous target nothing is ever pending; on a batched one the harness performs the
 * collected operations at each `yield`.
 */
import { EventKind, type EventLog, type HostEvent } from '../../models/trace/event-log.ts';
import type { AsyncSession, Op, SyncSession } from '../../targets/target.ts';

/** Reference to the result of an operation, valid once the batch it belongs to was flushed. */
export type Ref = number;

export interface Io {
  /** Operations wait for a flush. */
  readonly pending: boolean;
  read(offset: number, size: number): Ref;
  write(offset: number, size: number, value: number): void;
  store(address: number, bytes: Uint8Array): void;
  load(address: number, size: number): Ref;
  /** Waits for the 16-bit field at `address` to equal `value` (raw little-endian number of its bytes). */
  wait(address: number, value: number): Ref;
  waitRegister(offset: number, size: number, mask: number, want: number): Ref;
  interrupt(): void;
  settle(): void;
  host(event: HostEvent): void;
  /** Value of a register read. */
  value(ref: Ref): number;
  /** Bytes of a load; valid until the next operation. */
  payload(ref: Ref): Uint8Array;
  /** The first two bytes of a load as a little-endian number. */
  half(ref: Ref): number;
}

export class SyncIo implements Io {
  readonly pending = false;
  readonly #session: SyncSession;
  readonly #log: EventLog;

  constructor(session: SyncSession) {
    this.#session = session;
    this.#log = session.log;
  }

  read(offset: number, size: number): Ref {
    return this.#session.readRegister(offset, size);
  }

  write(offset: number, size: number, value: number): void {
    this.#session.writeRegister(offset, size, value);
  }

  store(address: number, bytes: Uint8Array): void {
    this.#session.store(address, bytes);
  }

  load(address: number, size: number): Ref {
    return this.#session.load(address, size);
  }

  wait(address: number, value: number): Ref {
    let row = this.#session.load(address, 2);
    if (half(this.#log, row) !== value) {
      this.#session.settle();
      row = this.#session.load(address, 2);
    }
    return row;
  }

  waitRegister(offset: number, size: number, mask: number, want: number): Ref {
    let value = this.#session.readRegister(offset, size);
    if ((value & mask) >>> 0 !== want) {
      this.#session.settle();
      value = this.#session.readRegister(offset, size);
    }
    return value;
  }

  interrupt(): void {
    this.#session.interrupt();
  }

  settle(): void {
    this.#session.settle();
  }

  host(event: HostEvent): void {
    this.#session.host(event);
  }

  /** A synchronous register read returns its value itself, so the reference is the value. */
  value(ref: Ref): number {
    return ref;
  }

  payload(ref: Ref): Uint8Array {
    return this.#log.payload(ref);
  }

  half(ref: Ref): number {
    return half(this.#log, ref);
  }
}

function half(log: EventLog, row: number): number {
  const offset = log.value[row];
  return log.bytes[offset] | (log.bytes[offset + 1] << 8);
}

export class BatchIo implements Io {
  readonly #session: AsyncSession;
  #ops: Op[] = [];
  #rows: readonly number[] = [];
  /** Index of the first operation of the flushed batch, so that references stay unique over the scenario. */
  #base = 0;
  #flushedBase = 0;

  constructor(session: AsyncSession) {
    this.#session = session;
  }

  get pending(): boolean {
    return this.#ops.length > 0;
  }

  /** Number of operations that wait for a flush. */
  get pendingCount(): number {
    return this.#ops.length;
  }

  /** Performs what was collected. Returns false when the implementation failed to answer. */
  async flush(): Promise<boolean> {
    const ops = this.#ops;
    this.#ops = [];
    this.#flushedBase = this.#base;
    this.#base += ops.length;
    const log = this.#session.log;
    const before = log.length;
    this.#rows = await this.#session.perform(ops);
    for (let row = before; row < log.length; row++) if (log.kind[row] === EventKind.Outcome) return false;
    return true;
  }

  #add(op: Op): Ref {
    return this.#base + this.#ops.push(op) - 1;
  }

  read(offset: number, size: number): Ref {
    return this.#add({ op: 'read', offset, size });
  }

  write(offset: number, size: number, value: number): void {
    this.#add({ op: 'write', offset, size, value });
  }

  store(address: number, bytes: Uint8Array): void {
    // Copied: the caller may reuse its scratch buffer before the batch is flushed.
    this.#add({ op: 'store', address, bytes: bytes.slice() });
  }

  load(address: number, size: number): Ref {
    return this.#add({ op: 'load', address, size });
  }

  wait(address: number, value: number): Ref {
    return this.#add({ op: 'wait', address, value });
  }

  waitRegister(offset: number, size: number, mask: number, want: number): Ref {
    return this.#add({ op: 'wait-register', offset, size, mask, want });
  }

  interrupt(): void {
    this.#add({ op: 'interrupt' });
  }

  settle(): void {
    this.#add({ op: 'settle' });
  }

  host(event: HostEvent): void {
    this.#add({ op: 'host', event });
  }

  value(ref: Ref): number {
    return this.#session.log.value[this.#rows[ref - this.#flushedBase]];
  }

  payload(ref: Ref): Uint8Array {
    return this.#session.log.payload(this.#rows[ref - this.#flushedBase]);
  }

  half(ref: Ref): number {
    return half(this.#session.log, this.#rows[ref - this.#flushedBase]);
  }
}
