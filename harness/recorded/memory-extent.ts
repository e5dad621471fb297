/** Finds out which memory a recording shows: the range that its stores and loads span. */
import type { RecordingSink } from '../../targets/recorded/sink.ts';

/** Stores further apart than this are no driver's rings and buffers; all memory in between would have to be kept. */
const LARGEST = 256 << 20;
const PAGE = 4096;

export class MemoryExtent implements RecordingSink {
  #first = Infinity;
  #end = 0;

  memory(_did: 'read' | 'wrote' | 'device', address: number, bytes: Uint8Array): void {
    this.#first = Math.min(this.#first, address);
    this.#end = Math.max(this.#end, address + bytes.length);
  }

  /** The memory to be watched, with room for rings that begin or end a page further; undefined if there is none. */
  get found(): { readonly base: number; readonly size: number } | undefined {
    if (this.#end === 0) return undefined;
    const base = Math.max(0, this.#first - (this.#first % PAGE) - PAGE);
    const size = Math.ceil((this.#end - base) / PAGE) * PAGE + PAGE;
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
