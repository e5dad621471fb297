/** Device-independent feature bits (6, 6.3) and sets of feature bits. */
import { zero } from '../collections.ts';
import type { Negotiated } from '../seams.ts';

/** Bits 24 to 43 that VIRTIO 1.4 defines for every device type (6) and the legacy ones (6.3). */
export const FEATURE = {
  NOTIFY_ON_EMPTY: 24,
  ANY_LAYOUT: 27,
  INDIRECT_DESC: 28,
  EVENT_IDX: 29,
  UNUSED: 30,
  VERSION_1: 32,
  ACCESS_PLATFORM: 33,
  RING_PACKED: 34,
  IN_ORDER: 35,
  ORDER_PLATFORM: 36,
  SR_IOV: 37,
  NOTIFICATION_DATA: 38,
  NOTIF_CONFIG_DATA: 39,
  RING_RESET: 40,
  ADMIN_VQ: 41,
  SUSPEND: 43,
} as const;

const NAMES = new Map<number, string>(Object.entries(FEATURE).map(([name, bit]) => [bit, name]));

/** `EVENT_IDX` for 29, `bit 5` for a bit that has no device-independent name. */
export function featureName(bit: number): string {
  return NAMES.get(bit) ?? `bit ${String(bit)}`;
}

/** Feature windows that a set keeps: bits 0 to 127. Bits from 128 on are reserved (2.2). */
export const WINDOWS = 4;

/** A set of feature bits 0 to 127, held as the four 32-bit windows that the registers show. */
export class FeatureSet implements Negotiated {
  readonly windows = new Uint32Array(WINDOWS);

  static of(...bits: readonly number[]): FeatureSet {
    const set = new FeatureSet();
    for (const bit of bits) set.add(bit);
    return set;
  }

  has(bit: number): boolean {
    return ((this.windows[bit >>> 5] >>> (bit & 31)) & 1) !== 0;
  }

  add(bit: number): void {
    this.windows[bit >>> 5] |= 1 << (bit & 31);
  }

  clear(): void {
    zero(this.windows);
  }

  assign(other: FeatureSet): void {
    for (let w = 0; w < WINDOWS; w++) this.windows[w] = other.windows[w];
  }

  equals(other: FeatureSet): boolean {
    for (let w = 0; w < WINDOWS; w++) if (this.windows[w] !== other.windows[w]) return false;
    return true;
  }

  bits(): number[] {
    const bits: number[] = [];
    for (let w = 0; w < WINDOWS; w++) {
      for (let left = this.windows[w]; left !== 0; left &= left - 1) bits.push(32 * w + 31 - Math.clz32(left & -left));
    }
    return bits;
  }

  toString(): string {
    return `{${this.bits().map(featureName).join(', ')}}`;
  }
}

/** The names of the bits of one 32-bit window, for messages. */
export function windowNames(window: number, value: number): string {
  const names: string[] = [];
  for (let i = 0; i < 32; i++) if (((value >>> i) & 1) !== 0) names.push(featureName(window * 32 + i));
  return names.length === 0 ? '0' : names.join(', ');
}
