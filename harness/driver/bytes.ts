/** Little helpers for guest-memory bytes in either byte order. */
import type { ByteOrder } from '../../models/setup.ts';

export function put16(into: Uint8Array, at: number, value: number, order: ByteOrder): void {
  if (order === 'little') {
    into[at] = value;
    into[at + 1] = value >>> 8;
  } else {
    into[at] = value >>> 8;
    into[at + 1] = value;
  }
}

export function put32(into: Uint8Array, at: number, value: number, order: ByteOrder): void {
  if (order === 'little') {
    put16(into, at, value & 0xffff, order);
    put16(into, at + 2, value >>> 16, order);
  } else {
    put16(into, at, value >>> 16, order);
    put16(into, at + 2, value & 0xffff, order);
  }
}

/** Stores a whole number up to 2^53 as 64 bits. */
export function put64(into: Uint8Array, at: number, value: number, order: ByteOrder): void {
  const low = value >>> 0;
  const high = Math.floor(value / 0x1_0000_0000) >>> 0;
  if (order === 'little') {
    put32(into, at, low, order);
    put32(into, at + 4, high, order);
  } else {
    put32(into, at, high, order);
    put32(into, at + 4, low, order);
  }
}

export function get16(from: Uint8Array, at: number, order: ByteOrder): number {
  return order === 'little' ? from[at] | (from[at + 1] << 8) : (from[at] << 8) | from[at + 1];
}

export function get32(from: Uint8Array, at: number, order: ByteOrder): number {
  return order === 'little'
    ? (get16(from, at, order) | (get16(from, at + 2, order) << 16)) >>> 0
    : ((get16(from, at, order) << 16) | get16(from, at + 2, order)) >>> 0;
}

/** The raw little-endian number of a 16-bit field that holds `value` in `order`. */
export function raw16(value: number, order: ByteOrder): number {
  return order === 'little' ? value : ((value & 0xff) << 8) | (value >>> 8);
}

/** Swaps a register value of `size` bytes when the register block is big-endian (see the event log's convention). */
export function swapValue(value: number, size: number, order: ByteOrder): number {
  if (order === 'little' || size === 1) return value;
  if (size === 2) return raw16(value & 0xffff, order);
  if (size === 4) {
    return (((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
  }
  const low = swapValue(value >>> 0, 4, order);
  const high = swapValue(Math.floor(value / 0x1_0000_0000) >>> 0, 4, order);
  return low * 0x1_0000_0000 + high;
}

/** 64 KiB of fixed pseudo-random bytes without zeros: buffers are filled from here, so that untouched ones are known. */
const PATTERN = (() => {
  const bytes = new Uint8Array(65536 + 4096);
  let state = 0x2545f491;
  for (let i = 0; i < bytes.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = (state & 0xff) === 0 ? 0xa5 : state & 0xff;
  }
  return bytes;
})();

/** Fills `into[from, to)` with the pattern that belongs to `seed`. */
export function fillPattern(into: Uint8Array, from: number, to: number, seed: number): void {
  let offset = (seed * 2654435761) >>> 16;
  while (from < to) {
    const run = Math.min(to - from, 65536 + 4096 - offset);
    if (run <= 64) for (let i = 0; i < run; i++) into[from + i] = PATTERN[offset + i];
    else into.set(PATTERN.subarray(offset, offset + run), from);
    from += run;
    offset = 0;
  }
}
