/** One virtqueue of the driver: where its memory lies and what the driver remembers about it. */
import type { DmaMemory } from '../kernel/dma.ts';
import { PAGE_SIZE, type Order } from '../kernel/host.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { KernelPanic } from '../kernel/panic.ts';
import { DESC_SIZE } from './bits.ts';

/** Sizes of the ring parts, in bytes. `header` is 3 words with the event index and 2 without. */
export interface RingSizes {
  readonly avail: number;
  readonly used: number;
  /** Offset of the used ring from the start of the memory. */
  readonly usedOffset: number;
  readonly indirectOffset: number;
  readonly indirect: number;
  readonly total: number;
}

/** What a slot remembers while a request owns it. */
export interface SlotExtra {
  useIndirect: boolean;
  /** Address of the descriptor table that is being filled, or null. */
  descBase: number | null;
  /** Position that is filled next, or END. */
  descFreeIdx: number;
}

export type QueueHandler = () => number;

export class Virtqueue {
  num = 0;
  index = 0;
  handler: QueueHandler | null = null;
  /** The device told the driver where to notify it (PCI 1.0). */
  notifyOff = 0;
  memory: DmaMemory | null = null;
  sizes: RingSizes | null = null;
  maxSegSize = 0;
  maxNSegs = 0;
  readonly name: string;
  slots: SlotExtra[] = [];
  /** Head of the chain of free descriptors (since virtio.c 1.73). */
  freeIdx = 0;
  /** Free entries, first in first out (before). */
  freeList: number[] = [];
  availIdx = 0;
  usedIdx = 0;
  queued = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** As after allocation of the structure: everything zero. */
  clear(): void {
    this.num = 0;
    this.index = 0;
    this.handler = null;
    this.notifyOff = 0;
    this.memory = null;
    this.sizes = null;
    this.slots = [];
    this.freeList = [];
    this.freeIdx = this.availIdx = this.usedIdx = this.queued = 0;
  }

  /** Of a queue that has no memory, or none any more, it is a null pointer. */
  get desc(): number {
    if (this.memory === null) throw new KernelPanic('null-dereference', `${this.name} has no memory`);
    return this.memory.address;
  }
  get avail(): number {
    return this.desc + DESC_SIZE * this.num;
  }
  get used(): number {
    return this.desc + this.sizes!.usedOffset;
  }
  get usedEvent(): number {
    return this.avail + 4 + 2 * this.num;
  }
  get availEvent(): number {
    return this.used + 4 + 8 * this.num;
  }
  indirectTable(slot: number): number {
    return this.desc + this.sizes!.indirectOffset + DESC_SIZE * this.maxNSegs * slot;
  }
}

const WORD = 2;
const USED_ELEMENT = 8;
const USED_ALIGN = 4;
const roundUp = (value: number, to: number): number => Math.ceil(value / to) * to;

/**
 * The sizes that virtio.c computes. From 1.66 to 1.71 it took the size of a zero-length array for that of an element,
 * so that both rings counted as their headers only (PR 57304).
 */
export function ringSizes(
  kernel: Kernel,
  n: number,
  eventIdx: boolean,
  indirect: boolean,
  maxNSegs: number,
): RingSizes {
  const header = WORD * (eventIdx ? 3 : 2);
  const forgotten = kernel.profile.between('virtio.c', '1.66', '1.72');
  const avail = header + (forgotten ? 0 : WORD * n);
  const usedBytes = header + (forgotten ? 0 : USED_ELEMENT * n);
  const { profile } = kernel;
  const align = profile.fault('used-ring-not-on-a-page') ? USED_ALIGN : PAGE_SIZE;
  const usedOffset = roundUp(DESC_SIZE * n + avail, align);
  const used = profile.fault('used-ring-without-room') ? 0 : roundUp(usedBytes, PAGE_SIZE);
  const indirectSize = indirect && maxNSegs >= 2 ? DESC_SIZE * maxNSegs * n : 0;
  return {
    avail,
    used,
    usedOffset,
    indirectOffset: usedOffset + used,
    indirect: indirectSize,
    total: usedOffset + used + indirectSize,
  };
}

/** Fields of a descriptor in the table at `base`. Stored in the order of the structures. */
export class Descriptors {
  readonly #kernel: Kernel;
  readonly #order: () => Order;

  constructor(kernel: Kernel, order: () => Order) {
    this.#kernel = kernel;
    this.#order = order;
  }

  setBuffer(base: number, i: number, address: number, length: number): void {
    this.#store(base, i, 0, 8, address);
    this.#store(base, i, 8, 4, length);
  }
  flags(base: number, i: number): number {
    return this.#load(base, i, 12, 2, this.#order());
  }
  setFlags(base: number, i: number, flags: number): void {
    this.#store(base, i, 12, 2, flags);
  }
  next(base: number, i: number): number {
    return this.#load(base, i, 14, 2, this.#order());
  }
  /** As the CPU reads it when it forgets to convert. */
  rawNext(base: number, i: number): number {
    return this.#load(base, i, 14, 2, this.#kernel.host.order);
  }
  setNext(base: number, i: number, next: number): void {
    this.#store(base, i, 14, 2, next);
  }

  #load(base: number, i: number, field: number, size: number, order: Order): number {
    return this.#kernel.dma.load(base + DESC_SIZE * i + field, size, order);
  }
  #store(base: number, i: number, field: number, size: number, value: number): void {
    this.#kernel.dma.store(base + DESC_SIZE * i + field, size, value, this.#order());
  }
}
