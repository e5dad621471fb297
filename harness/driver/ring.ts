/**
 * The driver's side of one split virtqueue: where its parts lie, which descriptors are free, what is in flight.
 * It writes guest memory through an Io and keeps only what a driver would keep.
 */
import type { Request, RingEdge } from '../../generators/scenario.ts';
import type { ByteOrder } from '../../models/setup.ts';
import type { Arena } from './arena.ts';
import { put16, put32, put64, raw16 } from './bytes.ts';
import type { Io } from './io.ts';

export const DESC_NEXT = 1;
export const DESC_WRITE = 2;
export const DESC_INDIRECT = 4;

/** A descriptor as the driver means to write it. */
export interface Descriptor {
  address: number;
  length: number;
  flags: number;
  next: number;
}

/** A chain that the driver has exposed and not got back. */
export interface InFlight {
  readonly head: number;
  readonly descriptors: readonly number[];
  /** The whole block of memory around the buffers, guards included. */
  readonly block: number;
  readonly blockSize: number;
  /** The device is expected to complete it (rather than hold it, as console receive buffers are). */
  readonly completes: boolean;
  readonly request: Request;
  readonly serial: number;
  /** Length of each buffer that the device may write, by where it begins in the block. */
  readonly writable: ReadonlyMap<number, number> | undefined;
  /** Another chain was in flight on the queue while this one was; kept only where completions are. */
  crowded: boolean;
}

export interface RingPlace {
  readonly descriptors: number;
  readonly available: number;
  readonly used: number;
  /** First byte of everything, and bytes to the last. A part at the end of memory is not among them. */
  readonly start: number;
  readonly size: number;
  /** Past the last byte that there is, where a part lies across the end of memory on purpose. */
  readonly end?: number;
}

/** Reserves memory for a modern ring: three areas on their own alignments (2.7.1). */
export function placeModern(arena: Arena, size: number): RingPlace | undefined {
  const start = arena.take(16 * size, 16);
  // 64 bytes between the parts are never exposed: a store there is seen as one outside every buffer.
  const available = arena.take(6 + 2 * size, 2, 64);
  const used = arena.take(6 + 8 * size, 4, 64);
  if (start < 0 || available < 0 || used < 0) return undefined;
  return { descriptors: start, available, used, start, size: used + 6 + 8 * size - start };
}

/** Bytes and alignment of the parts of a ring (2.7). */
const PARTS = {
  descriptors: { bytes: (size: number) => 16 * size, alignment: 16 },
  available: { bytes: (size: number) => 6 + 2 * size, alignment: 2 },
  used: { bytes: (size: number) => 6 + 8 * size, alignment: 4 },
};

/** Moves one part of a modern ring to the end of memory, zeroed as far as it exists. */
export function moveToEdge(io: Io, arena: Arena, place: RingPlace, size: number, edge: RingEdge): RingPlace {
  const { bytes, alignment } = PARTS[edge.part];
  const length = bytes(size);
  const missing = Math.min(edge.missing, length);
  const address = Math.floor((arena.end - length + missing) / alignment) * alignment;
  arena.claimZeroed(address, arena.end - address);
  for (let at = address; at < arena.end; at += ZEROS.length) io.store(at, ZEROS.subarray(0, arena.end - at));
  return { ...place, [edge.part]: address, ...(address + length > arena.end ? { end: arena.end } : {}) };
}

/** Reserves memory for a legacy ring: one block on a page boundary, used part at the next multiple of `align` (2.7.2). */
export function placeLegacy(arena: Arena, size: number, align: number, pageSize: number): RingPlace | undefined {
  const usedOffset = Math.ceil((16 * size + 6 + 2 * size) / align) * align;
  const total = usedOffset + 6 + 8 * size;
  // On a boundary of both: whether the used part is aligned within the block or absolutely is then the same.
  const start = arena.take(total, Math.max(pageSize, align, 16));
  if (start < 0) return undefined;
  return { descriptors: start, available: start + 16 * size, used: start + usedOffset, start, size: total };
}

const ZEROS = new Uint8Array(4096);
const small = new Uint8Array(16);

export class DriverRing {
  readonly index: number;
  readonly size: number;
  readonly place: RingPlace;
  readonly order: ByteOrder;
  /** The next avail.idx to publish, 0 to 65535. */
  availIdx = 0;
  /** avail.idx when it was last decided whether to kick. */
  checkedIdx = 0;
  /** Used entries collected, as the 16-bit counter. */
  usedIdx = 0;
  /** Chains exposed whose completion is expected, minus those collected. */
  expected = 0;
  /** Completing chains exposed but not kicked yet. */
  unkicked = 0;
  availFlags = 0;
  usedEvent = 0;
  readonly inFlight = new Map<number, InFlight>();
  readonly #free: number[] = [];
  #inOrderNext = 0;
  /** Every descriptor was in use at once, and avail.idx went round 2^16: what generation statistics ask about. */
  filled = false;
  wrapped = false;

