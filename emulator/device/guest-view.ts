/** How the device reads guest memory: bounds first, then bytes in the byte order of the ring. */
import type { GuestMemory } from './types.ts';

const views = new WeakMap<GuestMemory, GuestView>();

/** The view of a memory: devices come and go with every power-on, the memory stays. */
export function guestViewOf(memory: GuestMemory): GuestView {
  let view = views.get(memory);
  if (view === undefined || view.bytes !== memory.bytes) views.set(memory, (view = new GuestView(memory)));
  return view;
}

export class GuestView {
  readonly memory: GuestMemory;
  readonly bytes: Uint8Array;
  readonly data: DataView;
  readonly base: number;
  private readonly size: number;

  constructor(memory: GuestMemory) {
    this.memory = memory;
    this.bytes = memory.bytes;
    this.data = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
    this.base = memory.base;
    this.size = Math.min(memory.size, this.bytes.length);
  }

  /** Written as a subtraction: a 64-bit address near the top must not round or wrap back into memory. */
  contains(address: number, length: number): boolean {
    return address >= this.base && address - this.base <= this.size - length;
  }

  load16(address: number, little: boolean): number {
    return this.data.getUint16(address - this.base, little);
  }
}
