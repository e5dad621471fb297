/** The driver's side of a split virtqueue (2.7): descriptors, available ring, used ring, notifications. */
import { Descriptor, NO_NOTIFICATIONS } from './bits.ts';
import type { DriverMemory } from './memory.ts';
import type { Switches } from './switches.ts';

/** A piece of a buffer. Addresses are guest-physical, lengths in bytes. */
export interface Part {
  readonly address: number;
  readonly length: number;
  readonly writable: boolean;
}

export interface RingLayout {
  readonly index: number;
  /** Entries: a power of two. */
  readonly size: number;
  readonly descriptors: number;
  readonly available: number;
  readonly used: number;
}

export interface RingFeatures {
  readonly indirect: boolean;
  readonly eventIdx: boolean;
  readonly inOrder: boolean;
  /** Addresses need not be those that the CPU sees. */
  readonly accessPlatform: boolean;
}

/** A chain that the device has, or had. */
interface Outstanding<Token> {
  readonly token: Token;
  readonly head: number;
  readonly descriptors: readonly number[];
}

export interface Used<Token> {
  readonly token: Token;
  /** Bytes that the device says it wrote; undefined where IN_ORDER let it skip the element. */
  readonly length: number | undefined;
}

const RING_HEADER = 4;
const INDEX_OFFSET = 2;
const USED_ELEMENT = 8;
/** Buffers of a defect that cuts them up: bytes of a piece. */
const SHRED = 16;
/** Where kernels keep an image of memory for themselves. */
const KERNEL_OFFSET = 0xffff_0000_0000;
/** Far enough ahead that no used index gets there soon. */
const FAR_AHEAD = 0x7fff;

export class DriverRing<Token> {
  readonly layout: RingLayout;
  readonly #features: RingFeatures;
  readonly #memory: DriverMemory;
  readonly #switches: Switches;
  readonly #free: number[];
  readonly #outstanding: Outstanding<Token>[] = [];
  #nextInOrder = 0;
  #availableIndex = 0;
  /** Available index of the last decision about a notification. */
  #decidedIndex = 0;
  /** ... and of the last one that was sent. */
  #notifiedIndex = 0;
  #usedIndex = 0;

  constructor(layout: RingLayout, features: RingFeatures, memory: DriverMemory, switches: Switches) {
    this.layout = layout;
    this.#features = features;
    this.#memory = memory;
    this.#switches = switches;
    this.#free = Array.from({ length: layout.size }, (_, i) => layout.size - 1 - i);
  }

  /** Chains with the device. */
  get inFlight(): number {
    return this.#outstanding.length;
  }

  get availableIndex(): number {
    return this.#availableIndex;
  }

  /** The device has been notified of everything that is exposed. */
  get allNotified(): boolean {
    return this.#notifiedIndex === this.#availableIndex;
  }

  /** Exposes a buffer. False if there is no room for it: nothing has happened then. */
  submit(wanted: readonly Part[], token: Token, indirect: boolean): boolean {
    const { size } = this.layout;
    const parts = this.#shaped(wanted);
    const tabled = this.#tabled(parts, indirect);
    const needed = tabled ? 1 : parts.length;
    if (needed > this.#free.length || (parts.length > size && !this.#switches.fault('chain-longer-than-queue'))) {
      return false;
    }
    const descriptors = this.#take(needed);
    if (tabled) {
      const table = this.#writeTable(parts);
      if (table === undefined) {
        this.#giveBack(descriptors);
        return false;
      }
      this.#writeDescriptor(descriptors[0], table, parts.length * Descriptor.size, Descriptor.indirect, 0);
    } else this.#writeChain(descriptors, parts);
    this.#expose(descriptors[0]);
    this.#outstanding.push({ token, head: descriptors[0], descriptors });
    return true;
  }

  /** After buffers were exposed: whether the device has to be notified of them (2.7.10.1). */
  needsNotification(): boolean {
    const needed = this.#decide();
    if (needed) this.#notifiedIndex = this.#availableIndex;
    return needed;
  }

