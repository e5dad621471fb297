/**
 * Guest memory handed out to rings and buffers, from the bottom of the window up. Nothing is given back within a
 * scenario, so that a device that keeps writing into an old buffer is seen to do so.
 */
export class Arena {
  readonly base: number;
  readonly end: number;
  #next: number;
  /** Everything at or above this address still holds its power-on zeros. */
  #touched: number;

  constructor(memory: { readonly base: number; readonly size: number }) {
    this.base = memory.base;
    this.end = memory.base + memory.size;
    this.#next = memory.base;
    this.#touched = memory.base;
  }

  /** Memory was zeroed (power-on) or the scenario is over: starts handing out from the bottom again. */
  rewind(zeroed: boolean): void {
    this.#next = this.base;
    if (zeroed) this.#touched = this.base;
  }

  /** Address of `size` fresh bytes at a multiple of `align` plus `skew`, or -1 when the window is used up. */
  take(size: number, align: number, skew = 0): number {
    const address = Math.ceil(this.#next / align) * align + skew;
    if (address + size > this.end) return -1;
    this.#next = address + size;
    return address;
  }

  /** Whether [address, address + size) is known to hold zeros; marks it touched either way. */
  claimZeroed(address: number, size: number): boolean {
    const zeroed = address >= this.#touched;
    if (address + size > this.#touched) this.#touched = address + size;
    return zeroed;
  }
}
