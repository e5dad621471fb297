/** Bytes in the order in which they came, taken off in pieces of any length. */
export interface ByteQueue {
  readonly length: number;
  push(bytes: Uint8Array): void;
  /** Takes up to `length` bytes off the front. */
  shift(length: number): Uint8Array;
  clear(): void;
}

/** With a `limit`, bytes beyond it are dropped, as a terminal does that nobody reads. */
export function createByteQueue(limit = Infinity): ByteQueue {
  return new GrowingQueue(limit);
}

const NOTHING = new Uint8Array(0);

/** A class, because devices are made by the thousand and an object literal with a getter is slow to make. */
class GrowingQueue implements ByteQueue {
  private readonly limit: number;
  private store = NOTHING;
  private start = 0;
  private end = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get length(): number {
    return this.end - this.start;
  }

  push(bytes: Uint8Array): void {
    const room = Math.max(0, this.limit - this.length);
    // A part of a small array costs more to make than the array did.
    const taken = bytes.length <= room ? bytes : bytes.subarray(0, room);
    this.makeRoom(taken.length);
    this.store.set(taken, this.end);
    this.end += taken.length;
  }

  shift(length: number): Uint8Array {
    const bytes = this.store.slice(this.start, Math.min(this.end, this.start + length));
    this.start += bytes.length;
    return bytes;
  }

  clear(): void {
    this.start = this.end = 0;
  }

  private makeRoom(wanted: number): void {
    if (this.end + wanted <= this.store.length) return;
    const held = this.store.subarray(this.start, this.end);
    // Doubling keeps the cost per byte constant; where enough was shifted off, moving to the front is all it takes.
    const fits = held.length + wanted <= this.store.length / 2;
    const next = fits ? this.store : new Uint8Array(Math.max(256, (held.length + wanted) * 2));
    next.set(held);
    this.end = held.length;
    this.start = 0;
    this.store = next;
  }
}