  #decide(): boolean {
    const { used, size } = this.layout;
    const before = this.#decidedIndex;
    const now = this.#availableIndex;
    if (before === now) return false;
    this.#decidedIndex = now;
    const switches = this.#switches;
    const eventAt = used + RING_HEADER + USED_ELEMENT * size;
    if (!this.#features.eventIdx) {
      const silent = (this.#memory.load16(used) & NO_NOTIFICATIONS) !== 0;
      if (switches.fault('notifies-a-silent-device')) return true;
      if (switches.fault('avail-event-without-feature')) {
        const event = this.#memory.load16(eventAt);
        if (event !== 0) return !silent && reaches(event, now, before);
      }
      return !silent;
    }
    if (switches.fault('used-flags-with-event-idx') && (this.#memory.load16(used) & NO_NOTIFICATIONS) !== 0)
      return false;
    const event = this.#memory.load16(eventAt);
    if (switches.fault('notifies-before-the-event')) return true;
    return reaches(switches.fault('event-reached-one-late') ? (event + 1) & 0xffff : event, now, before);
  }

  /** Takes what the device has used since the last time. */
  reap(): Used<Token>[] {
    const { used, size } = this.layout;
    const index = this.#memory.load16(used + INDEX_OFFSET);
    const result: Used<Token>[] = [];
    for (; this.#usedIndex !== index; this.#usedIndex = (this.#usedIndex + 1) & 0xffff) {
      const at = used + RING_HEADER + USED_ELEMENT * (this.#usedIndex % size);
      const head = this.#memory.load32(at);
      const length = this.#memory.load32(at + 4);
      const place = this.#outstanding.findIndex((one) => one.head === head);
      // A device that returns what it was not given cannot be followed; a driver can only leave it at that.
      if (place < 0) continue;
      // IN_ORDER: one element may stand for all buffers before it (2.7.9).
      const first = this.#features.inOrder ? 0 : place;
      for (const [i, one] of this.#outstanding.splice(first, place - first + 1).entries()) {
        this.#giveBack(one.descriptors);
        result.push({ token: one.token, length: first + i === place ? length : undefined });
      }
    }
    return result;
  }

  /** Tells the device whether used buffers are to be notified (2.7.7.1). */
  wantInterrupts(wanted: boolean): void {
    const { available, size } = this.layout;
    if (!this.#features.eventIdx || this.#switches.fault('avail-flags-with-event-idx')) {
      this.#memory.store16(available, wanted ? 0 : NO_NOTIFICATIONS);
      return;
    }
    const event = wanted ? this.#usedIndex : (this.#usedIndex + FAR_AHEAD) & 0xffff;
    this.#memory.store16(available + RING_HEADER + 2 * size, event);
  }

  /** The parts of a buffer, or what a defect makes of them. */
  #shaped(wanted: readonly Part[]): readonly Part[] {
    const switches = this.#switches;
    let parts = wanted;
    if (switches.fault('buffers-shredded')) parts = parts.flatMap((part) => pieces(part, SHRED));
    if (switches.fault('chain-longer-than-queue') && this.#features.indirect) {
      parts = lengthened(parts, this.layout.size + 1);
    }
    if (switches.fault('virtual-addresses-passed') && !this.#features.accessPlatform) {
      parts = parts.map((part) => ({ ...part, address: part.address + KERNEL_OFFSET }));
    }
    return parts;
  }

  #tabled(parts: readonly Part[], indirect: boolean): boolean {
    const switches = this.#switches;
    if (!this.#features.indirect) return switches.fault('indirect-not-negotiated');
    return indirect || parts.length > this.layout.size;
  }

  #take(count: number): number[] {
    const { size } = this.layout;
    if (!this.#features.inOrder) return Array.from({ length: count }, () => this.#free.pop()!);
    const taken = Array.from({ length: count }, (_, i) => (this.#nextInOrder + i) % size);
    this.#nextInOrder = (this.#nextInOrder + count) % size;
    this.#free.length -= count;
    return this.#switches.fault('in-order-links-backwards') ? taken.reverse() : taken;
  }

  #giveBack(descriptors: readonly number[]): void {
    // With IN_ORDER only their number counts.
    this.#free.push(...descriptors);
  }

  #writeChain(descriptors: readonly number[], parts: readonly Part[]): void {
    for (const [i, part] of parts.entries()) {
      const last = i === parts.length - 1;
      const loops = last && parts.length > 1 && this.#switches.fault('chain-loops');
      const next = loops ? descriptors[0] : last ? 0 : descriptors[i + 1];
      this.#writeDescriptor(
        descriptors[i],
        part.address,
        part.length,
        (part.writable ? Descriptor.write : 0) | (last && !loops ? 0 : Descriptor.next),
        next,
      );
    }
  }

  /** An indirect table; undefined if there is no memory for one. */
  #writeTable(parts: readonly Part[]): number | undefined {
    const count = parts.length;
    const table = this.#memory.allocate(count * Descriptor.size, Descriptor.size);
    if (table === undefined) return undefined;
    // IN_ORDER: entries in the order of the table (2.7.5.3.1); else any order of those after the first would do.
    const scattered = this.#switches.fault('in-order-table-scattered') && this.#features.inOrder && count > 2;
    const places = parts.map((_, i) => (scattered && i > 0 ? count - i : i));
    for (const [i, part] of parts.entries()) {
      const last = i === count - 1;
      const flags = (part.writable ? Descriptor.write : 0) | (last ? 0 : Descriptor.next);
      const at = table + places[i] * Descriptor.size;
      this.#memory.store(at, this.#descriptor(part.address, part.length, flags, last ? 0 : places[i + 1]));
    }
    return table;
  }

  #writeDescriptor(index: number, address: number, length: number, flags: number, next: number): void {
    const at = this.layout.descriptors + index * Descriptor.size;
    this.#memory.store(at, this.#descriptor(address, length, flags, next));
  }

  #descriptor(address: number, length: number, flags: number, next: number): Uint8Array {
    return this.#memory.bytes([
      [8, address],
      [4, length],
      [2, flags],
      [2, next],
    ]);
  }

  #expose(head: number): void {
    const { available, size } = this.layout;
    this.#memory.store16(available + RING_HEADER + 2 * (this.#availableIndex % size), head);
    this.#availableIndex = (this.#availableIndex + 1) & 0xffff;
    this.#memory.store16(available + INDEX_OFFSET, this.#availableIndex);
  }
}

/** An entry with index `event` is among those from `before` up to, but without, `now` (2.7.10). */
function reaches(event: number, now: number, before: number): boolean {
  return ((now - event - 1) & 0xffff) < ((now - before) & 0xffff);
}

function pieces(part: Part, size: number): Part[] {
  const result: Part[] = [];
  for (let at = 0; at < part.length; at += size) {
    result.push({ ...part, address: part.address + at, length: Math.min(size, part.length - at) });
  }
  return result;
}

/** The same bytes in at least `count` parts, as far as they can be divided. */
function lengthened(parts: readonly Part[], count: number): readonly Part[] {
  const missing = count - parts.length;
  const longest = parts.reduce((best, part) => (part.length > best.length ? part : best));
  if (missing <= 0 || longest.length <= missing) return parts;
  const size = Math.floor(longest.length / (missing + 1));
  return parts.flatMap((part) => (part === longest ? pieces(part, size) : [part]));
}
