/** What the driver programs about a queue, and where the ring then lies (4.2.2, 4.2.4, 2.7). */
import type { DeviceFaults } from '../faults/switches.ts';
import { DESCRIPTOR_SIZE, EVENT_FIELD_SIZE, RING_HEADER_SIZE, USED_ELEMENT_SIZE } from './bits.ts';
import type { GuestView } from './guest-view.ts';

export interface RingLayout {
  readonly size: number;
  readonly desc: number;
  readonly avail: number;
  readonly used: number;
}

/** QueueAlign before a driver writes it: the page size that most legacy guests have. */
const DEFAULT_ALIGN = 4096;

export class QueueSetup {
  readonly sizeMax: number;
  size: number;
  /** QueueReady, or in the legacy layout QueuePFN not 0. */
  ready = false;
  descLow = 0;
  descHigh = 0;
  driverLow = 0;
  driverHigh = 0;
  deviceLow = 0;
  deviceHigh = 0;
  align = DEFAULT_ALIGN;
  pfn = 0;

  constructor(sizeMax: number) {
    this.sizeMax = sizeMax;
    this.size = sizeMax;
  }

  reset(): void {
    this.size = this.sizeMax;
    this.ready = false;
    this.descLow = this.descHigh = this.driverLow = this.driverHigh = this.deviceLow = this.deviceHigh = 0;
    this.align = DEFAULT_ALIGN;
    this.pfn = 0;
  }

  modernLayout(faults: DeviceFaults): RingLayout {
    return {
      size: faults['queue-size-ignored'] ? this.sizeMax : this.size,
      desc: this.descHigh * 0x1_0000_0000 + this.descLow,
      avail: this.driverHigh * 0x1_0000_0000 + this.driverLow,
      used: this.deviceHigh * 0x1_0000_0000 + this.deviceLow,
    };
  }

  /** 2.7.2: one block; the used ring at the first aligned address behind the available ring, which includes `used_event`. */
  legacyLayout(pageSize: number, faults: DeviceFaults): RingLayout {
    const size = faults['legacy-queue-size-ignored'] ? this.sizeMax : this.size;
    let align = faults['legacy-align-ignored'] ? DEFAULT_ALIGN : this.align;
    if (faults['legacy-used-ring-unpadded']) align = 4;
    const desc = this.pfn * (faults['legacy-page-size-ignored'] ? 4096 : pageSize);
    const avail = desc + DESCRIPTOR_SIZE * size;
    const eventSize = faults['legacy-used-event-forgotten'] ? 0 : EVENT_FIELD_SIZE;
    const end = avail + RING_HEADER_SIZE + 2 * size + eventSize;
    const used = Math.ceil(end / align) * align;
    return { size, desc, avail, used: faults['legacy-used-ring-page-late'] ? used + align : used };
  }

  /** Whether QueueAlign can be used at all; dividing by an alignment of 0 has crashed device models. */
  get alignUsable(): boolean {
    return this.align >= 4 && isPowerOfTwo(this.align);
  }
}

/** Whether a ring can lie there: size (2.7), alignment (2.7, table), memory. */
export function layoutIsUsable(layout: RingLayout, sizeMax: number, view: GuestView): boolean {
  const { size, desc, avail, used } = layout;
  return (
    size >= 1 &&
    size <= sizeMax &&
    isPowerOfTwo(size) &&
    desc % 16 === 0 &&
    avail % 2 === 0 &&
    used % 4 === 0 &&
    view.contains(desc, DESCRIPTOR_SIZE * size) &&
    view.contains(avail, RING_HEADER_SIZE + 2 * size + EVENT_FIELD_SIZE) &&
    view.contains(used, RING_HEADER_SIZE + USED_ELEMENT_SIZE * size + EVENT_FIELD_SIZE)
  );
}

export function isPowerOfTwo(value: number): boolean {
  return value > 0 && Number.isInteger(value) && (value & (value - 1)) === 0;
}
