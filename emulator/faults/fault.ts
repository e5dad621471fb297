/** What a seeded defect is. */

export type FaultArea =
  | 'lifecycle'
  | 'queue-setup'
  | 'dma-sync'
  | 'detach'
  | 'status'
  | 'negotiation'
  | 'reset'
  | 'legacy'
  | 'registers'
  | 'config'
  | 'interrupts'
  | 'ring'
  | 'indirect'
  | 'suppression'
  | 'used-length'
  | 'endianness'
  | 'queue-reset'
  | 'suspend'
  | 'in-order'
  | 'robustness'
  | 'block'
  | 'console'
  | 'entropy'
  | 'messages';

/** What a run has to do or to be for the defect to show at all. */
export type FaultNeed =
  /** Completions that are deferred (`fifo`, `lifo` or `shuffled`). */
  | 'deferred'
  /** Completions in another order than taken (`lifo` or `shuffled`). */
  | 'reordered'
  /** A legacy guest that is big-endian. */
  | 'big-endian-guest'
  /** More than one console port. */
  | 'multiport'
  /** A disk whose storage has wear metrics. */
  | 'wear-metrics'
  /** A read-only disk. */
  | 'read-only'
  /** Actions of the host: resizing, input, ports. */
  | 'host'
  /** An error on purpose, by the host or by a hostile driver. */
  | 'fatal-error'
  /** More than 65536 buffers through one queue. */
  | 'index-wrap'
  /** An observer of the order or the size of the device's stores. */
  | 'stores'
  /** The feature named by the area withheld or declined, or another uncommon choice of features. */
  | 'feature-choice';

/** What defects of both parties have in common. */
export interface SeededFault {
  /** Kebab-case; what `EmulatorOptions.faults` (devices) and the switches of a profile (drivers) take. */
  readonly name: string;
  readonly party: 'device' | 'driver';
  readonly area: FaultArea;
  /** Clauses of the specification, and rules of virtio(4), that the defect breaks. */
  readonly clauses: readonly string[];
  /** A real defect of the kind, or an honest "plausible: ...". */
  readonly seenIn: string;
  readonly summary: string;
}

/** A defect of the driver stack, or of the reference driver. */
export interface DriverFault extends SeededFault {
  readonly party: 'driver';
  /** Child drivers that have it, or `reference-blk`, `reference-console`, `reference-rng`; every child when absent. */
  readonly children?: readonly string[];
  /** Buses that have it; all when absent. */
  readonly transports?: readonly ('mmio-v1' | 'mmio-v2' | 'pci-0.9' | 'pci-1.0')[];
}

/** A defect of the device. */
export interface Fault extends SeededFault {
  /** Where it can show; everywhere when absent. */
  readonly devices?: readonly ('blk' | 'rng' | 'console')[];
  readonly transports?: readonly ('mmio-v1' | 'mmio-v2')[];
  readonly needs?: readonly FaultNeed[];
}
