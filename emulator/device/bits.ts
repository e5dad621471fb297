/** Bit assignments that transport and rings share: device status (2.1), reserved features (6), interrupts (4.2.2), rings (2.7). */

export const Status = {
  ACKNOWLEDGE: 1,
  DRIVER: 2,
  DRIVER_OK: 4,
  FEATURES_OK: 8,
  SUSPEND: 16,
  NEEDS_RESET: 64,
  FAILED: 128,
} as const;

/** Feature bit numbers of chapter 6. */
export const Feature = {
  NOTIFY_ON_EMPTY: 24,
  ANY_LAYOUT: 27,
  INDIRECT_DESC: 28,
  EVENT_IDX: 29,
  VERSION_1: 32,
  IN_ORDER: 35,
  RING_RESET: 40,
  SUSPEND: 43,
} as const;

/** Bits of InterruptStatus. */
export const Interrupt = { USED: 1, CONFIG: 2 } as const;

/** Descriptor flags of 2.7.5. */
export const Descriptor = { NEXT: 1, WRITE: 2, INDIRECT: 4 } as const;

/** VIRTQ_AVAIL_F_NO_INTERRUPT of 2.7.6. */
export const AVAIL_NO_INTERRUPT = 1;

/** Sizes of the ring parts (2.7): a descriptor, a used element, and the fixed fields of either ring. */
export const DESCRIPTOR_SIZE = 16;
export const USED_ELEMENT_SIZE = 8;
export const RING_HEADER_SIZE = 4;
export const EVENT_FIELD_SIZE = 2;

export const LARGEST_QUEUE = 32768;
