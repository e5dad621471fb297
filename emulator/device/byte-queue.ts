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
  let store = new Uint8Array(256);
  let start = 0;
  let end = 0;

  function makeRoom(wanted: number): void {
    if (end + wanted <= store.length) return;
    const held = store.subarray(start, end);
    // Doubling keeps the cost per byte constant; where enough was shifted off, moving to the front is all it takes.
    const next = held.length + wanted <= store.length / 2 ? store : new Uint8Array((held.length + wanted) * 2);
    next.set(held);
    end = held.length;
    start = 0;
    store = next;
  }

  return {
    get length() {
      return end - start;
    },
    push(bytes) {
      const room = Math.max(0, limit - (end - start));
      // A part of a small array costs more to make than the array did.
      const taken = bytes.length <= room ? bytes : bytes.subarray(0, room);
      makeRoom(taken.length);
      store.set(taken, end);
      end += taken.length;
    },
    shift(length) {
      const bytes = store.slice(start, Math.min(end, start + length));
      start += bytes.length;
      return bytes;
    },
    clear() {
      start = end = 0;
    },
  };
}
