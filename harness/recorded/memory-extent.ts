/** Finds out which memory a recording shows: the range that its stores and loads span. */
import type { RecordingSink } from '../../targets/recorded/sink.ts';

/** Stores further apart than this are no driver's rings and buffers; all memory in between would have to be kept. */
const LARGEST = 256 << 20;
/** The largest ring fits into this, so one that a store has touched lies in the range as a whole. */
const MARGIN = 1 << 20;

export class MemoryExtent implements RecordingSink {
  #first = Infinity;
  #end = 0;

  memory(_did: 'read' | 'wrote' | 'device', address: number, bytes: Uint8Array): void {
    this.#first = Math.min(this.#first, address);
    this.#end = Math.max(this.#end, address + bytes.length);
  }

  /** The memory to be watched, with room around what was touched; undefined if there is none. */
  get found(): { readonly base: number; readonly size: number } | undefined {
    if (this.#end === 0) return undefined;
    const base = Math.max(0, Math.floor(this.#first / MARGIN) * MARGIN - MARGIN);
    const size = Math.ceil((this.#end - base) / MARGIN) * MARGIN + MARGIN;
    return size > LARGEST ? undefined : { base, size };
  }

  access(): void {}
  named(): void {}
  notifying(): void {}
  interrupt(): void {}
  powerOn(): void {}
  other(): void {}
  malformed(): void {}
}
