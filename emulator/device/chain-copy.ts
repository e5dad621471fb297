/** Moves bytes between a device type and the segments of a chain, wherever the segments are cut (2.7.4). */
import { Buffer } from 'node:buffer';
import type { DeviceFaults } from '../faults/switches.ts';
import type { BufferChain } from './descriptor-chain.ts';
import type { GuestView } from './guest-view.ts';
import type { Segment } from './types.ts';

/** Bytes `offset` ... of the readable part; fewer than `length` where it ends before. */
export function copyFromChain(
  view: GuestView,
  chain: BufferChain,
  offset: number,
  length: number,
  faults: DeviceFaults,
): Uint8Array {
  const wanted = Math.max(0, Math.min(length, chain.readableLength - offset));
  // Every byte is filled below; zeroing memory of its own first would cost more than the copying does.
  const out = Buffer.allocUnsafe(wanted);
  if (faults['framing-first-readable-only']) offset = pretendOneSegment(chain.readable, offset, wanted, view, out);
  let done = 0;
  for (let i = 0; done < wanted && i < chain.readable.length && offset >= 0; i++) {
    const { address, length: size } = chain.readable[i];
    if (offset >= size) {
      offset -= size;
      continue;
    }
    const count = Math.min(size - offset, wanted - done);
    const start = address + offset - view.base;
    // A typed-array copy costs more than a few bytes by hand, and headers are what is copied most.
    if (count <= 64) for (let j = 0; j < count; j++) out[done + j] = view.bytes[start + j];
    else out.set(view.bytes.subarray(start, start + count), done);
    done += count;
    offset = 0;
  }
  return out;
}

/** Stores into the writable part from `offset` on; returns how many bytes fitted. */
export function copyToChain(
  view: GuestView,
  chain: BufferChain,
  offset: number,
  bytes: Uint8Array,
  faults: DeviceFaults,
): number {
  const writable = chain.writable;
  let done = 0;
  for (let i = 0; done < bytes.length && i < writable.length; i++) {
    const { address, length: size } = writable[i];
    if (offset >= size) {
      offset -= size;
      continue;
    }
    let count = Math.min(size - offset, bytes.length - done);
    if (faults['framing-first-writable-overrun'] && view.contains(address + offset, bytes.length - done)) {
      count = bytes.length - done;
    }
    const piece = count === bytes.length ? bytes : bytes.subarray(done, done + count);
    if (faults['data-after-used-index']) (chain.late ??= []).push({ address: address + offset, bytes: piece.slice() });
    else view.memory.storeBytes(address + offset, piece);
    done += count;
    offset = 0;
  }
  if (faults['writes-past-buffer'] && done > 0) storeBehind(view, writable[writable.length - 1]);
  return done;
}

/** For the fault `framing-first-readable-only`: a device that overlays a structure on the first descriptor. */
function pretendOneSegment(
  segments: readonly Segment[],
  offset: number,
  wanted: number,
  view: GuestView,
  out: Uint8Array,
): number {
  if (segments.length === 0) return offset;
  // Only structures at the start of the request are overlaid; data further on is walked properly.
  if (offset !== 0 || !view.contains(segments[0].address, wanted)) return offset;
  const start = segments[0].address - view.base;
  out.set(view.bytes.subarray(start, start + wanted));
  return -1;
}

/** For the fault `writes-past-buffer`. */
function storeBehind(view: GuestView, last: Segment): void {
  const behind = last.address + last.length;
  if (view.contains(behind, 4)) view.memory.store32(behind, 0xdeadbeef, true);
}
