/**
 * The judge's copy of guest memory, and what the device may do with each byte of it (untagged.memory.1).
 *
 * Driver stores and observed device stores keep the copy exact. Where device stores are not observed, a driver load whose
 * bytes differ from the copy reveals them.
 */
import { emptyKeyed } from '../collections.ts';
import type { JudgeSetup } from '../setup.ts';
import { DirtyPages } from './dirty-pages.ts';

/** What the device may do with a byte. */
export const Permission = {
  /** The device must not write it. */
  Forbidden: 0,
  /** Used ring of a live queue, or the device-writable part of an exposed buffer. */
  Writable: 1,
  /** Writable, and written by the device since it was exposed. */
  Written: 2,
  /**
   * Was writable until lately: the device may have written it while it was allowed to, unseen so far. The driver's next
   * access, or the confirmation of a reset, makes it forbidden.
   */
  Closing: 3,
} as const;

/** Ranges up to this length are handled by a loop, longer ones by the engine's native operations. */
const SHORT = 64;

/** Bytes by address modulo 64 KiB that hardly turn up there by chance. */
const POISON = new Uint8Array(0x10000).map((_, i) => (Math.imul(i + 1, 0x9e3779b1) >>> 24) ^ 0x5a);

/**
 * What a driver should fill a device-writable buffer with before exposing it. Where device stores can't be observed, only
 * this shows that bytes the device claims to have written are still untouched.
 */
export function poison(address: number): number {
  return POISON[address & 0xffff];
}

/** Fills `into[from, from + size)`, which is meant for guest memory at `address`, with poison. */
export function fillPoison(into: Uint8Array, from: number, size: number, address: number): void {
  for (let done = 0; done < size;) {
    const start = (address + done) & 0xffff;
    const part = Math.min(size - done, POISON.length - start);
    into.set(POISON.subarray(start, start + part), from + done);
    done += part;
  }
}

export class ShadowMemory {
  readonly base: number;
  readonly size: number;
  /** Set when a driver's mistake lets the device write anywhere with good reason. */
  wild = false;
  #bytes = new Uint8Array(0);
  #buffer = Buffer.alloc(0);
  #permission = new Uint8Array(0);
  /** The same permissions, four to a word, for scans that find one value only. */
  #words = new Uint32Array(0);
  /** Pages with bytes that were stored, and pages with permissions that were changed, since power-on. */
  readonly #stored: DirtyPages;
  readonly #ruled: DirtyPages;
  /** All bytes that are closing lie in [#closingFrom, #closingTo), offsets from the base; empty: none is. */
  #closingFrom = Infinity;
  #closingTo = 0;
  /** Every byte between these bounds is closing. */
  #closingSolid = false;
  /**
   * End by start, as offsets from the base, of what `permit` opened since permissions were last taken away: to open it again changes nothing.
   * A driver that lost its way describes the same places over and over.
   */
  readonly #opened = new Map<number, number>();

  constructor(setup: Pick<JudgeSetup, 'memory'>) {
    this.base = setup.memory.base;
    this.size = setup.memory.size;
    this.#stored = new DirtyPages(this.size);
    this.#ruled = new DirtyPages(this.size);
  }

