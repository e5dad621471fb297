/** Which pages of a large array were changed, so that to zero it again costs no more than what was. */
const PAGE_BITS = 12;

export class DirtyPages {
  readonly #dirty: Uint8Array;
  /** All dirty pages lie in [#first, #last]. */
  #first: number;
  #last = -1;

  /** `size`: length of the array in bytes. */
  constructor(size: number) {
    this.#dirty = new Uint8Array((size >>> PAGE_BITS) + 2);
    this.#first = this.#dirty.length;
  }

  /** Bytes of [at, at + size) are being changed. */
  mark(at: number, size: number): void {
    const first = at >>> PAGE_BITS;
    const last = (at + size) >>> PAGE_BITS;
    if (first < this.#first) this.#first = first;
    if (last > this.#last) this.#last = last;
    for (let page = first; page <= last; page++) this.#dirty[page] = 1;
  }

  /** Index of the first byte from `at` on that may have been changed; Infinity: none was. */
  next(at: number): number {
    const from = at >>> PAGE_BITS;
    let page = from;
    while (page <= this.#last && this.#dirty[page] === 0) page++;
    if (page > this.#last) return Infinity;
    return page === from ? at : page * (1 << PAGE_BITS);
  }

  /** Zeroes what was changed of the array; from now on nothing is. */
  zero(bytes: Uint8Array): void {
    const dirty = this.#dirty;
    for (let page = this.#first; page <= this.#last; page++) {
      if (dirty[page] === 0) continue;
      const first = page;
      while (dirty[page] !== 0) dirty[page++] = 0;
      bytes.fill(0, first << PAGE_BITS, page << PAGE_BITS);
    }
    this.#first = dirty.length;
    this.#last = -1;
  }
}
