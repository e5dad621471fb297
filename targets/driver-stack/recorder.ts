/**
 * Records what a driver stack and the device under it do, twice in one order: as events of the attach model, and as rows
 * of an event log for the models of the specification.
 */
import { KernelPanic } from '../../emulator/driver/kernel/panic.ts';
import type { DriverStep, Observer } from '../../emulator/driver/observer.ts';
import type { AttachEvent } from '../../models/attach/events.ts';
import { EventKind, type EventLog } from '../../models/trace/event-log.ts';

/**
 * Events of one machine. The longest scenarios have some ten thousand; a driver that has more goes round in circles, as one does
 * whose free list has become a ring, and the machine would run out of memory before anybody is told.
 */
const MOST_EVENTS = 300_000;

export class Recorder implements Observer {
  readonly events: AttachEvent[] = [];
  /** What the driver printed, and the index of the event before which it did. */
  readonly prints: { readonly at: number; readonly text: string }[] = [];
  readonly #log: EventLog;
  readonly #most: number;
  #drained = 0;

  constructor(log: EventLog, most = MOST_EVENTS) {
    this.#log = log;
    this.#most = most;
  }

  /** Throws KernelPanic where the driver does not come to an end. */
  observe(step: DriverStep): void {
    this.drain();
    if (step.kind !== 'panic' && this.events.length > this.#most)
      throw new KernelPanic('hang', `no end after ${this.#most} events`);
    switch (step.kind) {
      case 'print':
        this.prints.push({ at: this.events.length, text: step.text });
        return;
      case 'softc': {
        const { kind, child, queues, handle, version1 } = step;
        this.events.push({ kind, child, queues, handle, version1 });
        return;
      }
      case 'panic':
        this.events.push({ kind: 'panic', cause: step.cause, reason: step.reason });
        return;
      case 'sync':
        this.events.push({ kind: 'sync', address: step.address, size: step.size, op: step.op });
        return;
      default:
        this.events.push(step);
    }
  }

  push(event: AttachEvent): void {
    this.drain();
    this.events.push(event);
  }

  /** Takes over what the device has stored since the last call. */
  drain(): void {
    const log = this.#log;
    for (; this.#drained < log.length; this.#drained++) {
      if (log.kind[this.#drained] !== EventKind.DeviceStore) continue;
      const bytes = log.payload(this.#drained).slice();
      this.events.push({ kind: 'device-store', address: log.address[this.#drained], bytes });
    }
  }
}