  /** Fresh memory: all bytes zero, nothing permitted. Costs only what was touched since the last time. */
  powerOn(): void {
    this.wild = false;
    this.#closingFrom = Infinity;
    this.#closingTo = 0;
    emptyKeyed(this.#opened);
    if (this.#bytes.length === 0) {
      this.#bytes = new Uint8Array(this.size);
      this.#buffer = Buffer.from(this.#bytes.buffer);
      this.#permission = new Uint8Array((this.size + 3) & ~3);
      this.#words = new Uint32Array(this.#permission.buffer);
      return;
    }
    this.#stored.zero(this.#bytes);
    this.#ruled.zero(this.#permission);
  }

  contains(address: number, length: number): boolean {
    return address >= this.base && address + length <= this.base + this.size;
  }

  u16(address: number, big: boolean): number {
    const at = address - this.base;
    const bytes = this.#bytes;
    return big ? (bytes[at] << 8) | bytes[at + 1] : bytes[at] | (bytes[at + 1] << 8);
  }

  u32(address: number, big: boolean): number {
    const high = this.u16(big ? address : address + 2, big);
    return high * 0x10000 + this.u16(big ? address + 2 : address, big);
  }

  /** A 64-bit field as a number: exact up to 2^53, and larger than any window beyond. */
  u64(address: number, big: boolean): number {
    const high = this.u32(big ? address : address + 4, big);
    return high * 0x100000000 + this.u32(big ? address + 4 : address, big);
  }

  /** First address from `address` on whose page anything was stored to since power-on: what lies before is zero. */
  skipUntouched(address: number): number {
    const at = address - this.base;
    return this.base + Math.min(this.size, this.#stored.next(at));
  }

  copyTo(target: Uint8Array, at: number, address: number, length: number): void {
    const from = address - this.base;
    const bytes = this.#bytes;
    if (length <= SHORT) for (let i = 0; i < length; i++) target[at + i] = bytes[from + i];
    else target.set(bytes.subarray(from, from + length), at);
  }

  /** The driver stored these bytes. */
  driverStore(address: number, source: Uint8Array, from: number, size: number): void {
    if (!this.contains(address, size)) return;
    const at = address - this.base;
    this.#set(at, source, from, size);
    this.#close(at, size);
  }

  /** The device stored these bytes (seen or inferred). What wasn't permitted has been reported and permitted by now. */
  deviceStore(address: number, source: Uint8Array, from: number, size: number): void {
    if (!this.contains(address, size)) return;
    const at = address - this.base;
    this.#set(at, source, from, size);
    const permission = this.#permission;
    if (size > SHORT && !this.#holdsClosing(at, size)) {
      this.#ruled.mark(at, size);
      permission.fill(2, at, at + size);
      return;
    }
    for (let i = at; i < at + size; i++) if (permission[i] === 1) permission[i] = 2;
  }

  /** Index of the first byte at or after `start` that differs from what is known, or `size`. */
  nextDifference(address: number, source: Uint8Array, from: number, size: number, start: number): number {
    const at = address - this.base;
    if (size - start > SHORT && this.#buffer.compare(source, from + start, from + size, at + start, at + size) === 0)
      return size;
    const bytes = this.#bytes;
    let i = start;
    while (i < size && bytes[at + i] === source[from + i]) i++;
    return i;
  }

  /** End of the run of differing bytes that starts at `start`. */
  endOfDifference(address: number, source: Uint8Array, from: number, size: number, start: number): number {
    const at = address - this.base;
    const bytes = this.#bytes;
    let i = start;
    while (i < size && bytes[at + i] !== source[from + i]) i++;
    return i;
  }

  /** The driver has seen these bytes: what was closing there is closed. */
  loaded(address: number, size: number): void {
    this.#close(address - this.base, size);
  }

  /** Address of the first byte of the range that the device must not write, or -1. */
  firstForbidden(address: number, size: number): number {
    if (this.wild) return -1;
    const permission = this.#permission;
    const at = address - this.base;
    if (size > SHORT) {
      if (this.#uniform(at, size, Permission.Writable) || this.#uniform(at, size, Permission.Written)) return -1;
      // Hardly ever looks far beyond the range: what follows a buffer is seldom permitted.
      const found = permission.indexOf(0, at);
      return found < 0 || found >= at + size ? -1 : this.base + found;
    }
    for (let i = at; i < at + size; i++) if (permission[i] === 0) return i + this.base;
    return -1;
  }

  /** The device may write the range from now on. Returns whether parts of it were permitted already (an overlap). */
  expose(address: number, size: number): boolean {
    const at = address - this.base;
    const end = at + size;
    const permission = this.#permission;
    this.#ruled.mark(at, size);
    if (end > this.#closingFrom && at < this.#closingTo) this.#closingSolid = false;
    if (size <= SHORT) {
      let overlap = false;
      for (let i = at; i < end; i++) {
        const old = permission[i];
        if (old === 1 || old === 2) overlap = true;
        permission[i] = 1;
      }
      return overlap;
    }
    let overlap = false;
    if (!this.#uniform(at, size, Permission.Forbidden)) {
      const range = permission.subarray(at, end);
      overlap = range.includes(1) || range.includes(2);
    }
    permission.fill(1, at, end);
    return overlap;
  }

  /** As `expose`, cut to the window and without losing what was written; for what a driver described by mistake. */
  permit(address: number, size: number): void {
    const at = Math.max(0, address - this.base);
    const end = Math.min(this.size, address + size - this.base);
    if (end <= at) return;
    if ((this.#opened.get(at) ?? at) >= end) return;
    this.#opened.set(at, end);
    this.#ruled.mark(at, end - at);
    if (end > this.#closingFrom && at < this.#closingTo) this.#closingSolid = false;
    if (end - at <= SHORT) {
      for (let i = at; i < end; i++)
        if (this.#permission[i] !== Permission.Written) this.#permission[i] = Permission.Writable;
      return;
    }
    if (this.#uniform(at, end - at, Permission.Writable)) return;
    const range = this.#permission.subarray(at, end);
    for (let from = 0; from < range.length;) {
      const written = range.indexOf(Permission.Written, from);
      range.fill(Permission.Writable, from, written < 0 ? range.length : written);
      if (written < 0) return;
      from = written + 1;
      while (range[from] === Permission.Written) from++;
    }
  }

  /** The device may not write the range any more, from this moment on. */
  forbid(address: number, size: number): void {
    const at = address - this.base;
    const permission = this.#permission;
    if (this.#opened.size > 0) this.#opened.clear();
    if (at + size > this.#closingFrom && at < this.#closingTo) this.#closingSolid = false;
    if (size <= SHORT) for (let i = at; i < at + size; i++) permission[i] = 0;
    else permission.fill(0, at, at + size);
  }

  /** The device may not write the range any more, but what it did before may still come to light. */
  beginClosing(address: number, size: number): void {
    const at = Math.max(0, address - this.base);
    const end = Math.min(this.size, address + size - this.base);
    if (end <= at) return;
    this.#ruled.mark(at, end - at);
    this.#permission.fill(3, at, end);
    if (this.#opened.size > 0) this.#opened.clear();
    const covers = at <= this.#closingFrom && end >= this.#closingTo;
    const joins = this.#closingSolid && at <= this.#closingTo && end >= this.#closingFrom;
    this.#closingSolid = covers || joins;
    if (at < this.#closingFrom) this.#closingFrom = at;
    if (end > this.#closingTo) this.#closingTo = end;
  }

  /** A reset has brought order back. `unseen`: what the device did before may still come to light, anywhere. */
  endWild(unseen: boolean): void {
    if (!this.wild) return;
    this.wild = false;
    if (unseen) this.beginClosing(this.base, this.size);
  }

  /** What is still closing in the range is closed. */
  finishClosing(address: number, size: number): void {
    const at = Math.max(0, address - this.base);
    const end = Math.min(this.size, address + size - this.base);
    if (end > at) this.#close(at, end - at);
  }

  /** Nothing is closing anywhere. */
  get allClosed(): boolean {
    return this.#closingFrom >= this.#closingTo;
  }

  /** Some byte of the range is still closing. */
  isClosing(address: number, size: number): boolean {
    const at = address - this.base;
    return this.#permission.subarray(at, at + size).includes(3);
  }

  /** The device has written every byte of the range since it was exposed. */
  allWritten(address: number, size: number): boolean {
    const at = address - this.base;
    const permission = this.#permission;
    if (size > SHORT) {
      return this.#uniform(at, size, Permission.Written) || !permission.subarray(at, at + size).includes(1);
    }
    for (let i = at; i < at + size; i++) if (permission[i] === 1) return false;
    return true;
  }

  /** Whether the range holds at least `run` bytes in a row that still are the poison the driver put there. */
  keptPoison(address: number, size: number, run: number): boolean {
    const at = address - this.base;
    let kept = 0;
    for (let i = 0; i < size; i++) {
      kept = this.#bytes[at + i] === poison(address + i) ? kept + 1 : 0;
      if (kept === run) return true;
    }
    return false;
  }

  #set(at: number, source: Uint8Array, from: number, size: number): void {
    const bytes = this.#bytes;
    this.#stored.mark(at, size);
    if (size <= SHORT) for (let i = 0; i < size; i++) bytes[at + i] = source[from + i];
    else bytes.set(source.subarray(from, from + size), at);
  }

  #close(at: number, size: number): void {
    const end = at + size;
    if (at >= this.#closingTo || end <= this.#closingFrom) return;
    const from = Math.max(at, this.#closingFrom);
    const to = Math.min(end, this.#closingTo);
    const solid = this.#closingSolid;
    if (from === this.#closingFrom) this.#closingFrom = to;
    else if (to === this.#closingTo) this.#closingTo = from;
    else this.#closingSolid = false;
    if (this.#closingFrom >= this.#closingTo) {
      this.#closingFrom = Infinity;
      this.#closingTo = 0;
    }
    if (this.#opened.size > 0) this.#opened.clear();
    const permission = this.#permission;
    if (to - from > SHORT) {
      if (solid || this.#uniform(from, to - from, Permission.Closing)) {
        permission.fill(0, from, to);
        return;
      }
      if (!permission.subarray(from, to).includes(3)) return;
    }
    for (let i = from; i < to; i++) if (permission[i] === 3) permission[i] = 0;
  }

  #holdsClosing(at: number, size: number): boolean {
    if (at >= this.#closingTo || at + size <= this.#closingFrom) return false;
    return this.#permission.subarray(at, at + size).includes(3);
  }

  /** All bytes of the range have this permission. Meant for ranges that aren't short. */
  #uniform(at: number, size: number, value: number): boolean {
    const permission = this.#permission;
    const words = this.#words;
    const end = at + size;
    let i = at;
    for (; (i & 3) !== 0 && i < end; i++) if (permission[i] !== value) return false;
    const pattern = value * 0x01010101;
    const lastWord = end >>> 2;
    let word = i >>> 2;
    for (; word < lastWord; word++) if (words[word] !== pattern) return false;
    for (i = Math.max(i, word << 2); i < end; i++) if (permission[i] !== value) return false;
    return true;
  }
}
