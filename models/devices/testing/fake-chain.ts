/** For tests: chains without a ring around them. */
import type { ChainView, Negotiated } from '../../seams.ts';

let serials = 0;

export interface FakeChain extends ChainView {
  tainted: boolean;
  /** What the driver has put into the readable part, and what is in the writable part. */
  readonly out: Uint8Array;
  readonly in: Uint8Array;
}

/** A chain with readable buffers of these contents and writable buffers of these lengths. */
export function fakeChain(queue: number, readable: readonly Uint8Array[], writable: readonly number[]): FakeChain {
  const out = new Uint8Array(Buffer.concat(readable));
  const writableLength = writable.reduce((sum, length) => sum + length, 0);
  const bytes = new Uint8Array(writableLength).fill(0xa5);
  return {
    queue,
    head: 0,
    serial: ++serials,
    readable: readable.map((part) => ({ address: 0x1000, length: part.length })),
    writable: writable.map((length) => ({ address: 0x2000, length })),
    readableLength: out.length,
    writableLength,
    descriptorCount: readable.length + writable.length,
    tainted: false,
    out,
    in: bytes,
    read: (offset, length) => out.slice(offset, offset + length),
    reads: (offset, expected) => Buffer.compare(out.subarray(offset, offset + expected.length), expected) === 0,
    written: (offset, length) => bytes.slice(offset, offset + length),
  };
}

export function features(...bits: number[]): Negotiated {
  return { has: (bit) => bits.includes(bit) };
}
