/** Where the parts of a split virtqueue lie: three areas (2.7), or the one block of the legacy interface (2.7.2). */

export const DESCRIPTOR_SIZE = 16;
/** Queue sizes are powers of two up to this one (2.7, untagged.split.1). */
export const MAX_QUEUE_SIZE = 32768;

/** Required alignment of each part (2.7, split.driver.virtqueues.1). */
export const DESCRIPTOR_ALIGNMENT = 16;
export const AVAILABLE_ALIGNMENT = 2;
export const USED_ALIGNMENT = 4;

export const DescriptorFlag = { Next: 1, Write: 2, Indirect: 4 } as const;

/** Offsets in the available ring (2.7.6): flags, idx, ring[size], used_event. */
export const AVAILABLE_INDEX = 2;
export const AVAILABLE_RING = 4;
/** Offsets in the used ring (2.7.8): flags, idx, ring[size] of { id, len }, avail_event. */
export const USED_INDEX = 2;
export const USED_RING = 4;
export const USED_ELEMENT_SIZE = 8;

export function isQueueSize(size: number): boolean {
  return Number.isInteger(size) && size >= 1 && size <= MAX_QUEUE_SIZE && (size & (size - 1)) === 0;
}

export function descriptorTableBytes(size: number): number {
  return DESCRIPTOR_SIZE * size;
}

/** The sizes of 2.7 include the event field, whether or not EVENT_IDX is negotiated. */
export function availableBytes(size: number): number {
  return 6 + 2 * size;
}

export function usedBytes(size: number): number {
  return 6 + 8 * size;
}

/** Offset of used_event in the available ring. */
export function usedEventOffset(size: number): number {
  return AVAILABLE_RING + 2 * size;
}

/** Offset of avail_event in the used ring. */
export function availableEventOffset(size: number): number {
  return USED_RING + USED_ELEMENT_SIZE * size;
}

/** The parts of a queue, as offsets from where its memory begins. */
export interface QueueLayout {
  readonly descriptors: number;
  readonly available: number;
  readonly used: number;
  /** Bytes in all. */
  readonly bytes: number;
}

export function alignUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}

/** The three areas of the modern interface, packed as closely as their alignments allow after `start`. */
export function modernLayout(size: number, start = 0): QueueLayout {
  const descriptors = alignUp(start, DESCRIPTOR_ALIGNMENT);
  const available = alignUp(descriptors + descriptorTableBytes(size), AVAILABLE_ALIGNMENT);
  const used = alignUp(available + availableBytes(size), USED_ALIGNMENT);
  return { descriptors, available, used, bytes: used + usedBytes(size) - start };
}

/**
 * The contiguous block of the legacy interface (2.7.2): used ring at the next multiple of QueueAlign. The macro printed in
 * the specification rounds correctly only for a mask; this is the rounding that is meant.
 */
export function legacyLayout(size: number, queueAlign: number): QueueLayout {
  const available = descriptorTableBytes(size);
  const used = alignUp(available + availableBytes(size), queueAlign);
  return { descriptors: 0, available, used, bytes: used + alignUp(usedBytes(size), queueAlign) };
}

/** Address of a legacy queue: page frame number times GuestPageSize (4.2.4, untagged.legacy.4). */
export function legacyAddress(pageFrame: number, pageSize: number): number {
  return pageFrame * pageSize;
}
