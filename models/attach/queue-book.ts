/** What the rules about requests know of each queue: its memory, its slots, and the buffers that its requests carry. */
import type { CallEvent } from './events.ts';

export interface Buffer {
  readonly address: number;
  readonly length: number;
  /** The device reads it. */
  readonly readable: boolean;
  /** Synchronised for the CPU since the device used it. */
  synced: boolean;
}

export interface SlotRecord {
  state: 'prepared' | 'reserved' | 'committed' | 'used' | 'freeing';
  readonly thread: number;
  nsegs: number;
  indirect: boolean;
  readonly buffers: Buffer[];
}

export interface QueueRecord {
  readonly index: number;
  readonly num: number;
  readonly desc: number;
  readonly avail: number;
  readonly used: number;
  /** Address of the indirect tables, 0 without. */
  readonly indirect: number;
  readonly maxNSegs: number;
  readonly slots: Map<number, SlotRecord>;
  /** Requests that were committed, and used elements that the driver has taken. */
  committed: number;
  taken: number;
}

export class QueueBook {
  readonly queues = new Map<number, QueueRecord>();

  allocated({ facts }: CallEvent): void {
    if (facts.result !== 0) return;
    const index = Number(facts.queue);
    this.queues.set(index, {
      index,
      num: Number(facts.num),
      desc: Number(facts.desc),
      avail: Number(facts.avail),
      used: Number(facts.used),
      indirect: Number(facts.indirect),
      maxNSegs: Number(facts.maxNSegs),
      slots: new Map(),
      committed: 0,
      taken: 0,
    });
  }

  of({ facts }: CallEvent): QueueRecord | undefined {
    return this.queues.get(Number(facts.queue));
  }

  /** Descriptors that requests of a queue hold. */
  held(queue: QueueRecord): number {
    let held = 0;
    for (const slot of queue.slots.values()) held += slot.state === 'prepared' || slot.indirect ? 1 : slot.nsegs;
    return held;
  }

  /** The same, by the queue's number. */
  heldIn(index: number): number {
    const queue = this.queues.get(index);
    return queue === undefined ? 0 : this.held(queue);
  }

  /** Whether requests hold all descriptors of a queue, by its number. */
  isFull(index: number): boolean {
    const queue = this.queues.get(index);
    return queue !== undefined && this.held(queue) >= queue.num;
  }

  heldAltogether(): number {
    let held = 0;
    for (const queue of this.queues.values()) held += this.held(queue);
    return held;
  }

  /** The rings start afresh. */
  restarted(): void {
    for (const queue of this.queues.values()) {
      queue.slots.clear();
      queue.committed = queue.taken = 0;
    }
  }
}
