/** Ranges of guest memory: what a queue and its buffers occupy, and what lies beside them. */
import { availableBytes, descriptorTableBytes, usedBytes } from '../../models/virtqueue/layout.ts';
import type { RingsShown } from './rings.ts';

export interface Range {
  readonly address: number;
  /** Bytes. */
  readonly length: number;
}

/** The three parts of a queue, the indirect tables and the buffers of the chains in its available ring. */
export function rangesOf({ place, chains }: RingsShown): readonly Range[] {
  return [
    { address: place.descriptors, length: descriptorTableBytes(place.size) },
    { address: place.available, length: availableBytes(place.size) },
    { address: place.used, length: usedBytes(place.size) },
    ...chains.flatMap(({ tables, buffers }) => [...tables, ...buffers]),
  ];
}

/** What of a range lies in none of the others, in order. */
export function without(range: Range, others: readonly Range[]): readonly Range[] {
  let left: readonly Range[] = [range];
  for (const other of others) {
    const end = other.address + other.length;
    left = left.flatMap(({ address, length }) => {
      const before = { address, length: Math.min(length, other.address - address) };
      const start = Math.max(address, end);
      const after = { address: start, length: address + length - start };
      return other.address >= address + length || end <= address
        ? [{ address, length }]
        : [before, after].filter((part) => part.length > 0);
    });
  }
  return left;
}