  constructor(index: number, size: number, place: RingPlace, order: ByteOrder) {
    this.index = index;
    this.size = size;
    this.place = place;
    this.order = order;
    for (let i = size - 1; i >= 0; i--) this.#free.push(i);
  }

  /** Zeroes the ring in guest memory unless it is known to be zero. */
  clear(io: Io, arena: Arena): void {
    const { start, size } = this.place;
    if (arena.claimZeroed(start, size)) return;
    for (let at = 0; at < size; at += ZEROS.length) {
      io.store(start + at, size - at >= ZEROS.length ? ZEROS : ZEROS.subarray(0, size - at));
    }
  }

  /** All of it lies in memory. */
  get isWhole(): boolean {
    return this.place.end === undefined;
  }

  /** The bytes exist: what would lie beyond the memory is not stored. */
  #exists(address: number, size: number): boolean {
    const { end } = this.place;
    return end === undefined || address + size <= end;
  }

  get freeCount(): number {
    return this.#free.length;
  }

  /**
   * Takes `count` descriptors, or undefined when there are too few. With IN_ORDER they are consecutive
   * (2.7.5.2); otherwise in the asked order.
   */
  takeDescriptors(count: number, order: 'up' | 'down' | 'scattered', inOrder: boolean): number[] | undefined {
    if (this.#free.length < count) return undefined;
    if (inOrder) {
      const taken: number[] = [];
      for (let i = 0; i < count; i++) taken.push((this.#inOrderNext + i) % this.size);
      for (const index of taken) {
        const at = this.#free.indexOf(index);
        if (at < 0) return undefined;
        this.#free.splice(at, 1);
      }
      this.#inOrderNext = (this.#inOrderNext + count) % this.size;
      return taken;
    }
    const taken: number[] = [];
    for (let i = 0; i < count; i++) {
      if (order === 'scattered' && i % 2 === 1) {
        const at = this.#free.length >>> 1;
        taken.push(...this.#free.splice(at, 1));
      } else taken.push(this.#free.pop()!);
    }
    if (order === 'down') taken.reverse();
    return taken;
  }

  giveBack(indices: readonly number[]): void {
    for (let i = indices.length - 1; i >= 0; i--) this.#free.push(indices[i]);
  }

  /** Takes exactly these free descriptors, whose contents are still what the driver wants. */
  reserve(indices: readonly number[]): void {
    const taken = new Set(indices);
    const left = this.#free.filter((index) => !taken.has(index));
    this.#free.length = 0;
    this.#free.push(...left);
  }

  writeDescriptor(io: Io, at: number, descriptor: Descriptor): void {
    if (!this.#exists(at, small.length)) return;
    put64(small, 0, descriptor.address, this.order);
    put32(small, 8, descriptor.length, this.order);
    put16(small, 12, descriptor.flags, this.order);
    put16(small, 14, descriptor.next, this.order);
    io.store(at, small);
  }

  /** Writes the ring entry for `head` without publishing it. */
  enqueue(io: Io, head: number): void {
    this.storeHalf(io, this.place.available + 4 + 2 * (this.availIdx & (this.size - 1)), head);
    this.availIdx = (this.availIdx + 1) & 0xffff;
    if (this.availIdx === 0) this.wrapped = true;
    if (this.#free.length === 0) this.filled = true;
  }

  /** Publishes avail.idx: the device may now see what was enqueued. */
  publish(io: Io): void {
    this.storeHalf(io, this.place.available + 2, this.availIdx);
  }

  setFlags(io: Io, flags: number): void {
    this.availFlags = flags;
    this.storeHalf(io, this.place.available, flags);
  }

  setUsedEvent(io: Io, index: number): void {
    this.usedEvent = index;
    this.storeHalf(io, this.place.available + 4 + 2 * this.size, index);
  }

  get usedFlagsAddress(): number {
    return this.place.used;
  }

  get usedIdxAddress(): number {
    return this.place.used + 2;
  }

  usedElementAddress(index: number): number {
    return this.place.used + 4 + 8 * (index & (this.size - 1));
  }

  get availEventAddress(): number {
    return this.place.used + 4 + 8 * this.size;
  }

  storeHalf(io: Io, address: number, value: number): void {
    if (!this.#exists(address, HALF.length)) return;
    put16(small, 0, value, this.order);
    io.store(address, HALF);
  }

  raw(value: number): number {
    return raw16(value, this.order);
  }
}

const HALF = small.subarray(0, 2);
