/** A request of several buffers, as most drivers make them: prepare, reserve, synchronise, enqueue, commit. */
import type { DmaMap } from '../kernel/dma.ts';
import { segmentsOf, type DmaSegment } from '../kernel/dma.ts';
import type { Errno } from '../virtio/bits.ts';
import { dequeue, dequeueCommit, type Dequeued } from '../virtio/dequeue.ts';
import { enqueue, enqueueCommit, enqueuePrep, enqueueReserve } from '../virtio/enqueue.ts';
import { freeVq } from '../virtio/queue-memory.ts';
import type { Softc } from '../virtio/softc.ts';
import type { Virtqueue } from '../virtio/virtqueue.ts';

/** Buffers of one direction. `readable`: the device reads them. */
export interface Piece {
  readonly map: DmaMap;
  readonly readable: boolean;
}

export interface Submitted {
  readonly error: Errno;
  readonly slot: number;
  /** Which step found too few descriptors. */
  readonly step?: 'prep' | 'reserve';
}

export const piece = (name: string, address: number, length: number, readable: boolean): Piece => ({
  map: { name, segments: length > 0 ? [{ address, length }] : [] },
  readable,
});

/** After EAGAIN nothing is held. `prepared`: the slot, where the caller has one already. */
export function submit(
  sc: Softc,
  vq: Virtqueue,
  pieces: readonly Piece[],
  notify = true,
  prepared?: number,
): Submitted {
  const { error, slot } = prepared === undefined ? enqueuePrep(sc, vq) : { error: 0 as Errno, slot: prepared };
  if (error !== 0) return { error, slot: -1, step: 'prep' };
  const nsegs = pieces.reduce((sum, { map }) => sum + map.segments.length, 0);
  const reserved = enqueueReserve(sc, vq, slot, nsegs);
  if (reserved !== 0) return { error: reserved, slot, step: 'reserve' };
  const { dma, profile } = sc.kernel;
  if (!profile.fault('buffers-not-synced-before')) {
    for (const { map, readable } of pieces)
      dma.syncMap(map, readable !== profile.fault('sync-directions-swapped') ? 'PREWRITE' : 'PREREAD');
  }
  if (profile.fault('writable-pieces-first'))
    pieces = pieces.toSorted((a, b) => Number(a.readable) - Number(b.readable));
  for (const { map, readable } of pieces) if (map.segments.length > 0) enqueue(sc, vq, slot, map, readable);
  enqueueCommit(sc, vq, slot, notify);
  return { error: 0, slot };
}

/** The syncs after the device has used the buffers. */
export function finishPieces(sc: Softc, pieces: readonly Piece[]): void {
  const { dma, profile } = sc.kernel;
  if (profile.fault('buffers-not-synced-after')) return;
  for (const { map, readable } of pieces) {
    dma.syncMap(map, readable && !profile.fault('always-postread') ? 'POSTWRITE' : 'POSTREAD');
  }
}

/** Takes every used buffer and hands it to `done`, then gives its slot back. True if there were any. */
export function drain(sc: Softc, vq: Virtqueue, done: (used: Dequeued) => void): boolean {
  for (let any = false; ; any = true) {
    const used = dequeue(sc, vq);
    if (used.error !== 0) return any;
    const { profile } = sc.kernel;
    if (profile.fault('slot-freed-before-use')) dequeueCommit(sc, vq, used.slot);
    done(used);
    if (!profile.fault('slot-freed-before-use')) dequeueCommit(sc, vq, used.slot);
  }
}

/** Frees the queues that have memory, or all where the driver does not look. */
export function freeQueues(sc: Softc, queues: readonly Virtqueue[]): void {
  for (const vq of queues) freeVq(sc, vq);
}

/**
 * The segments of a buffer for a map of at most `most` segments of at most `largest` bytes. Every page lies somewhere
 * else, as it does on a machine that has run for a while; where that makes too many, one contiguous bounce buffer is
 * used. Null where even that does not do.
 */
export function loadBuffer(address: number, length: number, most: number, largest: number): DmaSegment[] | null {
  const pieces = segmentsOf(address, length, largest);
  if (pieces.length <= most) return pieces;
  const bounced: DmaSegment[] = [];
  for (let done = 0; done < length; done += largest) {
    bounced.push({ address: address + done, length: Math.min(largest, length - done) });
  }
  return bounced.length <= most ? bounced : null;
}
