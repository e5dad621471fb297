/** Where the queues of a trace lie, from the register writes that set them up (4.2.2, 4.2.4). */
import { REG } from '../../models/mmio/layout.ts';
import type { Transport } from '../../models/setup.ts';
import { legacyAddress, legacyLayout } from '../../models/virtqueue/layout.ts';

/** A split virtqueue: number of entries, and the physical addresses of its three parts. */
export interface QueuePlace {
  readonly index: number;
  readonly size: number;
  readonly descriptors: number;
  readonly available: number;
  readonly used: number;
  /** Set up now; false: it was, and has been taken away since. */
  readonly inUse: boolean;
}

interface Programmed {
  size: number;
  align: number;
  readonly words: Map<number, number>;
  place: QueuePlace | undefined;
}

const PARTS = [
  ['descriptors', REG.QueueDescLow, REG.QueueDescHigh],
  ['available', REG.QueueDriverLow, REG.QueueDriverHigh],
  ['used', REG.QueueDeviceLow, REG.QueueDeviceHigh],
] as const;
const ADDRESS_REGISTERS: readonly number[] = PARTS.flatMap(([, low, high]) => [low, high]);
const HIGH_WORD = 0x1_0000_0000;
/** What drivers use when a trace begins after they wrote it. */
const USUAL_PAGE = 4096;
const LARGEST = 32768;

export class QueueRegisters {
  readonly #legacy: boolean;
  readonly #queues = new Map<number, Programmed>();
  #selected = 0;
  #pageSize = USUAL_PAGE;

  constructor(transport: Transport) {
    this.#legacy = transport === 'mmio-v1';
  }

  /** Power-on. */
  clear(): void {
    this.#queues.clear();
    this.#selected = 0;
    this.#pageSize = USUAL_PAGE;
  }

  /** The driver wrote `value`, as the register means it, at `offset`. */
  write(offset: number, value: number): void {
    const queue = this.#queue(this.#selected);
    if (offset === REG.QueueSel) this.#selected = value;
    else if (offset === REG.QueueSize) queue.size = value;
    else if (offset === REG.Status && value === 0) this.#withdrawAll();
    else if (this.#legacy) this.#writeLegacy(queue, offset, value);
    else if (ADDRESS_REGISTERS.includes(offset)) queue.words.set(offset, value);
    else if (offset === REG.QueueReady) this.#ready(queue, value !== 0);
    else if (offset === REG.QueueReset && value === 1) this.#ready(queue, false);
  }

  /** Every queue that was ever set up, by index. */
  places(): readonly QueuePlace[] {
    const places = [...this.#queues.values()].flatMap(({ place }) => place ?? []);
    return places.sort((a, b) => a.index - b.index);
  }

  #queue(index: number): Programmed {
    let queue = this.#queues.get(index);
    if (queue === undefined) {
      queue = { size: 0, align: USUAL_PAGE, words: new Map(), place: undefined };
      this.#queues.set(index, queue);
    }
    return queue;
  }

  #writeLegacy(queue: Programmed, offset: number, value: number): void {
    if (offset === REG.GuestPageSize) this.#pageSize = value;
    else if (offset === REG.QueueAlign) queue.align = value;
    else if (offset === REG.QueuePFN && value === 0) this.#withdraw(queue);
    else if (offset === REG.QueuePFN) {
      const start = legacyAddress(value, this.#pageSize);
      const { descriptors, available, used } = legacyLayout(queue.size, queue.align === 0 ? USUAL_PAGE : queue.align);
      this.#place(queue, start + descriptors, start + available, start + used);
    }
  }

  #ready(queue: Programmed, on: boolean): void {
    if (!on) {
      this.#withdraw(queue);
      return;
    }
    const [descriptors, available, used] = PARTS.map(
      ([, low, high]) => (queue.words.get(high) ?? 0) * HIGH_WORD + (queue.words.get(low) ?? 0),
    );
    this.#place(queue, descriptors, available, used);
  }

  #place(queue: Programmed, descriptors: number, available: number, used: number): void {
    const { size } = queue;
    if (size < 1 || size > LARGEST) return;
    queue.place = { index: this.#selected, size, descriptors, available, used, inUse: true };
  }

  #withdraw(queue: Programmed): void {
    if (queue.place !== undefined) queue.place = { ...queue.place, inUse: false };
  }

  #withdrawAll(): void {
    for (const queue of this.#queues.values()) this.#withdraw(queue);
  }
}
