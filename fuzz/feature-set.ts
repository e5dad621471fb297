/** A bounded set of 32-bit feature hashes: open addressing in one typed array, so that asking costs no allocation. */

/** Slots of the table; a power of two. */
const SLOTS = 1 << 17;
/** Features that are taken in at most: a fuller table would make every question slow. */
const MOST = SLOTS / 2;

export class FeatureSet {
  readonly #slots = new Uint32Array(SLOTS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(feature: number): boolean {
    const slots = this.#slots;
    const wanted = feature >>> 0 || 1;
    let at = slotOf(wanted);
    for (;;) {
      const held = slots[at];
      if (held === wanted) return true;
      if (held === 0) return false;
      at = (at + 1) & (SLOTS - 1);
    }
  }

  /** True if it is new. A set that is full takes nothing in, and then everything counts as known. */
  add(feature: number): boolean {
    if (this.full) return false;
    const slots = this.#slots;
    // 0 marks an empty slot.
    const wanted = feature >>> 0 || 1;
    let at = slotOf(wanted);
    for (;;) {
      const held = slots[at];
      if (held === wanted) return false;
      if (held === 0) {
        slots[at] = wanted;
        this.#size++;
        return true;
      }
      at = (at + 1) & (SLOTS - 1);
    }
  }

  get full(): boolean {
    return this.#size >= MOST;
  }
}

function slotOf(feature: number): number {
  return (Math.imul(feature, 0x9e3779b1) >>> 15) & (SLOTS - 1);
}

/** A feature from what kind it is and what it is about. */
export function feature(kind: number, about: number, more = 0): number {
  let hash = Math.imul(kind + 0x9e3779b9, 0x85ebca6b) ^ Math.imul(about + 0x165667b1, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 15) ^ Math.imul(more + 0x27d4eb2f, 0x2c1b3c6d), 0x297a2d39);
  return (hash ^ (hash >>> 13)) >>> 0;
}
