/**
 * The trace as flat columns: what crosses the driver/device boundary, in order, one row an event.
 *
 * Rows are numbers in typed arrays so that a scenario of a few hundred events costs no object; payloads lie in one byte
 * arena. Objects appear only for what is rare (host actions, outcomes).
 *
 * Values of register events are the bytes at increasing addresses read as a little-endian number, whatever the CPU or
 * bus: a big-endian legacy register holding 1 is the value 0x01000000 here. Adapters normalise; models interpret.
 */

import { empty } from '../collections.ts';

/** Kinds of event (design, section 1). */
export const EventKind = {
  /**
   * Driver read a register: address = offset from the device's base, size = width in bytes, value = what came back, or
   * NaN where a recording doesn't tell.
   */
  RegRead: 1,
  /** Driver wrote a register: address = offset, size = width in bytes, value = what was written. */
  RegWrite: 2,
  /** Driver stored to guest memory: address = physical address, size = length in bytes, payload. */
  Store: 3,
  /** Driver loaded from guest memory: address, size, payload = the bytes seen. */
  Load: 4,
  /** Device stored to guest memory (only where the target can observe it): address, size, payload. */
  DeviceStore: 5,
  /** Interrupt line as the driver sees it now: value 1 asserted, 0 not. A level, never a count. */
  Irq: 6,
  /** Something done on the host side; the object is a `HostEvent`. */
  Host: 7,
  /**
   * The device was given time. value 1: it is known to be idle (in-process). value 0: a bounded wait for something ran
   * out (the device had at least the target's patience).
   */
  Settled: 8,
  /** The implementation died, hung or broke the protocol; the object is an `OutcomeEvent`. */
  Outcome: 9,
  /** A fresh implementation was started: all state is at power-on. */
  PowerOn: 10,
} as const;
export type EventKind = (typeof EventKind)[keyof typeof EventKind];

/** Host-side stimuli and observations. Bytes are plain number arrays so that they can be saved as JSON. */
export type HostEvent =
  /** Block backend resized to `sectors` 512-byte sectors. */
  | { readonly action: 'resize-disk'; readonly sectors: number }
  /** Bytes typed into the host side of a console port. */
  | { readonly action: 'console-input'; readonly port: number; readonly bytes: readonly number[] }
  /** Bytes that came out of the host side of a console port since the last such event. */
  | { readonly action: 'console-output'; readonly port: number; readonly bytes: readonly number[] }
  /** Console resized by the host (SIZE). */
  | { readonly action: 'resize-console'; readonly cols: number; readonly rows: number }
  /** Console port plugged in or out, opened or closed by the host. */
  | { readonly action: 'port'; readonly port: number; readonly change: 'add' | 'remove' | 'open' | 'close' }
  /** The host made the device hit an error that only a reset can cure. */
  | { readonly action: 'break-device' };
export type HostActionKind = HostEvent['action'];

/** How an implementation under test can fail to answer. */
export interface OutcomeEvent {
  readonly outcome: 'died' | 'hung' | 'protocol-error' | 'threw';
  /** Evidence for people: exit code or signal, last lines of output, the exception's text. */
  readonly evidence: string;
}

const INITIAL_ROWS = 1024;
const INITIAL_BYTES = 64 * 1024;
/** Payloads up to this length are copied by a loop: the view that the engine's copying takes costs more than the bytes. */
const SHORT = 64;

export class EventLog {
  length = 0;
  kind = new Uint8Array(INITIAL_ROWS);
  address = new Float64Array(INITIAL_ROWS);
  size = new Uint32Array(INITIAL_ROWS);
  /** Register value, level, or offset of the payload in `bytes`. */
  value = new Float64Array(INITIAL_ROWS);
  bytes = new Uint8Array(INITIAL_BYTES);
  bytesLength = 0;
  readonly objects: (HostEvent | OutcomeEvent)[] = [];

  clear(): void {
    this.length = 0;
    this.bytesLength = 0;
    empty(this.objects);
  }

  /** Appends a row without payload and returns its index. */
  push(kind: EventKind, address: number, size: number, value: number): number {
    const row = this.length;
    if (row === this.kind.length) this.#growRows();
    this.kind[row] = kind;
    this.address[row] = address;
    this.size[row] = size;
    this.value[row] = value;
    this.length = row + 1;
    return row;
  }

  /** Appends a row whose payload is copied from `source[from, from + size)`; returns its index. */
  pushBytes(kind: EventKind, address: number, source: Uint8Array, from: number, size: number): number {
    const offset = this.bytesLength;
    if (offset + size > this.bytes.length) this.#growBytes(offset + size);
    if (size <= SHORT) {
      const bytes = this.bytes;
      for (let i = 0; i < size; i++) bytes[offset + i] = source[from + i];
    } else {
      this.bytes.set(from === 0 && size === source.length ? source : source.subarray(from, from + size), offset);
    }
    this.bytesLength = offset + size;
    return this.push(kind, address, size, offset);
  }

  pushHost(event: HostEvent): number {
    return this.push(EventKind.Host, 0, 0, this.objects.push(event) - 1);
  }

  pushOutcome(event: OutcomeEvent): number {
    return this.push(EventKind.Outcome, 0, 0, this.objects.push(event) - 1);
  }

  /** The payload of a Store, Load or DeviceStore row: a view that is valid until the next append. */
  payload(row: number): Uint8Array {
    const offset = this.value[row];
    return this.bytes.subarray(offset, offset + this.size[row]);
  }

  host(row: number): HostEvent {
    return this.objects[this.value[row]] as HostEvent;
  }

  outcome(row: number): OutcomeEvent {
    return this.objects[this.value[row]] as OutcomeEvent;
  }

  #growRows(): void {
    const rows = this.kind.length * 2;
    const grow = <T extends Uint8Array | Uint32Array | Float64Array>(into: T, from: T): T => {
      into.set(from);
      return into;
    };
    this.kind = grow(new Uint8Array(rows), this.kind);
    this.address = grow(new Float64Array(rows), this.address);
    this.size = grow(new Uint32Array(rows), this.size);
    this.value = grow(new Float64Array(rows), this.value);
  }

  #growBytes(needed: number): void {
    let capacity = this.bytes.length * 2;
    while (capacity < needed) capacity *= 2;
    const bytes = new Uint8Array(capacity);
    bytes.set(this.bytes.subarray(0, this.bytesLength));
    this.bytes = bytes;
  }
}
